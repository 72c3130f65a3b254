"""Drafts: everything may change, nothing has a number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.activity.models import Event
from lonja.billing.calculation import apply_totals, invoice_totals
from lonja.billing.kinds import ORDINARY, SIMPLIFIED, kind_of
from lonja.billing.models import DeliveryNote, Invoice, InvoiceLine, InvoiceReference
from lonja.kit.errors import Refused

TOTAL_FIELDS = [
    "net_cents",
    "base_cents",
    "tax_cents",
    "surcharge_cents",
    "total_cents",
    "withholding_cents",
    "disbursement_cents",
    "payable_cents",
    "foreign_total_cents",
    "foreign_payable_cents",
]

# What a person decides on a draft; the rest follows from it.
DRAFT_FIELDS = [
    "company_id",
    "party_id",
    "kind",
    "series_id",
    "issued_on",
    "operation_on",
    "due_on",
    "agent_id",
    "payment_method",
    "instalment_terms",
    "currency",
    "exchange_rate",
    "global_discount_pct",
    "global_discount_cents",
    "advance_cents",
    "prices_include_tax",
    "surcharge",
    "withholding_pct",
    "correction",
    "correction_reason",
    "credit_choice",
    "corrected_period",
    "art80_circumstance",
    "art80_on",
    "corrected_base_cents",
    "corrected_tax_cents",
    "corrected_surcharge_cents",
    "language",
    "message",
    "reference",
    "internal_notes",
]
LINE_FIELDS = [
    "product_id",
    "concept",
    "detail",
    "quantity",
    "unit",
    "unit_price",
    "discount_pct",
    "extra_discounts",
    "tax_category",
    "operation_on",
    "withheld",
    "is_disbursement",
]
_REFERENCE_FIELDS = ["role", "target_id", "number", "issued_on", "operation_on", "legal"]
_NOTHING_CORRECTED: dict[str, Any] = {
    "correction": "",
    "correction_reason": "",
    "credit_choice": "",
    "corrected_period": "",
    "art80_circumstance": "",
    "art80_on": None,
    "corrected_base_cents": None,
    "corrected_tax_cents": None,
    "corrected_surcharge_cents": None,
}


@transaction.atomic
def save_totals(invoice: Invoice) -> Invoice:
    """Compute the totals of a draft from its saved lines and keep them. Raises Refused."""
    lines = list(invoice.lines.all())
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on or invoice.company.today())
    apply_totals(invoice, lines, totals)
    for line in lines:
        line.save(update_fields=["net_cents"])
    invoice.save(update_fields=TOTAL_FIELDS)
    return invoice


@transaction.atomic
def save_draft(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    *,
    references: Sequence[InvoiceReference] | None = None,
    by: Membership | None,
    version: int | None = None,
) -> Invoice:
    """Keep a draft with exactly these lines, in order, and its totals; with `references`, naming
    exactly those invoices.

    A new one (`pk` None) is made once per `draft_key`: whoever comes second writes on the first's.
    `version` is what the editor had read. Raises Refused: `draft_conflict` when somebody saved
    since, `already_issued`, or what the tax engine refuses. Nothing is written then.
    """
    invoice.agent_id = invoice.agent_id or (invoice.party.agent_id if invoice.party_id else None)
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
    apply_totals(invoice, lines, totals)
    if invoice.pk is None:
        _insert(invoice, by)
    else:
        _overwrite(invoice, version)
    invoice.lines.all().delete()
    for position, line in enumerate(lines):
        line.pk = None
        line.invoice = invoice
        line.position = position
    InvoiceLine.objects.bulk_create(lines)
    if references is not None:
        invoice.references.all().delete()
        _write_references(invoice, references)
    return invoice


def _write_references(invoice: Invoice, references: Sequence[InvoiceReference]) -> None:
    for reference in references:
        reference.pk = None
        reference.invoice = invoice
    InvoiceReference.objects.bulk_create(references)


def _insert(invoice: Invoice, by: Membership | None) -> None:
    invoice.version, invoice.created_by = 1, by
    try:
        with transaction.atomic():
            invoice.save(force_insert=True)
    except IntegrityError:
        first = Invoice.objects.filter(draft_key=invoice.draft_key).first()
        if invoice.draft_key is None or first is None:
            raise
        invoice.pk, invoice.version, invoice.created_by = first.pk, first.version, first.created_by
        invoice.created_at = first.created_at
        _overwrite(invoice, None)
    else:
        record(by, "billing.draft_created", invoice)


def _overwrite(invoice: Invoice, version: int | None) -> None:
    current = Invoice.objects.locked(invoice)
    if not current.is_draft:
        raise Refused(
            "already_issued",
            _("La factura %(number)s ya está emitida y no se puede cambiar.")
            % {"number": current.number},
        )
    if version is not None and version != current.version:
        raise Refused(
            "draft_conflict",
            _(
                "Alguien guardó cambios en este borrador a las %(time)s, después de que lo "
                "abrieras. Lo tuyo sigue en pantalla: cópialo si lo necesitas y recarga la página "
                "para ver lo último."
            )
            % {"time": f"{timezone.localtime(current.updated_at):%H:%M}"},
        )
    invoice.version = current.version + 1
    invoice.updated_at = timezone.now()
    invoice.save(
        update_fields=[
            *(name.removesuffix("_id") for name in DRAFT_FIELDS),
            *TOTAL_FIELDS,
            "version",
            "updated_at",
        ]
    )


@transaction.atomic
def duplicate_invoice(invoice: Invoice, *, by: Membership | None, on: date) -> Invoice:
    """A new draft of today with the same client, conditions and lines; the original is untouched.

    Dates, number and settlement are its own; a series that is no longer active is left out. The
    copy of one that names others is an invoice by itself.
    """
    copy = Invoice(**{name: getattr(invoice, name) for name in DRAFT_FIELDS})
    copy.issued_on, copy.operation_on, copy.due_on = on, None, None
    copy.advance_cents = 0
    if not kind_of(copy.kind).starts_blank:
        copy.series, copy.kind = None, _plain_kind(copy.kind)
        copy.prices_include_tax &= kind_of(copy.kind).gross_prices
        for name, empty in _NOTHING_CORRECTED.items():
            setattr(copy, name, empty)
    if copy.series is not None and not copy.series.is_active:
        copy.series = None
    lines = [
        InvoiceLine(**{name: getattr(line, name) for name in LINE_FIELDS})
        for line in invoice.lines.all()
    ]
    return save_draft(copy, lines, by=by)


@transaction.atomic
def delete_draft(invoice: Invoice, *, by: Membership | None) -> Event:
    """Delete a draft; the event returned holds all of it, for `restore_draft`. Raises Refused."""
    invoice = Invoice.objects.locked(invoice)
    if not invoice.is_draft:
        raise Refused(
            "already_issued",
            _("Una factura emitida no se borra: se corrige con una rectificativa."),
        )
    kept = kept_draft(invoice, list(invoice.lines.all()), list(invoice.references.all()))
    kept["invoice"]["draft_key"] = invoice.draft_key
    kept["notes"] = list(invoice.delivery_notes.values_list("pk", flat=True))
    event = record(by, "billing.draft_deleted", invoice, draft=kept)
    invoice.lines.all().delete()
    invoice.references.all().delete()
    Invoice.objects.filter(pk=invoice.pk).delete()
    return event


@transaction.atomic
def restore_draft(event: Event, *, by: Membership | None) -> Invoice:
    """Bring back the draft that an event tells was deleted, with its id. Once: Refused after."""
    kept = event.data["draft"]
    invoice, lines, references = draft_from(kept)
    invoice.pk = event.target_id
    invoice.version, invoice.created_by = 1, by
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
    apply_totals(invoice, lines, totals)
    try:
        with transaction.atomic():
            invoice.save(force_insert=True)
    except IntegrityError:
        raise Refused("draft_restored", _("El borrador ya se había recuperado.")) from None
    for position, line in enumerate(lines):
        line.invoice, line.position = invoice, position
    InvoiceLine.objects.bulk_create(lines)
    _write_references(invoice, references)
    notes = DeliveryNote.objects.filter(pk__in=kept.get("notes", ()), invoice__isnull=True)
    notes.update(invoice=invoice)
    record(by, "billing.draft_restored", invoice)
    return invoice


def kept_draft(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    references: Sequence[InvoiceReference] = (),
) -> dict[str, Any]:
    """All that a draft says, as JSON: `invoice`, `lines`, `references`."""
    return {
        "invoice": {name: _plain(getattr(invoice, name)) for name in DRAFT_FIELDS},
        "lines": [{name: _plain(getattr(line, name)) for name in LINE_FIELDS} for line in lines],
        "references": [
            {name: _plain(getattr(row, name)) for name in _REFERENCE_FIELDS} for row in references
        ],
    }


def draft_from(
    kept: dict[str, Any],
) -> tuple[Invoice, list[InvoiceLine], list[InvoiceReference]]:
    """The draft that `kept_draft` wrote, its lines and references; nothing is saved."""
    return (
        Invoice(**_typed(Invoice, kept["invoice"])),
        [InvoiceLine(**_typed(InvoiceLine, line)) for line in kept["lines"]],
        [InvoiceReference(**_typed(InvoiceReference, row)) for row in kept.get("references", ())],
    )


def _plain_kind(code: str) -> str:
    return SIMPLIFIED if kind_of(code).gross_prices else ORDINARY


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    return value


def _typed(model: Any, kept: dict[str, Any]) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {
        name: value if name.endswith("_id") else fields[name].to_python(value)
        for name, value in kept.items()
    }
