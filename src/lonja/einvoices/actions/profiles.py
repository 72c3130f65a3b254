"""How a client wants its invoices, and what goes with the mail because of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.models import Invoice
from lonja.einvoices.actions.copies import electronic_copy, file_name, why_not
from lonja.einvoices.models import EinvoiceProfile, Format
from lonja.files.models import StoredFile
from lonja.mail import Attach

ATTACHMENT = "einvoices.copy"
# The format travels in the kind of attachment: the outbox keeps only a kind and an id.
KINDS = {value: f"{ATTACHMENT}.{value}" for value in Format.values}


@transaction.atomic
def save_profile(profile: EinvoiceProfile, *, by: Membership) -> EinvoiceProfile:
    profile.save()
    with house():
        told = profile.get_preferred_display()
    record(by, "einvoices.profile_changed", profile.party, preferred=str(told))
    return profile


def attachments(invoices: Sequence[Invoice]) -> Callable[[], Mapping[int, Sequence[Attach]]]:
    """The copy that each client prefers, to be made when the mail is sent.

    One query for the batch; an invoice that its format cannot carry goes with the PDF alone.
    """
    kept = {invoice.party_id: invoice.party.root_id for invoice in invoices}
    preferred = dict(
        EinvoiceProfile.objects.filter(party_id__in=set(kept.values()))
        .exclude(preferred="")
        .values_list("party_id", "preferred")
    )

    def found() -> Mapping[int, Sequence[Attach]]:
        files = {}
        for invoice in invoices if preferred else ():
            kind = preferred.get(kept[invoice.party_id])
            if kind and why_not(invoice, kind) is None:
                name = file_name(invoice, kind)
                files[invoice.pk] = [Attach.later(KINDS[kind], invoice.pk, name)]
        return files

    return found


def copy_bytes(kind: str, invoice_id: int) -> bytes:
    """Content of a copy, for the outbox. Raises Invoice.DoesNotExist and Refused."""
    rows = Invoice.objects.select_related("company", "party", "pdf")
    return electronic_copy(rows.get(pk=invoice_id), kind).read()


def preferred_file(invoice: Invoice, data: Mapping[str, str]) -> StoredFile:
    """The file of an invoice for a zip: in the format asked for, or in its client's preferred one
    (UBL for those who only want PDF)."""
    kind = data.get("format") or (
        EinvoiceProfile.objects.filter(party_id=invoice.party.root_id)
        .values_list("preferred", flat=True)
        .first()
    )
    return electronic_copy(invoice, kind or Format.UBL)


def offered_format(invoice: Invoice) -> str:
    """The format in which its client wants it and it can be had, or nothing. Writes nothing."""
    profile = (
        EinvoiceProfile.objects.filter(party_id=invoice.party.root_id).exclude(preferred="").first()
    )
    if profile is None or why_not(invoice, profile.preferred) is not None:
        return ""
    return str(profile.preferred)
