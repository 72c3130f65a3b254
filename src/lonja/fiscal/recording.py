"""Adding records to a chain, in the transaction of what they tell (R7, R10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

import lonja
from lonja.accounts.bulk import insert_rows, update_rows
from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot, ask_together
from lonja.billing.models import Invoice
from lonja.billing.regimes import Issuing
from lonja.fiscal.installation import installation_number
from lonja.fiscal.mapping import alta_values
from lonja.fiscal.models import Chain, Producer, Record, RecordState
from lonja.fiscal.verifactu import rules
from lonja.fiscal.verifactu.chain import expected_huella, link_from_xml
from lonja.fiscal.verifactu.qr import qr_url
from lonja.fiscal.verifactu.records import Alta, Anulacion, Previous, System
from lonja.fiscal.verifactu.together import Proof
from lonja.fiscal.verifactu.xml import alta_xml, record_xml, validate

SYSTEM_CODE = "LJ"
_CLOCK_MARGIN = timedelta(minutes=1)
CLOCK, CHAIN = "clock", "chain"

# What each issue asks.
_producer = Prepared(lambda: Producer.objects.order_by("pk")[:1])
_two_companies = Prepared(lambda: Company.objects.order_by("pk").values_list("pk")[:2])
_last = Prepared(
    lambda: Record.objects.filter(
        chain__nif=Slot("nif"),
        chain__installation=Slot("installation"),
        chain__environment=Slot("environment"),
        position=F("chain__last_position"),
    ).values_list("huella", "xml")
)
_chain = Prepared(
    lambda: Chain.objects.select_for_update().filter(
        nif=Slot("nif"), installation=Slot("installation"), environment=Slot("environment")
    )
)


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


def producer(company: Company) -> tuple[str, str]:
    """Name and NIF of who answers for this installation: in open source, who deploys it."""
    return _told(_producer.first(), company)


def _told(producer: Producer | None, company: Company) -> tuple[str, str]:
    if producer is not None:
        return producer.name, producer.nif
    return company.legal_name, company.nif


class ChainRecorder:
    """Adds records to the locked chain of a company, in memory until `finish`.

    With `together` they are not proven against the schema one by one but all at once, beside the
    work that follows `seal`.
    """

    def __init__(self, company: Company, now: datetime, *, together: bool = False) -> None:
        self.company = company
        self.together = together
        self.xmls: list[bytes] = []
        self.proof: Proof | None = None
        place = _place_of(company)
        chains, last, companies, producers = ask_together(
            (_chain, place), (_last, place), (_two_companies, {}), (_producer, {})
        )
        self.chain = chains[0] if chains else locked_chain(company)
        self.at = now.astimezone(company.zone).replace(microsecond=0)
        answers = _told(producers[0] if producers else None, company)
        self.system = system_for(*answers, self.chain.installation, len(companies) > 1)
        self.previous = _head(self.chain)
        self.records: list[tuple[Invoice, dict[str, Any]]] = []
        self.is_watched = _look_back(self.chain, last, self.at)

    def record_issue(self, issuing: Issuing) -> None:
        """Build, check and validate the record; the chain only advances when all is right."""
        invoice, laid = issuing.invoice, issuing.laid_out
        if laid is None or laid.issuer is not invoice.issuer:
            self.add(invoice, Alta(**alta_values(issuing), **self.place()))
            return
        record = laid.placed(invoice.number, self.place())
        rules.check_placed(record)
        self._put(invoice, record, alta_xml(record, laid.middle))

    def record_void(self, invoice: Invoice) -> None:
        """The registro de anulación of an invoice, with what the agency is known to have of it."""
        from lonja.fiscal.actions.mending import void_flags

        assert invoice.issued_on is not None  # noqa: S101 - it has a number
        self.add(
            invoice,
            Anulacion(
                nif=invoice.issuer["nif"],
                number=invoice.number,
                issued_on=invoice.issued_on,
                **void_flags(invoice),  # type: ignore[arg-type]
                **self.place(),
            ),
        )

    def place(self) -> dict[str, Any]:
        """What the next record says of where it stands."""
        return {"system": self.system, "generated_at": self.at, "previous": self.previous}

    def add(self, invoice: Invoice, record: Alta | Anulacion) -> None:
        """Check a record against rules and schema and put it next. Raises Refused."""
        rules.check(record)
        self._put(invoice, record, record_xml(record))

    def _put(self, invoice: Invoice, record: Alta | Anulacion, xml: bytes) -> None:
        if self.together:
            self.xmls.append(xml)
        else:
            validate(xml)
        self.chain.last_position += 1
        self.records.append((invoice, self._row(record, xml)))
        self.previous = record.as_previous()

    def _row(self, record: Alta | Anulacion, xml: bytes) -> dict[str, Any]:
        row: dict[str, Any] = {
            "chain_id": self.chain.pk,
            "position": self.chain.last_position,
            "operation": "anulacion",
            "issuer_nif": record.nif,
            "number": record.number,
            "issued_on": record.issued_on,
            "previous_huella": record.previous.huella if record.previous else "",
            "generated_at": record.generated_text,
            "huella": record.huella,
            "xml": xml.decode(),
            "xml_digest": sha256(xml).hexdigest(),
        }
        if isinstance(record, Alta):
            row |= {
                "operation": "alta",
                "is_amendment": record.amends == "S",
                "invoice_type": record.kind,
                "tax_text": record.quota_text,
                "total_text": record.total_text,
                "qr_url": qr_url(
                    record.nif,
                    record.number,
                    record.issued_on,
                    record.total_text,
                    test=self.chain.environment != "production",
                ),
            }
        return row

    def seal(self) -> None:
        """No more records come: begin to prove those that were put together."""
        if self.xmls:
            self.proof = Proof(self.xmls)

    def finish(self) -> None:
        """Write the records and move the head of the chain. Raises NotAllValid, before, when one
        of a batch does not follow the schema: the transaction is undone and each goes alone."""
        if not self.records:
            return
        if self.xmls:
            (self.proof or Proof(self.xmls)).wait()
        rows = []
        for invoice, row in self.records:
            row["invoice_id"] = invoice.pk
            rows.append(row)
        insert_rows(Record, rows)
        for row in rows:
            if row["operation"] == "anulacion":
                _end_the_matter(row)
        last = rows[-1]
        self.chain.last_number = last["number"]
        self.chain.last_issued_on = last["issued_on"]
        self.chain.last_huella = last["huella"]
        self.chain.last_generated_at = last["generated_at"]
        names = ["last_position", "last_number", "last_issued_on", "last_huella"]
        names.append("last_generated_at")
        if self.is_watched:
            names += ["alarm", "alarm_code", "alarm_at"]
        update_rows(Chain, names, [(*(getattr(self.chain, name) for name in names), self.chain.pk)])


def _end_the_matter(row: dict[str, Any]) -> None:
    """Whatever the agency had against an invoice is mended by its anulación."""
    made = Record.objects.get(chain_id=row["chain_id"], position=row["position"])
    Record.objects.filter(
        invoice_id=row["invoice_id"],
        state__in=(RecordState.REJECTED, RecordState.ACCEPTED_WITH_ERRORS),
        mended_by__isnull=True,
    ).update(mended_by=made)


def _look_back(chain: Chain, last: Sequence[tuple[str, str]], at: datetime) -> bool:
    """Check the last record (its huella and its XML) before adding another (Orden HAC/1177/2024,
    art. 7): well chained, and not of more than a minute ahead. Puts the alarm on the chain, which
    stops nothing. Returns whether the alarm changed.
    """
    code = text = ""
    if chain.last_position:
        if datetime.fromisoformat(chain.last_generated_at) > at + _CLOCK_MARGIN:
            code = CLOCK
            text = _(
                "El último registro lleva fecha de %(last)s y el reloj dice %(now)s: el reloj de "
                "este equipo se ha atrasado o estaba adelantado. Ponlo en hora."
            ) % {"last": chain.last_generated_at, "now": at.isoformat(timespec="seconds")}
        if not last or not _holds(last[0], chain):
            code = CHAIN
            text = _(
                "El último registro de la cadena (%(number)s) no es el que se generó. Comprueba "
                "la cadena."
            ) % {"number": chain.last_number}
    # Whoever heard of a broken chain has to check it: the next record does not hide it.
    if code == chain.alarm_code or (not code and chain.alarm_code == CHAIN):
        return False
    chain.alarm_code, chain.alarm, chain.alarm_at = code, text, timezone.now() if code else None
    return True


def _holds(found: tuple[str, str], chain: Chain) -> bool:
    huella, xml = found
    try:
        link = link_from_xml(chain.last_position, xml.encode())
    except ValueError:
        return False
    return huella == chain.last_huella == link.huella == expected_huella(link)


def _head(chain: Chain) -> Previous | None:
    if not chain.last_position or chain.last_issued_on is None:
        return None
    return Previous(chain.nif, chain.last_number, chain.last_issued_on, chain.last_huella)


def locked_chain(company: Company) -> Chain:
    """The current chain of a company, locked; made with its first invoice.

    A new installation number or environment starts a chain of its own (fiscal-rules §4).
    """
    key = _place_of(company)
    chain = _chain.first(**key)
    if chain is None:
        Chain.objects.filter(company=company, is_current=True).update(is_current=False)
        Chain.objects.get_or_create(company=company, **key)
        chain = _chain.get(**key)
    return chain


def _place_of(company: Company) -> dict[str, Any]:
    """What tells its current chain from any other. Raises RuntimeError outside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("la cadena se bloquea dentro de una transacción")
    return {
        "nif": company.nif,
        "installation": installation_number(company),
        "environment": settings.VERIFACTU_ENVIRONMENT,
    }
