"""The house's own words for its mails."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.mail.models import MailText
from lonja.mail.texts import Purpose, check


def save_text(
    purpose: Purpose, language: str, values: Mapping[str, str], *, by: Membership
) -> MailText:
    """Use these words (`subject`, `text`) from now on. Raises Refused for an unknown variable."""
    for name in ("subject", "text"):
        check(purpose, values[name], field=name)
    with transaction.atomic():
        row, _new = MailText.objects.update_or_create(
            purpose=purpose.code,
            language=language,
            defaults={"subject": values["subject"], "text": values["text"]},
        )
        record(by, "mail.text_changed", row, purpose=purpose.code, language=language)
    return row


def restore_text(purpose: Purpose, language: str, *, by: Membership) -> None:
    """Go back to our words; doing it twice changes nothing."""
    with transaction.atomic():
        row = MailText.objects.filter(purpose=purpose.code, language=language).first()
        if row is None:
            return
        record(by, "mail.text_restored", row, purpose=purpose.code, language=language)
        row.delete()
