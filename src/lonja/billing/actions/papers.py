"""Proformas: what would be invoiced, printed and then turned into the draft it announces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.billing.actions.drafts import draft_from, kept_draft, save_draft
from lonja.billing.calculation import apply_totals, invoice_totals
from lonja.billing.kinds import ORDINARY, kind_of
from lonja.billing.models import (
    PAPER_PREFIX,
    Invoice,
    InvoiceLine,
    PaperCounter,
    PaperUse,
    Proforma,
)
from lonja.kit.errors import Refused


def take_paper_number(company: Company, use: PaperUse, year: int) -> str:
    """The next number of a company's papers of that use. Waits for whoever is taking one; call it
    in the transaction that uses it, so that a failure leaves no gap."""
    key = {"company": company, "use": use, "year": year}
    try:
        with transaction.atomic():
            PaperCounter.objects.get_or_create(**key)
    except IntegrityError:  # made at the same time by somebody else
        pass
    PaperCounter.objects.filter(**key).update(next_number=F("next_number") + 1)
    number = PaperCounter.objects.get(**key).next_number - 1
    return f"{PAPER_PREFIX[use]}{year}/{number:04d}"


@transaction.atomic
def make_proforma(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    *,
    by: Membership | None,
    origin: Any = None,
) -> Proforma:
    """The proforma of a draft: one of the list, or only built (from a presupuesto, `origin`).

    It has a number of its own and is no invoice: no fiscal number, no QR, no record. Raises Refused
    for an issued invoice, one without lines, or one that names others (rectificativas, F3).
    """
    if not invoice.is_draft:
        raise Refused(
            "proforma_issued",
            _("La factura %(number)s ya está emitida: no hace falta una proforma.")
            % {"number": invoice.number},
        )
    if not kind_of(invoice.kind).starts_blank:
        raise Refused(
            "proforma_kind", _("Una rectificativa o un cambio de tiques no tienen proforma.")
        )
    if not lines:
        raise Refused("no_lines", _("La proforma no tiene ninguna línea. Añade al menos una."))
    today = invoice.company.today()
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
    apply_totals(invoice, lines, totals)
    proforma = Proforma.objects.create(
        company=invoice.company,
        party=invoice.party,
        number=take_paper_number(invoice.company, PaperUse.PROFORMA, today.year),
        on=today,
        total_cents=invoice.total_cents,
        content=kept_draft(invoice, lines),
        invoice=invoice if invoice.pk else None,
        origin_type=origin._meta.label_lower if origin is not None else "",
        origin_id=origin.pk if origin is not None else None,
        created_by=by,
    )
    record(by, "billing.proforma_made", proforma, number=proforma.number)
    return proforma


@transaction.atomic
def invoice_of_proforma(proforma: Proforma, *, by: Membership | None) -> Invoice:
    """The invoice that a proforma announces: the draft it came from, or one made now with what it
    says. Asked twice it is the same one."""
    Proforma.objects.locked(proforma)  # by itself: see `accounts.prepared.Prepared`
    proforma = Proforma.objects.select_related("invoice").get(pk=proforma.pk)
    if proforma.invoice is not None:
        return proforma.invoice
    invoice, lines, _references = draft_from(proforma.content)
    invoice.series = None
    if not kind_of(invoice.kind).starts_blank:
        invoice.kind = ORDINARY
    invoice.issued_on = proforma.company.today()
    invoice.due_on = invoice.party.due_on(invoice.issued_on, proforma.company.payment_terms_days)
    invoice.origin_type, invoice.origin_id = proforma.origin_type, proforma.origin_id
    draft = save_draft(invoice, lines, by=by)
    Proforma.objects.filter(pk=proforma.pk).update(invoice=draft)
    record(by, "billing.proforma_invoiced", proforma, number=proforma.number)
    return draft
