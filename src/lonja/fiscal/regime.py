"""VERI*FACTU plugged into billing: one record for each invoice issued, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import lonja
from lonja.accounts.bulk import insert_rows
from lonja.accounts.models import Company
from lonja.billing.kinds import KINDS, kind_of
from lonja.billing.models import Invoice, ReferenceRole
from lonja.billing.regimes import Issuing, Printed, Told
from lonja.fiscal.installation import installation_number
from lonja.fiscal.models import Chain, Record, RecordState
from lonja.fiscal.verifactu import rules
from lonja.fiscal.verifactu.qr import qr_url
from lonja.fiscal.verifactu.records import (
    Alta,
    Breakdown,
    ForeignId,
    InvoiceId,
    Previous,
    Recipient,
    Replaced,
    System,
)
from lonja.fiscal.verifactu.xml import record_xml, validate
from lonja.kit.money import from_cents

# TipoFactura of each kind of invoice (Orden HAC/1177/2024, annex). A test names what is missing.
INVOICE_TYPES: dict[str, str] = {
    "ordinary": "F1",
    "simplified": "F2",
    "qualified": "F1",
    "recap": "F1",
    "substitute": "F3",
    "r1": "R1",
    "r2": "R2",
    "r3": "R3",
    "r4": "R4",
    "r5": "R5",
}

SYSTEM_CODE = "LJ"

# In a list under the head «AEAT» there is room for one word.
_SHORT = {
    RecordState.PENDING: gettext_lazy("Pendiente"),
    RecordState.ACCEPTED_WITH_ERRORS: gettext_lazy("Con errores"),
}
_TONES = {
    RecordState.PENDING: "warn",
    RecordState.SENT: "info",
    RecordState.ACCEPTED: "ok",
    RecordState.ACCEPTED_WITH_ERRORS: "warn",
    RecordState.REJECTED: "bad",
}


@lru_cache(maxsize=512)
def system_for(producer: str, producer_nif: str, installation: str, many: bool) -> System:
    """SistemaInformatico of this installation (one taxpayer or several)."""
    return System(
        producer=producer,
        nif=producer_nif,
        name="Lonja",
        code=SYSTEM_CODE,
        version=lonja.__version__,
        installation=installation,
        serves_many=many,
    )


class Verifactu:
    """The regime of common territory: every issued invoice has its record."""

    code = "verifactu"

    def applies(self, company: Company) -> bool:
        return True

    def begin(self, company: Company, now: datetime) -> ChainRecorder:
        return ChainRecorder(company, now)

    def printed(self, invoice: Invoice) -> Printed:
        words: Printed = {
            "label": _("QR tributario:"),
            "legend": _("Factura verificable en la sede electrónica de la AEAT"),
        }
        if invoice.is_draft:
            return words
        record = _first_record(invoice)
        return {**words, "qr_url": record.qr_url} if record is not None else {}

    def states(self, invoice_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        rows = Record.objects.filter(invoice_id__in=invoice_ids, operation="alta")
        found = rows.order_by("position").values_list("invoice_id", "state")
        return {pk: _state(state, short=True) for pk, state in found}

    def told(self, invoice: Invoice) -> Told | None:
        record = _first_record(invoice)
        if record is None:
            return None
        return {
            "state": _state(record.state),
            "huella": record.huella,
            "qr_url": record.qr_url,
            "generated_at": record.generated_at,
            "position": record.position,
            "csv": record.csv,
        }


def _first_record(invoice: Invoice) -> Record | None:
    rows = Record.objects.filter(invoice=invoice, operation="alta")
    return rows.order_by("position").first()


def _state(code: str, *, short: bool = False) -> tuple[str, str]:
    state = RecordState(code)
    label = _SHORT.get(state, state.label) if short else state.label
    return str(label), _TONES[state]


class ChainRecorder:
    """Adds records to the locked chain of a company, in memory until `finish`."""

    def __init__(self, company: Company, now: datetime) -> None:
        self.company = company
        self.chain = locked_chain(company)
        self.at = now.astimezone(company.zone).replace(microsecond=0)
        self.system = system_for(*producer(company), self.chain.installation, _many(company))
        self.previous = _head(self.chain)
        self.records: list[tuple[Invoice, dict[str, Any]]] = []

    def record_issue(self, issuing: Issuing) -> None:
        """Build, check and validate the record; the chain only advances when all is right."""
        alta = build_alta(issuing, self.system, self.at, self.previous)
        rules.check(alta)
        xml = record_xml(alta)
        validate(xml)
        self.chain.last_position += 1
        self.records.append((issuing.invoice, self._row(alta, xml)))
        self.previous = alta.as_previous()

    def _row(self, alta: Alta, xml: bytes) -> dict[str, Any]:
        return {
            "chain_id": self.chain.pk,
            "position": self.chain.last_position,
            "operation": "alta",
            "issuer_nif": alta.nif,
            "number": alta.number,
            "issued_on": alta.issued_on,
            "invoice_type": alta.kind,
            "tax_text": alta.quota_text,
            "total_text": alta.total_text,
            "previous_huella": alta.previous.huella if alta.previous else "",
            "generated_at": alta.generated_text,
            "huella": alta.huella,
            "qr_url": qr_url(
                alta.nif,
                alta.number,
                alta.issued_on,
                alta.total_text,
                test=self.chain.environment != "production",
            ),
            "xml": xml.decode(),
        }

    def finish(self) -> None:
        """Write the records and move the head of the chain."""
        if not self.records:
            return
        rows = []
        for invoice, row in self.records:
            row["invoice_id"] = invoice.pk
            rows.append(row)
        insert_rows(Record, rows)
        last = rows[-1]
        self.chain.last_number = last["number"]
        self.chain.last_issued_on = last["issued_on"]
        self.chain.last_huella = last["huella"]
        self.chain.last_generated_at = last["generated_at"]
        self.chain.save(
            update_fields=[
                "last_position",
                "last_number",
                "last_issued_on",
                "last_huella",
                "last_generated_at",
            ]
        )


def producer(company: Company) -> tuple[str, str]:
    """Name and NIF of who answers for this installation: in open source, who deploys it."""
    name = getattr(settings, "VERIFACTU_PRODUCER_NAME", "") or company.legal_name
    return name, getattr(settings, "VERIFACTU_PRODUCER_NIF", "") or company.nif


def _many(company: Company) -> bool:
    return Company.objects.count() > 1


def _head(chain: Chain) -> Previous | None:
    if not chain.last_position or chain.last_issued_on is None:
        return None
    return Previous(chain.nif, chain.last_number, chain.last_issued_on, chain.last_huella)


def locked_chain(company: Company) -> Chain:
    """The current chain of a company, locked; made with its first invoice.

    A new installation number or environment starts a chain of its own (fiscal-rules §4).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("la cadena se bloquea dentro de una transacción")
    key: dict[str, Any] = {
        "nif": company.nif,
        "installation": installation_number(company),
        "environment": settings.VERIFACTU_ENVIRONMENT,
    }
    chain = Chain.objects.select_for_update().filter(**key).first()
    if chain is None:
        Chain.objects.filter(company=company, is_current=True).update(is_current=False)
        Chain.objects.get_or_create(company=company, **key)
        chain = Chain.objects.select_for_update().get(**key)
    return chain


def build_alta(issuing: Issuing, system: System, at: datetime, previous: Previous | None) -> Alta:
    """The registro de alta of an invoice being issued."""
    invoice, totals = issuing.invoice, issuing.totals
    kind = kind_of(invoice.kind)
    return Alta(
        nif=invoice.issuer["nif"],
        number=invoice.number,
        issued_on=invoice.issued_on,  # type: ignore[arg-type]
        issuer=invoice.issuer["name"],
        kind=INVOICE_TYPES[invoice.kind],
        description=issuing.lines[0].concept[:500],
        breakdown=tuple(
            Breakdown(
                base=group.base,
                rate=group.rate,
                quota=group.amount if group.rate is not None else None,
                tax=group.tax,
                regime=group.regime,
                qualification=group.qualification or "",
                exemption=group.exemption or "",
                surcharge_rate=group.surcharge_rate,
                surcharge=group.surcharge if group.surcharge_rate is not None else None,
            )
            for group in totals.groups
        ),
        quota=totals.tax_total,
        total=totals.total,
        system=system,
        generated_at=at,
        previous=previous,
        recipients=(recipient(invoice.recipient),) if kind.names_recipient else (),
        corrective=invoice.correction,
        corrects=named(issuing, ReferenceRole.CORRECTS),
        replaces=named(issuing, ReferenceRole.SUBSTITUTES),
        replaced=_replaced(invoice),
        simplified_art_7="S" if kind.qualified else "",
        operation_on=invoice.operation_on if invoice.operation_on != invoice.issued_on else None,
    )


def named(issuing: Issuing, role: ReferenceRole) -> tuple[InvoiceId, ...]:
    """The invoices that one being issued names in that role."""
    return tuple(
        InvoiceId(issuing.invoice.issuer["nif"], row.number, row.issued_on)
        for row in issuing.references
        if row.role == role
    )


def _replaced(invoice: Invoice) -> Replaced | None:
    """ImporteRectificacion, with CuotaRecargoRectificado when there was any."""
    if invoice.corrected_base_cents is None:
        return None
    surcharge = invoice.corrected_surcharge_cents
    return Replaced(
        from_cents(invoice.corrected_base_cents),
        from_cents(invoice.corrected_tax_cents or 0),
        from_cents(surcharge) if surcharge else None,
    )


def recipient(snapshot: dict[str, Any]) -> Recipient:
    """Who receives it: by NIF, or by the identification of another country."""
    if snapshot["id_type"] == "nif":
        return Recipient(snapshot["name"][:120], nif=snapshot["nif"])
    country = "" if snapshot["id_type"] == "02" else snapshot["country"]
    return Recipient(
        snapshot["name"][:120], foreign=ForeignId(snapshot["id_type"], snapshot["nif"], country)
    )


def kinds_without_type() -> list[str]:
    """Fiscal kinds of invoice that this regime does not map yet (a test wants none)."""
    return [code for code, kind in KINDS.items() if kind.is_fiscal and code not in INVOICE_TYPES]
