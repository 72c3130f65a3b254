"""What is done with mails and with the servers that carry them."""

from lonja.mail.actions.outbox import approve, cancel, reject, reschedule, retry
from lonja.mail.actions.server import in_words, save_server, send_test

__all__ = [
    "approve",
    "cancel",
    "in_words",
    "reject",
    "reschedule",
    "retry",
    "save_server",
    "send_test",
]
