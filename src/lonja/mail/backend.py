"""Django's own mails (password reset and the like) go through the same outbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from lonja.accounts.models import Membership
from lonja.accounts.scope import all_organisations, scope
from lonja.mail.outbox import queue_mail


class OutboxBackend(BaseEmailBackend):
    """Queues in the first organisation the recipient belongs to; strangers get nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            with transaction.atomic(), all_organisations():
                organisation_id = (
                    Membership.objects.filter(
                        user__email__in=[address.lower() for address in message.to],
                        deactivated_at__isnull=True,
                    )
                    .order_by("pk")
                    .values_list("organisation_id", flat=True)
                    .first()
                )
            if organisation_id is None:
                continue
            html = next(
                (
                    str(body)
                    for body, kind in getattr(message, "alternatives", [])
                    if kind == "text/html"
                ),
                "",
            )
            with transaction.atomic(), scope(organisation_id):
                queue_mail(
                    to=list(message.to),
                    subject=str(message.subject),
                    text=str(message.body),
                    html=html,
                    kind="account",
                )
            sent += 1
        return sent
