"""The look of the documents of a company, its messages, and duplicates of what was issued."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.billing.models import DocumentMessage, DocumentStyle, Invoice
from lonja.billing.paper import TEMPLATES
from lonja.billing.pdf import duplicate_pdf
from lonja.kit.errors import Refused


@transaction.atomic
def save_style(company: Company, *, template: str, ticket: bool, by: Membership) -> DocumentStyle:
    """Print what is issued from now on with that template. What is issued keeps its own."""
    if template not in TEMPLATES:
        raise Refused("no_template", _("Esa plantilla no existe. Elige otra."), field="template")
    style, _new = DocumentStyle.objects.update_or_create(
        company=company, defaults={"template": template, "ticket": ticket}
    )
    record(by, "billing.style_changed", company, template=template)
    return style


@transaction.atomic
def save_message(company: Company, values: dict[str, Any], *, by: Membership) -> DocumentMessage:
    """The message for that kind, series and language; it replaces the one there was."""
    row, _new = DocumentMessage.objects.update_or_create(
        company=company,
        kind=values["kind"],
        series=values["series"],
        language=values["language"],
        defaults={"text": values["text"], "created_by": by},
    )
    record(by, "billing.message_changed", company, text=row.text, language=row.language)
    return row


@transaction.atomic
def drop_message(row: DocumentMessage, *, by: Membership) -> None:
    record(by, "billing.message_changed", row.company, text="", language=row.language)
    DocumentMessage.objects.filter(pk=row.pk).delete()


def print_duplicate(invoice: Invoice, *, by: Membership) -> bytes:
    """A copy that says «DUPLICADO», written down in the history. Raises Refused for a draft."""
    content = duplicate_pdf(invoice)
    with transaction.atomic():
        record(by, "billing.duplicated", invoice, number=invoice.number)
    return content
