"""VERI*FACTU plugged into billing: one record for each invoice issued, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.ahead import Question
from lonja.accounts.models import Company
from lonja.accounts.prepared import Among, Prepared, Slot
from lonja.billing.models import Invoice
from lonja.billing.regimes import Finding, Issuing, Printed, Told
from lonja.fiscal.laid_out import LaidOut, lay_out
from lonja.fiscal.mapping import kinds_without_type
from lonja.fiscal.models import Record, RecordState
from lonja.fiscal.recording import ChainRecorder

__all__ = ["Verifactu", "kinds_without_type"]

# In a list under the head «AEAT» there is room for one word.
_SHORT = {
    RecordState.PENDING: gettext_lazy("Pendiente"),
    RecordState.SENT: gettext_lazy("Enviado"),
    RecordState.ACCEPTED_WITH_ERRORS: gettext_lazy("Con errores"),
}
_VOIDED = gettext_lazy("Anulada en la AEAT")
_VOIDING = gettext_lazy("Anulación: %(state)s")
_TONES = {
    RecordState.PENDING: "warn",
    RecordState.SENT: "info",
    RecordState.ACCEPTED: "ok",
    RecordState.ACCEPTED_WITH_ERRORS: "warn",
    RecordState.REJECTED: "bad",
}


# Of the first record of an invoice, what its QR says: asked for every PDF.
_states = Prepared(
    lambda: (
        Record.objects.filter(Among("invoice_id", "ids"))
        .order_by("position")
        .values_list("invoice_id", "operation", "state")
    )
)
_address = Prepared(
    lambda: (
        Record.objects.filter(invoice_id=Slot("invoice"), operation="alta")
        .order_by("position")
        .values_list("qr_url")[:1]
    )
)


class Verifactu:
    """The regime of common territory: every issued invoice has its record."""

    code = "verifactu"

    def applies(self, company: Company) -> bool:
        return True

    def lay_out(self, issuing: Issuing, now: datetime) -> LaidOut:
        return lay_out(issuing, now)

    def begin(self, company: Company, now: datetime, *, together: bool = False) -> ChainRecorder:
        return ChainRecorder(company, now, together=together)

    def printed(self, invoice: Invoice) -> Printed:
        words: Printed = {
            "label": _("QR tributario:"),
            "legend": _("Factura verificable en la sede electrónica de la AEAT"),
        }
        if invoice.is_draft:
            return words
        found = _address.first(invoice=invoice.pk)
        return {**words, "qr_url": found[0]} if found is not None else {}

    def states_asked(self, invoice_ids: Sequence[int]) -> Sequence[Question]:
        return ((_states, {"ids": list(invoice_ids)}),)

    def states(self, invoice_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Of the last record of each: a subsanación or an anulación says more than the alta."""
        found = _states.all(ids=list(invoice_ids))
        return {pk: state_of(operation, state, short=True) for pk, operation, state in found}

    def told(self, invoice: Invoice) -> Told | None:
        record = _first_record(invoice)
        if record is None:
            return None
        last = Record.objects.filter(invoice=invoice).order_by("-position").first() or record
        return {
            "state": state_of(last.operation, last.state),
            "huella": record.huella,
            "qr_url": record.qr_url,
            "generated_at": record.generated_at,
            "position": record.position,
            "csv": record.csv,
            "panel_url": reverse("fiscal:invoice_panel", args=[invoice.pk]),
        }

    def check(self, invoice: Invoice, lines: Sequence[Any]) -> list[Finding]:
        from lonja.fiscal.preflight import findings

        return findings(invoice, lines)

    @property
    def preflight_url(self) -> str:
        return reverse("fiscal:preflight")


def _first_record(invoice: Invoice) -> Record | None:
    rows = Record.objects.filter(invoice=invoice, operation="alta")
    return rows.order_by("position").first()


def state_of(operation: str, code: str, *, short: bool = False) -> tuple[str, str]:
    """Text and tone of the state of a record."""
    state = RecordState(code)
    label = _SHORT.get(state, state.label) if short else state.label
    if operation == "alta":
        return str(label), _TONES[state]
    if state == RecordState.ACCEPTED:
        return str(_VOIDED), "mut"
    return str(_VOIDING) % {"state": str(label).lower()}, _TONES[state]
