"""The official schema, and what its refusals mean in Spanish.

Compiled once per process from ``schemas/`` (4 ms), never from the network; documents are read
by a parser that expands no entity, loads no DTD and opens no address, and a DOCTYPE is refused.

Measured on a typical alta (2 kB, two breakdown rows), one core: parse 25 µs + validate 24 µs.
Validating inside the parser costs 57 µs, and a batch of 1,000 in one document 52 µs each: as
much as one by one, which also names the guilty record. Hence one by one.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock

from lxml import etree

from lonja.kit.errors import Refused

from .texts import _

_BASE = (
    "https://www2.agenciatributaria.gob.es/static_files/common/internet/dep/aplicaciones/es/aeat"
    "/tike/cont/ws/"
)
SF = f"{_BASE}SuministroInformacion.xsd"
LR = f"{_BASE}SuministroLR.xsd"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
)
_ROOTS = {f"{{{SF}}}RegistroAlta", f"{{{SF}}}RegistroAnulacion"}
_SUBMISSION = f"{{{LR}}}RegFactuSistemaFacturacion"
_reasons_lock = Lock()

MEANING = {
    "IDVersion": _("versión del esquema"),
    "IDFactura": _("identificación de la factura"),
    "IDEmisorFactura": _("NIF de quien emite la factura"),
    "IDEmisorFacturaAnulada": _("NIF de quien emitió la factura anulada"),
    "NumSerieFactura": _("número de factura"),
    "NumSerieFacturaAnulada": _("número de la factura anulada"),
    "FechaExpedicionFactura": _("fecha de expedición"),
    "FechaExpedicionFacturaAnulada": _("fecha de expedición de la factura anulada"),
    "RefExterna": _("referencia externa"),
    "NombreRazonEmisor": _("nombre o razón social de quien emite"),
    "NombreRazon": _("nombre o razón social"),
    "NIF": _("NIF"),
    "IDOtro": _("identificación extranjera"),
    "CodigoPais": _("código de país"),
    "IDType": _("tipo de identificación"),
    "ID": _("número de identificación"),
    "Subsanacion": _("indicador de subsanación"),
    "RechazoPrevio": _("indicador de rechazo previo"),
    "SinRegistroPrevio": _("indicador de anulación sin registro previo"),
    "TipoFactura": _("tipo de factura"),
    "TipoRectificativa": _("tipo de rectificativa"),
    "FacturasRectificadas": _("facturas rectificadas"),
    "IDFacturaRectificada": _("factura rectificada"),
    "FacturasSustituidas": _("facturas sustituidas"),
    "IDFacturaSustituida": _("factura sustituida"),
    "ImporteRectificacion": _("importes rectificados"),
    "BaseRectificada": _("base rectificada"),
    "CuotaRectificada": _("cuota rectificada"),
    "CuotaRecargoRectificado": _("recargo rectificado"),
    "FechaOperacion": _("fecha de la operación"),
    "DescripcionOperacion": _("descripción de la operación"),
    "FacturaSimplificadaArt7273": _("simplificada cualificada (arts. 7.2 y 7.3)"),
    "FacturaSinIdentifDestinatarioArt61d": _("factura sin destinatario (art. 6.1.d)"),
    "Macrodato": _("indicador de importe superior a cien millones"),
    "EmitidaPorTerceroODestinatario": _("indicador de emisión por tercero o destinatario"),
    "Tercero": _("tercero que expide la factura"),
    "Destinatarios": _("destinatarios"),
    "IDDestinatario": _("destinatario"),
    "Cupon": _("indicador de cupón"),
    "Desglose": _("desglose de impuestos"),
    "DetalleDesglose": _("línea del desglose de impuestos"),
    "Impuesto": _("impuesto"),
    "ClaveRegimen": _("clave de régimen"),
    "CalificacionOperacion": _("calificación de la operación"),
    "OperacionExenta": _("causa de exención"),
    "TipoImpositivo": _("tipo impositivo"),
    "BaseImponibleOimporteNoSujeto": _("base imponible o importe no sujeto"),
    "BaseImponibleACoste": _("base imponible a coste"),
    "CuotaRepercutida": _("cuota repercutida"),
    "TipoRecargoEquivalencia": _("tipo de recargo de equivalencia"),
    "CuotaRecargoEquivalencia": _("cuota de recargo de equivalencia"),
    "CuotaTotal": _("cuota total"),
    "ImporteTotal": _("importe total"),
    "Encadenamiento": _("encadenamiento con el registro anterior"),
    "PrimerRegistro": _("indicador de primer registro"),
    "RegistroAnterior": _("registro anterior"),
    "SistemaInformatico": _("sistema informático"),
    "NombreSistemaInformatico": _("nombre del sistema informático"),
    "IdSistemaInformatico": _("código del sistema informático"),
    "Version": _("versión del sistema informático"),
    "NumeroInstalacion": _("número de instalación"),
    "TipoUsoPosibleSoloVerifactu": _("indicador de uso exclusivo de VERI*FACTU"),
    "TipoUsoPosibleMultiOT": _("indicador de uso por varios obligados"),
    "IndicadorMultiplesOT": _("indicador de varios obligados"),
    "FechaHoraHusoGenRegistro": _("fecha y hora del registro"),
    "NumRegistroAcuerdoFacturacion": _("número del acuerdo de facturación"),
    "IdAcuerdoSistemaInformatico": _("acuerdo del sistema informático"),
    "TipoHuella": _("tipo de huella"),
    "Huella": _("huella"),
    "GeneradoPor": _("indicador de quién genera la anulación"),
    "Generador": _("quien genera la anulación"),
    "Cabecera": _("cabecera del envío"),
    "ObligadoEmision": _("obligado a emitir la factura"),
    "Representante": _("representante"),
    "RemisionVoluntaria": _("remisión voluntaria"),
    "FechaFinVeriFactu": _("fecha de fin de VERI*FACTU"),
    "Incidencia": _("indicador de incidencia"),
    "RemisionRequerimiento": _("respuesta a un requerimiento"),
    "RefRequerimiento": _("referencia del requerimiento"),
    "FinRequerimiento": _("fin del requerimiento"),
    "RegistroFactura": _("registro de facturación"),
    "RegistroAlta": _("registro de alta"),
    "RegistroAnulacion": _("registro de anulación"),
}


def _compile() -> etree.XMLSchema:
    path = Path(__file__).with_name("schemas") / "SuministroLR.xsd"
    return etree.XMLSchema(etree.parse(str(path), PARSER))


@cache
def verdict_schema() -> etree.XMLSchema:
    """The schema of the process: its yes or no is safe to ask from several threads at once."""
    return _compile()


@cache
def _reasons_schema() -> etree.XMLSchema:
    # lxml keeps the reasons in the schema object, so they are asked one thread at a time, of
    # another object: a valid record of another thread must not wipe them.
    return _compile()


def validate(xml: bytes) -> None:
    """Check a record element, a submission or its SOAP envelope against the official schema.

    Raises Refused("verifactu_xsd", …, field=<AEAT element>) with the meaning in Spanish.
    """
    try:
        root = etree.fromstring(xml, PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("verifactu_xsd", _("El registro no es un XML bien formado.")) from error
    has_doctype = root.getroottree().docinfo.internalDTD is not None
    if root.tag in _ROOTS and not has_doctype:
        if not verdict_schema().validate(root):
            raise _refusal(root)
        return
    body = root if root.tag == _SUBMISSION else None
    if root.tag == f"{{{SOAP}}}Envelope":
        body = root.find(f"{{{SOAP}}}Body/{_SUBMISSION}")
    if body is None or has_doctype:
        raise Refused("verifactu_xsd", _("El XML no es un registro ni un envío de VERI*FACTU."))
    if not verdict_schema().validate(body):
        raise _refusal(body)


def validate_many(records: Iterable[bytes]) -> list[Refused | None]:
    """For each document, None when valid or the Refused that :func:`validate` would raise."""
    return [_outcome(xml) for xml in records]


def _outcome(xml: bytes) -> Refused | None:
    try:
        validate(xml)
    except Refused as refused:
        return refused
    return None


def _refusal(root: etree._Element) -> Refused:
    with _reasons_lock:
        schema = _reasons_schema()
        schema.validate(root)
        entry = schema.error_log[0]  # type: ignore[index]  # unknown to the stubs
    message = entry.message
    found = re.match(r"Element '(?:\{[^}]*\})?(\w+)'", message)
    element = found.group(1) if found else ""
    return Refused("verifactu_xsd", _explain(element, entry.type_name, message), field=element)


def _named(element: str) -> str:
    meaning = MEANING.get(element)
    return f"{meaning} ({element})" if meaning else element


def _explain(element: str, kind: str, message: str) -> str:
    name = _named(element)
    number = re.search(r"length of '\d+'.*?length of '(\d+)'", message)
    limit = number.group(1) if number else "?"
    expected = re.findall(r"\{[^}]*\}(\w+)", message.partition("Expected is")[2])
    if kind == "SCHEMAV_CVC_MAXLENGTH_VALID":
        told = _("supera los %(limit)s caracteres permitidos") % {"limit": limit}
    elif kind == "SCHEMAV_CVC_MINLENGTH_VALID":
        told = _("está vacío")
    elif kind == "SCHEMAV_CVC_LENGTH_VALID":
        told = _("debe tener %(limit)s caracteres") % {"limit": limit}
    elif kind == "SCHEMAV_CVC_ENUMERATION_VALID":
        told = _("tiene un valor que la AEAT no admite")
    elif kind == "SCHEMAV_ELEMENT_CONTENT" and expected and "Missing child" in message:
        told = _("le falta: %(what)s") % {"what": " / ".join(map(_named, expected))}
    elif kind == "SCHEMAV_ELEMENT_CONTENT" and expected:
        told = _("no va en ese lugar; se esperaba: %(what)s") % {
            "what": " / ".join(map(_named, expected))
        }
    elif kind == "SCHEMAV_ELEMENT_CONTENT":
        told = _("sobra o se repite más veces de las permitidas")
    else:
        told = _("tiene un formato que la AEAT no admite")
    return _("El registro no cumple el esquema de la AEAT: %(name)s %(told)s.") % {
        "name": name,
        "told": told,
    }
