"""From what was sent to a draft: the conditions of the client, the lines, the references."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.api.door.call import Call
from lonja.api.v1.invoice_shapes import DraftFields, LineIn, ReferenceIn
from lonja.api.v1.lines import priced, wrong
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference, ReferenceRole, Series
from lonja.kit.money import to_cents
from lonja.parties.models import Party

_AS_SENT = (
    *("operation_on", "exchange_rate", "global_discount_pct", "prices_include_tax"),
    *("language", "reference", "internal_notes", "correction", "correction_reason"),
    *("corrected_period", "art80_circumstance", "art80_on", "currency", "withholding_pct"),
)
_IN_CENTS = {
    "global_discount": "global_discount_cents",
    "advance": "advance_cents",
    "corrected_base": "corrected_base_cents",
    "corrected_tax": "corrected_tax_cents",
    "corrected_surcharge": "corrected_surcharge_cents",
}


def fill(call: Call, invoice: Invoice, body: DraftFields, client_id: int | None) -> None:
    """Put what was sent on a draft, new or not; nothing is saved. Raises Problem or Refused."""
    sent = body.given()
    if "kind" in sent or invoice.pk is None:
        invoice.kind = body.kind
    if client_id is not None and client_id != invoice.party_id:
        rows = Party.objects.filter(archived_at__isnull=True)
        invoice.party = call.referred(rows, client_id, "client_id", _("No existe ese cliente."))
        invoice.agent_id = invoice.party.agent_id
        _take_conditions(invoice)
    for name in _AS_SENT:
        if name in sent:
            setattr(invoice, name, sent[name])
    for name, column in _IN_CENTS.items():
        if name in sent:
            value = sent[name]
            setattr(invoice, column, to_cents(value) if value is not None else None)
    for name in ("issued_on", "payment_method", "surcharge", "message"):
        if sent.get(name) is not None:
            setattr(invoice, name, sent[name])
    _due(invoice, sent)
    if "series_id" in sent or ("kind" in sent and invoice.series_id is not None):
        invoice.series = _series(call, invoice, sent.get("series_id"))
    if invoice.global_discount_cents < 0:
        raise wrong("global_discount", _("El descuento no puede ser negativo."))
    if invoice.advance_cents < 0:
        raise wrong("advance", _("El anticipo no puede ser negativo."))


def _take_conditions(invoice: Invoice) -> None:
    """What was agreed with the client, as the editor puts it."""
    party = invoice.party
    invoice.payment_method = party.payment_method
    invoice.withholding_pct = party.withholding_pct
    invoice.surcharge = party.surcharge
    invoice.due_on = None


def _due(invoice: Invoice, sent: dict[str, Any]) -> None:
    if sent.get("due_on") is not None:
        invoice.due_on = sent["due_on"]
    elif invoice.due_on is None or "due_on" in sent or "issued_on" in sent:
        terms = invoice.company.payment_terms_days
        invoice.due_on = invoice.party.due_on(invoice.issued_on, terms)


def _series(call: Call, invoice: Invoice, pk: int | None) -> Series | None:
    """The series asked for; none, when nobody asks: issuing takes the usual one of its kind."""
    if pk is None:
        return None
    text = _("No existe esa serie.")
    series = call.referred(Series.objects.filter(is_active=True), pk, "series_id", text)
    use = kind_of(invoice.kind).series_use
    if series.company_id != invoice.company_id or series.use != use:
        said = _("La serie %(series)s no admite este tipo de factura.") % {"series": series.code}
        raise wrong("series_id", said, "wrong_series")
    return series


# --- lines ----------------------------------------------------------------------------------------
def lines_of(invoice: Invoice, sent: Sequence[LineIn]) -> list[InvoiceLine]:
    """The unsaved lines, in order. A draft may have one without concept; issuing asks for it."""
    values = priced(invoice.company.territory, invoice.party, sent, needs_concept=False)
    return [_line(line, one) for line, one in zip(sent, values, strict=True)]


def _line(sent: LineIn, values: dict[str, Any]) -> InvoiceLine:
    first, *rest = sent.discounts or [Decimal(0)]
    return InvoiceLine(
        **values,
        discount_pct=first,
        extra_discounts="+".join(f"{one.normalize():f}" for one in rest),
        operation_on=sent.operation_on,
        withheld=sent.withheld,
        is_disbursement=sent.is_disbursement,
    )


# --- references -----------------------------------------------------------------------------------
def references_of(
    call: Call, invoice: Invoice, sent: Sequence[ReferenceIn]
) -> list[InvoiceReference]:
    """Unsaved references of a draft, with the role that its kind gives them."""
    kind = kind_of(invoice.kind)
    if sent and not kind.has_references:
        raise wrong("references", _("Este tipo de factura no nombra otras."))
    role = ReferenceRole.RECAPITULATES
    if kind.corrects:
        role = ReferenceRole.CORRECTS
    elif kind.substitutes:
        role = ReferenceRole.SUBSTITUTES
    asked = [one.invoice_id for one in sent if one.invoice_id is not None]
    rows = Invoice.objects.visible_to(call.member).issued().filter(pk__in=asked)
    known = {one.pk: one for one in rows}
    # Named by its number, one of ours is still ours: what is left of it counts.
    numbers = [one.number for one in sent if one.invoice_id is None and one.number]
    ours = Invoice.objects.exclude(number="").filter(company=invoice.company, number__in=numbers)
    named = dict(ours.values_list("number", "pk")) if numbers else {}
    if named:
        rows = Invoice.objects.visible_to(call.member).issued().filter(pk__in=named.values())
        known |= {one.pk: one for one in rows}
    found: dict[str, InvoiceReference] = {}
    for place, one in enumerate(sent):
        made = _reference(one, known, named, f"references.{place}")
        made.role = role
        found.setdefault(made.number, made)
    return list(found.values())


def _reference(
    sent: ReferenceIn, known: dict[int, Invoice], named: dict[str, int], where: str
) -> InvoiceReference:
    pk = sent.invoice_id if sent.invoice_id is not None else named.get(sent.number)
    if pk is not None:
        target = known.get(pk)
        if target is None:
            field = "invoice_id" if sent.invoice_id is not None else "number"
            text = _("No existe esa factura, o aún es un borrador.")
            raise wrong(f"{where}.{field}", text, "reference_unknown")
        return InvoiceReference(
            target=target,
            number=target.number,
            issued_on=target.issued_on,
            operation_on=target.operation_on,
            legal=kind_of(target.kind).legal,
        )
    if not sent.number or sent.issued_on is None:
        text = _("Di «invoice_id», o el número y la fecha de la factura.")
        raise wrong(where, text, "reference_incomplete")
    return InvoiceReference(
        number=sent.number,
        issued_on=sent.issued_on,
        operation_on=sent.operation_on,
        legal=sent.legal or "F1",
    )
