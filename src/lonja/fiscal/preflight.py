"""What the agency would refuse of a draft, said while it is typed and with where to mend it.

The record that the draft would make is built in memory, with a number of its series, and judged by
the same rules and schema as the real one: nothing is written and no chain is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.billing.calculation import in_euros, invoice_totals
from lonja.billing.kinds import kind_of
from lonja.billing.legal import legal_document, refuse_unless_lawful
from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference
from lonja.billing.ready import refuse_unless_ready, serves_the_union
from lonja.billing.regimes import Finding, Issuing
from lonja.billing.snapshots import issuer_snapshot, recipient_snapshot
from lonja.fiscal.duty import elsewhere
from lonja.fiscal.installation import installation_number
from lonja.fiscal.mapping import alta_values
from lonja.fiscal.recording import producer, system_for
from lonja.fiscal.verifactu.records import Alta
from lonja.fiscal.verifactu.rules import problems
from lonja.fiscal.verifactu.xml import record_xml, validate
from lonja.kit.errors import Refused
from lonja.parties.models import IdType
from lonja.tax import advice

# Fields of a record → the field of the editor that carries them.
_FIELDS = {
    "recipients": "party",
    "breakdown": "lines",
    "description": "lines",
    "quota": "lines",
    "total": "lines",
    "issued_on": "issued_on",
    "operation_on": "operation_on",
    "nif": "company",
    "issuer": "company",
    "number": "series",
    "system": "producer",
    "kind": "kind",
    "corrective": "correction",
    "corrects": "references",
    "replaces": "references",
    "replaced": "correction",
    # Elements of the schema.
    "NombreRazon": "party",
    "NombreRazonEmisor": "company",
    "DescripcionOperacion": "lines",
    "DetalleDesglose": "lines",
    "Desglose": "lines",
    "NumSerieFactura": "series",
}

_IN_EDITOR = {
    *("issued_on", "operation_on", "due_on", "series", "kind", "correction", "currency"),
    *("withholding_pct", "global_discount_pct", "exchange_rate"),
}


def findings(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[Finding]:
    """Everything that would stop the draft from being issued, each said once."""
    if not invoice.party_id or not lines:
        return []  # it has hardly begun: the editor itself says what is missing
    found: dict[str, Finding] = {}
    for refused in _refusals(invoice, lines):
        texts = refused.fields or {refused.field: str(refused)}
        for field, text in texts.items():
            name = _FIELDS.get(field, field)
            finding = Finding(refused.code, name, str(text), remedy(name, invoice))
            # The house, the law and the agency may say the same of one field: the first says it.
            found.setdefault(name or finding.message, finding)
    return list(found.values())


def caveats(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[str]:
    """What deserves a look before issuing the draft, without stopping it."""
    if not invoice.party_id or not lines:
        return []
    on = invoice.issue_day() if invoice.pk else invoice.issued_on
    try:
        taxed, totals = invoice_totals(invoice, lines, on)
    except Refused:
        return []
    told = advice(legal_document(invoice, taxed, on), totals)
    return [*filter(None, [elsewhere(invoice.company)]), *told, *_proof(invoice, lines)]


def _proof(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[str]:
    """A service to the Union without VAT asks to prove that its recipient is a business (art. 18.1
    of Regulation 282/2011)."""
    if not serves_the_union(lines) or invoice.party.id_type == IdType.VAT_EU:
        return []
    text = _(
        "%(name)s no tiene NIF-IVA: ponlo en su ficha, o guarda otra prueba de que es una empresa "
        "(art. 18.1 del Reglamento UE 282/2011). Sin ella, el servicio lleva IVA."
    )
    return [text % {"name": invoice.party.name}]


def _refusals(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Iterator[Refused]:
    on = invoice.issue_day() if invoice.pk else invoice.issued_on
    references: list[InvoiceReference] = []
    if invoice.pk is not None and kind_of(invoice.kind).has_references:
        references = list(invoice.references.all())
    try:
        taxed, totals = invoice_totals(invoice, lines, on)
    except Refused as refused:
        yield refused
        return
    today = invoice.company.today()
    for check in (
        lambda: refuse_unless_ready(invoice, lines, taxed, on),
        lambda: refuse_unless_lawful(
            legal_document(invoice, taxed, on, references), totals, today=today
        ),
    ):
        yield from _said(check)
    try:
        alta = _alta(invoice, lines, in_euros(invoice, totals), references, on)
    except (Refused, ValueError, KeyError) as problem:
        if isinstance(problem, Refused):
            yield problem
        return
    yield from problems(alta)
    yield from _said(lambda: validate(record_xml(alta)))


def _said(check: Callable[[], object]) -> list[Refused]:
    try:
        check()
    except Refused as refused:
        return [refused]
    return []


def _alta(
    invoice: Invoice,
    lines: Sequence[Any],
    totals: Any,
    references: Sequence[InvoiceReference],
    on: Any,
) -> Alta:
    """The record the draft would make now, outside any chain. The draft is left as it was."""
    kept = {name: getattr(invoice, name) for name in ("issuer", "recipient", "number", "issued_on")}
    try:
        invoice.issuer = issuer_snapshot(invoice.company)
        invoice.recipient = recipient_snapshot(invoice.party)
        series = invoice.series
        invoice.number = series.number_for(on.year, 1) if series is not None else "0"
        invoice.issued_on = on
        company = invoice.company
        system = system_for(*producer(company), installation_number(company), False)
        at: datetime = timezone.now().astimezone(company.zone).replace(microsecond=0)
        issuing = Issuing(invoice, lines, totals, references)
        return Alta(**alta_values(issuing), system=system, generated_at=at, previous=None)
    finally:
        for name, value in kept.items():
            setattr(invoice, name, value)


def remedy(field: str, invoice: Invoice) -> str:
    """Where a field of the editor is mended: a page of ours, or a place of the editor itself."""
    pages: dict[str, tuple[str, list[Any]]] = {
        "party": ("parties:client_edit", [invoice.party_id]),
        "company": ("office:company", []),
        "producer": ("fiscal:declaration", []),
        "organisation": ("fiscal:numbers", []),
    }
    if field == "series" and invoice.series_id:
        pages["series"] = ("billing:series_edit", [invoice.series_id])
    if field in pages:
        name, args = pages[field]
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            return ""
    if field == "lines":
        return "#lineas"
    return f"#id_{field}" if field in _IN_EDITOR else ""
