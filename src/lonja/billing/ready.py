"""What stops an invoice from being issued, said in words with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from lonja.billing.kinds import KINDS, kind_of
from lonja.billing.models import Invoice, InvoiceLine, IssuedBy, Series
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import EU_COUNTRIES
from lonja.parties.actions.vies import last_check
from lonja.parties.models import IdType
from lonja.parties.models import Kind as PartyKind
from lonja.tax.documents import TaxLine

EU_SERVICE = "servicio_intracomunitario"
# Ways of being taxed that have a kind of invoice to themselves, and its name.
_APART = {kind.own_category: kind.label for kind in KINDS.values() if kind.own_category}


def refuse_unless_ready(
    invoice: Invoice, lines: Sequence[InvoiceLine], taxed: Sequence[TaxLine], issued_on: date
) -> None:
    """Refuse an invoice that lacks what RD 1619/2012 art. 6 asks or that no invoice may have.

    Raises Refused whose `fields` name each thing that is missing; the numbering, dates and tax
    combinations are checked too.
    """
    missing: dict[str, str] = {}
    _issuer(invoice, missing)
    _recipient(invoice, missing)
    _reason(invoice, missing)
    _lines(lines, missing)
    _dates(invoice, issued_on, missing)
    if missing:
        raise Refused("invoice_incomplete", " ".join(missing.values()), fields=missing)
    if invoice.surcharge:
        _surcharge(taxed)
    _in_its_series(invoice, lines)
    if invoice.party.id_type == IdType.VAT_EU:
        _registered(invoice, taxed)
    elif not kind_of(invoice.kind).corrects and serves_the_union(lines):
        _business_of_the_union(invoice)


def refuse_unless_theirs(invoice: Invoice, series: Series) -> None:
    """A series of invoices issued by a recipient is for that recipient alone (art. 6.1.a)."""
    if series.issued_by == IssuedBy.RECIPIENT and invoice.party.nif != series.issuer_nif:
        raise Refused(
            "series_of_another",
            _("La serie %(series)s es de las facturas que expide %(name)s (%(nif)s).")
            % {"series": series.code, "name": series.issuer_name, "nif": series.issuer_nif},
            field="series",
        )


def _issuer(invoice: Invoice, missing: dict[str, str]) -> None:
    company = invoice.company
    if company.organisation.issuing_blocked_reason:
        missing["organisation"] = company.organisation.issuing_blocked_reason
    if not (company.nif and company.legal_name and company.address and company.city):
        missing["company"] = _(
            "Faltan el NIF, la razón social o el domicilio fiscal de tu empresa: complétalos en "
            "Configuración › Empresa."
        )


def _recipient(invoice: Invoice, missing: dict[str, str]) -> None:
    party = invoice.party
    if party.blocked_reason:
        missing["party"] = _("%(name)s está bloqueado: %(reason)s.") % {
            "name": party.name,
            "reason": party.blocked_reason,
        }
    elif not kind_of(invoice.kind).names_recipient:
        return
    elif kind_of(invoice.kind).needs_identity and not party.nif:
        missing["party"] = _(
            "Falta el NIF de %(name)s: una factura ordinaria debe llevarlo (art. 6 del RD "
            "1619/2012). Añádelo en su ficha."
        ) % {"name": party.name}
    elif not (party.address and party.city) and party.kind != PartyKind.CONSUMER:  # art. 6.1.e
        missing["party"] = _(
            "Falta el domicilio de %(name)s: una factura ordinaria debe llevarlo. Añádelo en su "
            "ficha."
        ) % {"name": party.name}


def _reason(invoice: Invoice, missing: dict[str, str]) -> None:
    """A rectificativa says why (RD 1619/2012 art. 15.4)."""
    if kind_of(invoice.kind).corrects and not invoice.correction_reason.strip():
        missing["correction_reason"] = _(
            "Falta el motivo de la rectificación: la factura tiene que decirlo (art. 15.4 del RD "
            "1619/2012)."
        )


def _lines(lines: Sequence[InvoiceLine], missing: dict[str, str]) -> None:
    if not lines:
        missing["lines"] = _("La factura no tiene ninguna línea. Añade al menos un concepto.")
    elif any(not line.concept.strip() for line in lines):
        missing["lines"] = _("Hay una línea sin concepto. Escribe qué se factura o bórrala.")


def _dates(invoice: Invoice, issued_on: date, missing: dict[str, str]) -> None:
    if issued_on > invoice.company.today():
        missing["issued_on"] = _("La fecha de expedición no puede ser futura.")
    if invoice.operation_on is not None and invoice.operation_on > issued_on:
        missing["operation_on"] = _(
            "La fecha de operación no puede ser posterior a la de expedición."
        )


def _surcharge(taxed: Sequence[TaxLine]) -> None:
    """Deliveries with recargo go in invoices of their own (RD 1619/2012 art. 16.4)."""
    with_it = [line for line in taxed if line.surcharge is not None]
    without = [
        line
        for line in taxed
        if line.surcharge is None and not line.disbursement and line.qualification == "S1"
    ]
    if with_it and without:
        raise Refused(
            "surcharge_mixed",
            _(
                "Las entregas con recargo de equivalencia van en factura aparte (art. 16.4 del RD "
                "1619/2012). Separa las líneas sin recargo en otra factura."
            ),
            field="lines",
        )


def _in_its_series(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """What has a series apart by law is of a kind apart, alone (RD 1619/2012 art. 6.1.a.4.º)."""
    kind = kind_of(invoice.kind)
    if kind.corrects:  # all of them in the series of rectificativas
        return
    own = [ln.tax_category in _APART for ln in lines if not ln.is_disbursement]
    if kind.own_category and not all(own):
        raise Refused(
            "own_series_mixed",
            _(
                "La serie de «%(kind)s» es solo para esas entregas. Cambia el impuesto de las "
                "demás líneas o llévalas a otra factura (art. 6.1.a del RD 1619/2012)."
            )
            % {"kind": kind.label},
            field="lines",
        )
    if any(own) and not kind.own_category:
        found = next(_APART[ln.tax_category] for ln in lines if ln.tax_category in _APART)
        raise Refused(
            "own_series",
            _(
                "Esas entregas van en facturas y serie propias (art. 6.1.a del RD 1619/2012): "
                "elige arriba el tipo «%(kind)s»."
            )
            % {"kind": found},
            field="kind",
        )


def serves_the_union(lines: Sequence[InvoiceLine]) -> bool:
    """Whether some line is a service to a business of another country of the Union."""
    return any(line.tax_category == EU_SERVICE for line in lines)


def _business_of_the_union(invoice: Invoice) -> None:
    """A service is where its recipient is only for a business of another member State (art.
    69.Uno.1.º LIVA). Its VAT number is the usual proof and not the only one (art. 18.1 of
    Regulation 282/2011): without it there is advice (`fiscal.preflight`)."""
    party = invoice.party
    if party.country in EU_COUNTRIES - {"ES"} and party.kind != PartyKind.CONSUMER:
        return
    raise Refused(
        "service_not_eu",
        _(
            "Un servicio va sin IVA a una empresa de otro país de la Unión Europea (art. 69.Uno "
            "LIVA), y %(name)s no lo es. Revisa su ficha, o cambia el impuesto de la línea."
        )
        % {"name": party.name},
        field="lines",
    )


def _registered(invoice: Invoice, taxed: Sequence[TaxLine]) -> None:
    """A delivery is exempt only to who is registered: the last answer of VIES decides (art. 25
    LIVA). Without any, the form of the number is enough to issue."""
    if not any(line.exemption == "E5" for line in taxed):
        return
    check = last_check(invoice.party)
    if check is not None and not check.valid:
        raise Refused(
            "vies_not_registered",
            _(
                "VIES dijo el %(day)s que %(number)s no está registrado: la entrega "
                "intracomunitaria no puede ir exenta (art. 25 LIVA). Compruébalo otra vez en la "
                "ficha del cliente o factura con IVA."
            )
            % {"day": format_date(check.on), "number": check.number},
            field="party",
        )
