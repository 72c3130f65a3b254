"""The document that a golden case describes (the JSON format of ``tests/golden``)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from lonja.kit.errors import Refused
from lonja.tax.documents import CorrectedAmounts, Document, InvoiceRef, Party, TaxLine

_DECIMAL = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_DATE = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")
_YES = ("S", "SI", "SÍ", True)
_COUNTER = re.compile(r"[0-9]{1,20}$")


def document_of(case: dict[str, Any], issuer: dict[str, Any] | None = None) -> Document:
    """The document of a case; ``issuer`` is the one of the file, for cases that carry none.

    Raises ``Refused('case_unreadable')`` for a value that is not what it should be.
    """
    recipients = case.get("destinatarios") or [case.get("destinatario")]
    number = str(case.get("numero") or "")
    series = str(case.get("serie") or _series(number))
    return Document(
        kind=str(case.get("tipo_factura") or ""),
        number=number,
        series=series,
        issue_date=_day(case.get("fecha_expedicion")),
        issuer=_party(case.get("emisor") or issuer or {}),
        recipients=tuple(_party(recipient) for recipient in recipients if recipient),
        lines=tuple(_line(line) for line in case.get("lineas") or ()),
        operation_date=_day_or_none(case.get("fecha_operacion")),
        global_discount_pct=_decimal(case.get("descuento_global_pct")),
        global_discount_amount=_decimal(case.get("descuento_global_importe")),
        prices_include_tax=bool(case.get("precios_con_impuesto")),
        withholding_pct=_decimal(case.get("retencion_irpf_pct")),
        advances=_advances(case),
        activity=_activity(case.get("sector")),
        correction=str(case.get("tipo_rectificativa") or ""),
        corrects=tuple(_ref(ref) for ref in case.get("facturas_rectificadas") or ()),
        corrected_period=str(case.get("periodo_rectificado") or ""),
        corrected_amounts=_corrected(case.get("importe_rectificacion")),
        art_80_date=_art_80(case),
        substitutes=tuple(_ref(ref) for ref in case.get("facturas_sustituidas") or ()),
        qualified=_yes(case, "7273"),
        unidentified=_yes(case, "61d"),
        recapitulative=bool(case.get("recapitulativa")),
        currency=str(case.get("moneda") or "EUR"),
        exchange_rate=_decimal(case.get("tipo_cambio_eur_por_unidad")),
        description=str(case.get("descripcion_operacion") or ""),
        mentions=tuple(case.get("menciones") or ()),
    )


def today_of(case: dict[str, Any], document: Document) -> date:
    """The day on which the document of the case is made."""
    return _day_or_none(case.get("hoy")) or document.issue_date


def _line(line: dict[str, Any]) -> TaxLine:
    disbursement = bool(line.get("suplido"))
    return TaxLine(
        quantity=_needed(line.get("cantidad"), "cantidad"),
        unit_price=_needed(line.get("precio_unitario"), "precio_unitario"),
        discounts=tuple(_needed(d, "descuentos_pct") for d in line.get("descuentos_pct") or ()),
        tax=str(line.get("impuesto") or "01"),
        regime=str(line.get("clave_regimen") or ""),
        qualification=line.get("calificacion") or None,
        exemption=line.get("exencion") or None,
        rate=_decimal(line.get("tipo")),
        surcharge=_decimal(line.get("recargo")),
        withholding=bool(line.get("sujeta_retencion")),
        disbursement=disbursement,
        description=str(line.get("descripcion") or ""),
        operation_date=_day_or_none(line.get("fecha_operacion")),
        base_at_cost=_decimal(line.get("base_a_coste")),
    )


def _party(data: dict[str, Any]) -> Party:
    other = data.get("id_otro") or {}
    consumer = None
    for key in ("consumidor", "es_consumidor", "consumidor_final", "particular"):
        if data.get(key) is not None:
            consumer = bool(data[key])
    for key in ("empresario", "es_empresario", "empresa"):
        if data.get(key) is not None:
            consumer = not data[key]
    return Party(
        name=str(data.get("nombre") or ""),
        nif=str(data.get("nif") or ""),
        address=str(data.get("domicilio") or ""),
        id_type=str(other.get("id_type") or ""),
        id_number=str(other.get("id") or ""),
        country=str(other.get("pais") or data.get("pais") or ""),
        is_consumer=consumer,
    )


def _ref(data: dict[str, Any]) -> InvoiceRef:
    number = str(data.get("numero") or "")
    kind = str(data.get("tipo_factura") or "")
    # A series that begins with R is taken for one of rectificativas, which correct each other.
    kind = kind or ("R" if number.upper().startswith("R") else "")
    return InvoiceRef(
        number=number,
        issue_date=_day_or_none(data.get("fecha") or data.get("fecha_expedicion")),
        operation_date=_day_or_none(data.get("fecha_operacion")),
        kind=kind if len(kind) == 2 else "",
        series="" if kind == "R" else str(data.get("serie") or _series(number)),
        issuer_nif=str(data.get("nif") or ""),
    )


def _series(number: str) -> str:
    return _COUNTER.sub("", number)


def _activity(value: Any) -> str:
    return "retail" if value is True else str(value or "")


def _corrected(data: dict[str, Any] | None) -> CorrectedAmounts | None:
    if not data:
        return None
    return CorrectedAmounts(
        _decimal(data.get("base_rectificada")),
        _decimal(data.get("cuota_rectificada")),
        _decimal(data.get("cuota_recargo_rectificado")),
    )


def _advances(case: dict[str, Any]) -> Decimal:
    value = case.get("anticipos_cobrados", case.get("anticipos"))
    if not value:
        return Decimal(0)
    if not isinstance(value, list):
        return _needed(value, "anticipos")
    return sum(
        (
            _needed(item.get("importe") if isinstance(item, dict) else item, "anticipos")
            for item in value
        ),
        Decimal(0),
    )


def _art_80(case: dict[str, Any]) -> date | None:
    for key, value in case.items():
        if "art_80" in key or "art80" in key:
            return _day_or_none(value.get("fecha") if isinstance(value, dict) else value)
    return None


def _yes(case: dict[str, Any], mark: str) -> bool:
    return any(mark in key.lower() and value in _YES for key, value in case.items())


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    if not _DECIMAL.fullmatch(str(value)):
        raise Refused("case_unreadable", f"«{value}» no es un número del formato de los casos.")
    return Decimal(str(value))


def _needed(value: Any, what: str) -> Decimal:
    number = _decimal(value)
    if number is None:
        raise Refused("case_unreadable", f"Falta {what}.")
    return number


def _day(value: Any) -> date:
    match = _DATE.fullmatch(str(value or ""))
    if match is None:
        raise Refused("case_unreadable", f"«{value}» no es una fecha DD-MM-AAAA.")
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused("case_unreadable", f"«{value}» no existe en el calendario.") from None


def _day_or_none(value: Any) -> date | None:
    return None if value in (None, "") else _day(value)
