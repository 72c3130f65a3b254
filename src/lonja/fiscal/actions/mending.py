"""Mending what the agency did not take as it was: a new record at the end of the chain.

The records that were sent never change (RD 1007/2023, art. 8). AEAT, «Validaciones y errores»: a
subsanación says `Subsanacion=S`, and `RechazoPrevio` `X` when the agency does not have the invoice
at all, `S` when what it rejected was an earlier subsanación.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.models import Invoice, Status
from lonja.fiscal.mapping import head_values, macrodato, stored_breakdown
from lonja.fiscal.models import Chain, Record, RecordState
from lonja.fiscal.recording import ChainRecorder
from lonja.fiscal.verifactu.records import Alta
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents

KEPT = (RecordState.ACCEPTED, RecordState.ACCEPTED_WITH_ERRORS)
_BAD = (RecordState.REJECTED, RecordState.ACCEPTED_WITH_ERRORS)


@dataclass(frozen=True)
class Standing:
    """What the agency has of an invoice, as far as its answers told."""

    records: tuple[Record, ...]

    @property
    def last(self) -> Record | None:
        return self.records[-1] if self.records else None

    @property
    def is_known(self) -> bool:
        """Whether some alta of it was accepted."""
        return any(r.operation == "alta" and r.state in KEPT for r in self.records)

    @property
    def is_waiting(self) -> bool:
        return any(r.state in (RecordState.PENDING, RecordState.SENT) for r in self.records)

    @property
    def rejected(self) -> Record | None:
        """The last record, if it was rejected."""
        last = self.last
        return last if last is not None and last.state == RecordState.REJECTED else None


def standing_of(invoice: Invoice) -> Standing:
    """Every record of an invoice, in order."""
    return Standing(tuple(Record.objects.filter(invoice=invoice).order_by("position", "pk")))


def amendable(invoice: Invoice) -> dict[str, Any]:
    """What a subsanación may say otherwise, as the last record says it."""
    return {
        "description": description_of(invoice),
        "recipient": invoice.recipient.get("name", ""),
        "regimes": [row.regime for row in stored_breakdown(invoice)],
    }


def description_of(invoice: Invoice) -> str:
    """DescripcionOperacion of the invoice."""
    line = invoice.lines.order_by("position", "pk").first()
    return line.concept[:500] if line is not None else ""


@transaction.atomic
def amend(invoice: Invoice, changes: Mapping[str, Any], *, by: Membership | None) -> Record:
    """Add a subsanación of the invoice's record. `changes`: `description`, `recipient` (how the
    census writes the name) and `regimes` (one key for each row of the breakdown); what is missing
    stays as the invoice says. Raises Refused.
    """
    invoice = Invoice.objects.select_related("company").locked(invoice)
    if invoice.status == Status.VOID:
        raise Refused("already_void", _("La factura está anulada: no se subsana."))
    standing = standing_of(invoice)
    if standing.last is None:
        raise Refused("no_record", _("La factura no tiene registro que subsanar."))
    if standing.is_waiting:
        raise Refused(
            "still_waiting",
            _("Su registro aún no tiene respuesta de la AEAT: espera a tenerla para subsanar."),
        )
    recorder = ChainRecorder(invoice.company, timezone.now())
    recorder.add(invoice, _amendment(invoice, changes, standing, recorder))
    recorder.finish()
    made = _mends(invoice, recorder.chain, standing)
    record(by, "fiscal.amended", invoice, code=standing.last.error_code)
    return made


def _amendment(
    invoice: Invoice, changes: Mapping[str, Any], standing: Standing, recorder: ChainRecorder
) -> Alta:
    description = str(changes.get("description") or description_of(invoice))
    values = head_values(invoice, description, list(invoice.references.all()))
    rows = stored_breakdown(invoice)
    regimes = list(changes.get("regimes") or [])
    if len(regimes) == len(rows):
        rows = tuple(
            replace(row, regime=key) if key and row.regime else row
            for row, key in zip(rows, regimes, strict=True)
        )
    name = str(changes.get("recipient") or "").strip()
    if name:
        values["recipients"] = tuple(replace(one, name=name[:120]) for one in values["recipients"])
    total = from_cents(invoice.total_cents)
    before = ""
    if not standing.is_known:
        before = "X"
    elif standing.rejected is not None and standing.rejected.is_amendment:
        before = "S"
    return Alta(
        **values,
        breakdown=rows,
        quota=from_cents(invoice.tax_cents + invoice.surcharge_cents),
        total=total,
        macrodato=macrodato(total),
        amends="S",
        rejected_before=before,
        **recorder.place(),
    )


def _mends(invoice: Invoice, chain: Chain, standing: Standing) -> Record:
    """Mark the records that the new one mends. Returns the new one."""
    made = Record.objects.get(chain=chain, position=chain.last_position, invoice=invoice)
    open_ones = [r.pk for r in standing.records if r.state in _BAD and r.mended_by_id is None]
    Record.objects.filter(pk__in=open_ones).update(mended_by=made)
    return made


def void_flags(invoice: Invoice) -> dict[str, str]:
    """SinRegistroPrevio and RechazoPrevio of the anulación of an invoice, by what was answered."""
    standing = standing_of(invoice)
    flags = {}
    if not standing.is_known and not standing.is_waiting:
        flags["unknown_before"] = "S"
    if standing.rejected is not None and standing.rejected.operation == "anulacion":
        flags["rejected_before"] = "S"
    return flags


@transaction.atomic
def void_again(invoice: Invoice, *, by: Membership | None) -> Record:
    """Another registro de anulación of an invoice already void whose first one was rejected."""
    invoice = Invoice.objects.select_related("company").locked(invoice)
    standing = standing_of(invoice)
    if invoice.status != Status.VOID or standing.rejected is None:
        raise Refused("nothing_to_void", _("Su anulación no está rechazada: no hay que repetirla."))
    recorder = ChainRecorder(invoice.company, timezone.now())
    recorder.record_void(invoice)
    recorder.finish()
    record(by, "fiscal.void_again", invoice)
    return _mends(invoice, recorder.chain, standing)
