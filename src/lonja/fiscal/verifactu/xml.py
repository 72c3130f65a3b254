"""Records as the XML of ``SuministroInformacion.xsd``, and the SOAP message that carries them.

Text templates with one escaping function, because building is on the path of every issued
invoice: lxml element building costs several times more (see ``schema.py`` for the other half,
parsing and validating). Each record is a complete element with its own namespace: the bytes
kept when the invoice is issued are the bytes sent later, unchanged.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lonja.kit.errors import Refused

from .records import (
    Alta,
    Anulacion,
    Breakdown,
    ForeignId,
    InvoiceId,
    Previous,
    Recipient,
    System,
    day,
    money,
)
from .schema import LR, SF, SOAP, validate, validate_many
from .texts import _

__all__ = [
    "Header",
    "alta_xml",
    "anulacion_xml",
    "envelope",
    "record_xml",
    "validate",
    "validate_many",
]

# What XML 1.0 cannot carry, plus the blanks a parser would change on the way.
_FORBIDDEN = "\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_SPECIAL = re.compile(f"[&<>{_FORBIDDEN}]")
_CONTROL = re.compile(f"[{_FORBIDDEN}]+")


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text(value: str) -> str:
    """Free text (names, descriptions): line breaks and control characters become one space."""
    if _SPECIAL.search(value):
        value = _escape(_CONTROL.sub(" ", value))
    return value.strip()


def exact(value: str, element: str) -> str:
    """Text that is hashed or identifies: never altered. Raises Refused on control characters."""
    if _SPECIAL.search(value):
        if _CONTROL.search(value):
            raise Refused(
                "verifactu_text",
                _("«%(element)s» contiene caracteres de control que no se pueden enviar.")
                % {"element": element},
                field=element,
            )
        value = _escape(value)
    return value


def _optional(tag: str, value: str) -> str:
    return f"<{tag}>{text(value)}</{tag}>" if value else ""


def _amount(tag: str, value: object) -> str:
    return "" if value is None else f"<{tag}>{money(value)}</{tag}>"  # type: ignore[arg-type]


def _foreign(other: ForeignId) -> str:
    country = _optional("CodigoPais", other.country)
    return (
        f"<IDOtro>{country}<IDType>{text(other.kind)}</IDType>"
        f"<ID>{exact(other.number, 'ID')}</ID></IDOtro>"
    )


def _person(name: str, nif: str, foreign: ForeignId | None) -> str:
    who = _foreign(foreign) if foreign else f"<NIF>{exact(nif, 'NIF')}</NIF>"
    return f"<NombreRazon>{text(name)}</NombreRazon>{who}"


def _block(tag: str, who: Recipient | None) -> str:
    return f"<{tag}>{_person(who.name, who.nif, who.foreign)}</{tag}>" if who else ""


def _recipients(recipients: tuple[Recipient, ...]) -> str:
    if not recipients:
        return ""
    inner = "".join([_block("IDDestinatario", each) for each in recipients])
    return f"<Destinatarios>{inner}</Destinatarios>"


def _invoice_id(nif: str, number: str, issued: str) -> str:
    return (
        f"<IDEmisorFactura>{exact(nif, 'IDEmisorFactura')}</IDEmisorFactura>"
        f"<NumSerieFactura>{exact(number, 'NumSerieFactura')}</NumSerieFactura>"
        f"<FechaExpedicionFactura>{issued}</FechaExpedicionFactura>"
    )


def _ids(outer: str, inner: str, ids: tuple[InvoiceId, ...]) -> str:
    if not ids:
        return ""
    rows = "".join(
        [f"<{inner}>{_invoice_id(i.nif, i.number, day(i.issued_on))}</{inner}>" for i in ids]
    )
    return f"<{outer}>{rows}</{outer}>"


def _row(row: Breakdown) -> str:
    if row.exemption:
        what = f"<OperacionExenta>{text(row.exemption)}</OperacionExenta>"
    else:
        what = f"<CalificacionOperacion>{text(row.qualification)}</CalificacionOperacion>"
    return (
        f"<DetalleDesglose>{_optional('Impuesto', row.tax)}{_optional('ClaveRegimen', row.regime)}"
        f"{what}{_amount('TipoImpositivo', row.rate)}"
        f"<BaseImponibleOimporteNoSujeto>{money(row.base)}</BaseImponibleOimporteNoSujeto>"
        f"{_amount('BaseImponibleACoste', row.cost_base)}"
        f"{_amount('CuotaRepercutida', row.quota)}"
        f"{_amount('TipoRecargoEquivalencia', row.surcharge_rate)}"
        f"{_amount('CuotaRecargoEquivalencia', row.surcharge)}</DetalleDesglose>"
    )


def _chain(previous: Previous | None) -> str:
    if previous is None:
        return "<Encadenamiento><PrimerRegistro>S</PrimerRegistro></Encadenamiento>"
    ident = _invoice_id(previous.nif, previous.number, day(previous.issued_on))
    return (
        f"<Encadenamiento><RegistroAnterior>{ident}"
        f"<Huella>{exact(previous.huella, 'Huella')}</Huella></RegistroAnterior></Encadenamiento>"
    )


@lru_cache(maxsize=64)
def _system(system: System) -> str:
    return (
        f"<SistemaInformatico>{_person(system.producer, system.nif, system.foreign)}"
        f"<NombreSistemaInformatico>{text(system.name)}</NombreSistemaInformatico>"
        f"<IdSistemaInformatico>{text(system.code)}</IdSistemaInformatico>"
        f"<Version>{text(system.version)}</Version>"
        f"<NumeroInstalacion>{text(system.installation)}</NumeroInstalacion>"
        f"<TipoUsoPosibleSoloVerifactu>{_yes(system.only_verifactu)}</TipoUsoPosibleSoloVerifactu>"
        f"<TipoUsoPosibleMultiOT>{_yes(system.can_serve_many)}</TipoUsoPosibleMultiOT>"
        f"<IndicadorMultiplesOT>{_yes(system.serves_many)}</IndicadorMultiplesOT>"
        "</SistemaInformatico>"
    )


def _yes(value: bool) -> str:
    return "S" if value else "N"


def alta_middle(record: Alta) -> str:
    """What the ``RegistroAlta`` says of the invoice between its number and its place in the chain.

    Raises Refused("verifactu_text") when a hashed text holds control characters, and ValueError
    when an amount of the breakdown has more than two decimals.
    """
    r = record
    replaced = ""
    if r.replaced is not None:
        replaced = (
            f"<ImporteRectificacion><BaseRectificada>{money(r.replaced.base)}</BaseRectificada>"
            f"<CuotaRectificada>{money(r.replaced.quota)}</CuotaRectificada>"
            f"{_amount('CuotaRecargoRectificado', r.replaced.surcharge)}</ImporteRectificacion>"
        )
    operation = f"<FechaOperacion>{day(r.operation_on)}</FechaOperacion>" if r.operation_on else ""
    return (
        f"{_optional('RefExterna', r.external_ref)}"
        f"<NombreRazonEmisor>{text(r.issuer)}</NombreRazonEmisor>"
        f"{_optional('Subsanacion', r.amends)}{_optional('RechazoPrevio', r.rejected_before)}"
        f"<TipoFactura>{exact(r.kind, 'TipoFactura')}</TipoFactura>"
        f"{_optional('TipoRectificativa', r.corrective)}"
        f"{_ids('FacturasRectificadas', 'IDFacturaRectificada', r.corrects)}"
        f"{_ids('FacturasSustituidas', 'IDFacturaSustituida', r.replaces)}"
        f"{replaced}{operation}"
        f"<DescripcionOperacion>{text(r.description)}</DescripcionOperacion>"
        f"{_optional('FacturaSimplificadaArt7273', r.simplified_art_7)}"
        f"{_optional('FacturaSinIdentifDestinatarioArt61d', r.no_recipient_art_6)}"
        f"{_optional('Macrodato', r.macrodato)}"
        f"{_optional('EmitidaPorTerceroODestinatario', r.issued_by)}"
        f"{_block('Tercero', r.third_party)}{_recipients(r.recipients)}"
        f"{_optional('Cupon', r.coupon)}"
        f"<Desglose>{''.join([_row(row) for row in r.breakdown])}</Desglose>"
        f"<CuotaTotal>{r.quota_text}</CuotaTotal><ImporteTotal>{r.total_text}</ImporteTotal>"
    )


def alta_xml(record: Alta, middle: str = "") -> bytes:
    """The ``RegistroAlta`` element in UTF-8, without XML declaration. `middle`: what
    :func:`alta_middle` gave for it, when it was asked before. Raises as it does.
    """
    r = record
    return (
        f'<RegistroAlta xmlns="{SF}"><IDVersion>1.0</IDVersion>'
        f"<IDFactura>{_invoice_id(r.nif, r.number, r.issued_text)}</IDFactura>"
        f"{middle or alta_middle(r)}{_chain(r.previous)}{_system(r.system)}"
        f"<FechaHoraHusoGenRegistro>{r.generated_text}</FechaHoraHusoGenRegistro>"
        f"{_optional('NumRegistroAcuerdoFacturacion', r.billing_agreement)}"
        f"{_optional('IdAcuerdoSistemaInformatico', r.system_agreement)}"
        f"<TipoHuella>01</TipoHuella><Huella>{r.huella}</Huella></RegistroAlta>"
    ).encode()


def anulacion_xml(record: Anulacion) -> bytes:
    """The ``RegistroAnulacion`` element in UTF-8, without XML declaration. Raises as an alta."""
    r = record
    number = exact(r.number, "NumSerieFacturaAnulada")
    return (
        f'<RegistroAnulacion xmlns="{SF}"><IDVersion>1.0</IDVersion><IDFactura>'
        f"<IDEmisorFacturaAnulada>{exact(r.nif, 'IDEmisorFacturaAnulada')}"
        f"</IDEmisorFacturaAnulada><NumSerieFacturaAnulada>{number}</NumSerieFacturaAnulada>"
        f"<FechaExpedicionFacturaAnulada>{r.issued_text}</FechaExpedicionFacturaAnulada>"
        f"</IDFactura>{_optional('RefExterna', r.external_ref)}"
        f"{_optional('SinRegistroPrevio', r.unknown_before)}"
        f"{_optional('RechazoPrevio', r.rejected_before)}"
        f"{_optional('GeneradoPor', r.made_by)}{_block('Generador', r.maker)}"
        f"{_chain(r.previous)}{_system(r.system)}"
        f"<FechaHoraHusoGenRegistro>{r.generated_text}</FechaHoraHusoGenRegistro>"
        f"<TipoHuella>01</TipoHuella><Huella>{r.huella}</Huella></RegistroAnulacion>"
    ).encode()


def record_xml(record: Alta | Anulacion) -> bytes:
    """:func:`alta_xml` or :func:`anulacion_xml`, whichever the record is."""
    return alta_xml(record) if isinstance(record, Alta) else anulacion_xml(record)


@dataclass(frozen=True, slots=True)
class Header:
    """Cabecera of a submission: the taxpayer and why records arrive now.

    ``incident``: records go late because of a failure (RemisionVoluntaria/Incidencia).
    ``leaves_on``: 31 December of the year in which the taxpayer leaves VERI*FACTU.
    ``requested`` / ``request_done``: only to answer a request of the agency.
    """

    name: str
    nif: str
    representative: Recipient | None = None
    incident: bool = False
    leaves_on: date | None = None
    requested: str = ""
    request_done: bool = False

    def xml(self) -> str:
        """The Cabecera element, for a document whose default namespace is SuministroLR."""
        voluntary = ""
        if self.leaves_on:
            voluntary = f"<FechaFinVeriFactu>{day(self.leaves_on)}</FechaFinVeriFactu>"
        if self.incident:
            voluntary += "<Incidencia>S</Incidencia>"
        request = _optional("RefRequerimiento", self.requested)
        if request and self.request_done:
            request += "<FinRequerimiento>S</FinRequerimiento>"
        parts = [("ObligadoEmision", _person(self.name, self.nif, None))]
        if self.representative:
            rep = self.representative
            parts.append(("Representante", _person(rep.name, rep.nif, None)))
        parts += [("RemisionVoluntaria", voluntary), ("RemisionRequerimiento", request)]
        inner = "".join([f'<{tag} xmlns="{SF}">{body}</{tag}>' for tag, body in parts if body])
        return f"<Cabecera>{inner}</Cabecera>"


def envelope(header: Header, records_xml: Iterable[bytes]) -> bytes:
    """The SOAP 1.1 message of a submission: 1 to 1,000 records, in the order they were made.

    Raises Refused("verifactu_batch") for none or more than 1,000.
    """
    records = [b"<RegistroFactura>%b</RegistroFactura>" % xml for xml in records_xml]
    if not 1 <= len(records) <= 1000:
        raise Refused("verifactu_batch", _("Un envío a la AEAT lleva entre 1 y 1.000 registros."))
    start = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}">'
        f'<soapenv:Header/><soapenv:Body><RegFactuSistemaFacturacion xmlns="{LR}">{header.xml()}'
    )
    end = "</RegFactuSistemaFacturacion></soapenv:Body></soapenv:Envelope>"
    return b"".join([start.encode(), *records, end.encode()])
