"""Work of the mail done by the workers."""

from __future__ import annotations

from django_tasks import task

from lonja.mail.actions.mailbox import read_mailbox
from lonja.mail.models import Mailbox


@task()
def read_bounces() -> None:
    """Look in the mailbox of bounces of the organisation, if it has one switched on."""
    mailbox = Mailbox.objects.filter(enabled=True).first()
    if mailbox is not None:
        read_mailbox(mailbox)
