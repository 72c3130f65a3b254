"""Mail: an outbox in the business transaction, emptied by the workers."""

from lonja.mail.outbox import Attach, bulk_queue_mail, queue_mail, register_attachment

__all__ = ["Attach", "bulk_queue_mail", "queue_mail", "register_attachment"]
