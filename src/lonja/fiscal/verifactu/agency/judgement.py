"""The verdict on one record, from its XML alone: written apart from the rules that build records,
so that a mistake in those is seen here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..codes import official_texts
from ..schema import SF

if TYPE_CHECKING:
    from .memory import Agency, Kept, Mode

_CLOCK_MARGIN = 240  # seconds
_FULL = ("F1", "F3", "R1", "R2", "R3", "R4")


@dataclass
class Verdict:
    """EstadoRegistro of a record, and why."""

    nif: str
    number: str
    issued: str
    operation: str
    outcome: str = "Correcto"
    code: str = ""
    text: str = ""
    twin: Kept | None = None
    flags: tuple[tuple[str, str], ...] = ()


def _get(element: Any, path: str) -> str:
    return (element.findtext("/".join(f"{{{SF}}}{step}" for step in path.split("/"))) or "").strip()


def judge(
    agency: Agency, record: Any, nif: str, number: int, mode: Mode, *, is_late: bool, at: datetime
) -> Verdict:
    """Judge a RegistroAlta or RegistroAnulacion and keep what is accepted."""
    is_alta = record.tag == f"{{{SF}}}RegistroAlta"
    end = "" if is_alta else "Anulada"
    verdict = Verdict(
        _get(record, f"IDFactura/IDEmisorFactura{end}"),
        _get(record, f"IDFactura/NumSerieFactura{end}"),
        _get(record, f"IDFactura/FechaExpedicionFactura{end}"),
        "Alta" if is_alta else "Anulacion",
        flags=tuple(
            (name, _get(record, name))
            for name in ("Subsanacion", "RechazoPrevio", "SinRegistroPrevio")
        ),
    )
    huella = _get(record, "Huella")
    agency.received.append(huella)
    doubt = _chain_doubt(agency, record, verdict, huella)
    known = agency.kept.get((verdict.nif, verdict.number, verdict.issued))
    code = _refusal(agency, record, verdict, nif, known, huella, at)
    if not code and mode.name == "reject" and number % mode.every == 0:
        code = mode.code or "1110"
    if code:
        _refuse(verdict, code, known)
        return verdict
    if not doubt:
        doubt = _doubt(agency, record, is_alta, is_late, at)
    if not doubt and mode.name == "partial":
        doubt = {1: mode.code or "2005", 2: "1110"}.get(number % max(mode.every, 3), "")
        if doubt == "1110":
            _refuse(verdict, doubt, None)
            return verdict
    if doubt:
        verdict.outcome, verdict.code = "AceptadoConErrores", doubt
        verdict.text = official_texts()[doubt]
    _keep(agency, record, verdict, known, huella, at)
    return verdict


def _refuse(verdict: Verdict, code: str, known: Kept | None) -> None:
    verdict.outcome, verdict.code = "Incorrecto", code
    verdict.text = official_texts().get(code, "")
    verdict.twin = known if code == "3000" else None


def _keep(
    agency: Agency, record: Any, verdict: Verdict, known: Kept | None, huella: str, at: datetime
) -> None:
    from .memory import Kept

    state = "Correcta" if verdict.outcome == "Correcto" else "AceptadaConErrores"
    if verdict.operation == "Anulacion":
        state = "Anulada"
    kept = known or Kept(
        verdict.nif, verdict.number, verdict.issued, huella, state, f"{at:%Y%m%d%H%M%S}001", at
    )
    kept.state, kept.huella, kept.at = state, huella, at
    kept.code, kept.text = verdict.code, verdict.text
    kept.kind = _get(record, "TipoFactura") or kept.kind
    kept.total = _get(record, "ImporteTotal") or kept.total
    kept.huellas.add(huella)
    agency.kept[(verdict.nif, verdict.number, verdict.issued)] = kept


def _chain_doubt(agency: Agency, record: Any, verdict: Verdict, huella: str) -> str:
    """The chain has every record that came, the refused ones too; a repeated one moves nothing."""
    chain = (
        verdict.nif,
        _get(record, "SistemaInformatico/IdSistemaInformatico"),
        _get(record, "SistemaInformatico/NumeroInstalacion"),
    )
    head = agency.heads.get(chain)
    if huella in agency.received[:-1]:
        return ""
    agency.heads[chain] = huella
    if _get(record, "Encadenamiento/PrimerRegistro") == "S":
        return "2007" if head else ""
    before = _get(record, "Encadenamiento/RegistroAnterior/Huella")
    if before == huella:
        return "2008"
    if len(before) != 64:
        return "2002"
    return "2003" if before != (head or "") else ""


def _refusal(
    agency: Agency,
    record: Any,
    verdict: Verdict,
    nif: str,
    known: Kept | None,
    huella: str,
    at: datetime,
) -> str:
    if verdict.nif != nif:
        return "1108"
    day, month, year = verdict.issued.split("-")
    issued = f"{year}-{month}-{day}"
    if issued > f"{at.astimezone(ZoneInfo('Europe/Madrid')):%Y-%m-%d}":
        return "1112"
    if issued < "2024-10-28":
        return "1152"
    amends, before = _get(record, "Subsanacion"), _get(record, "RechazoPrevio")
    if verdict.operation == "Anulacion":
        if known is None:
            return "" if _get(record, "SinRegistroPrevio") == "S" else "3002"
        return "3001" if known.state == "Anulada" else ""
    if amends != "S" and before in ("S", "X"):
        return "1153" if before == "X" else "1161"
    if known is not None and (amends != "S" or before == "X" or huella in known.huellas):
        return "3000"
    if known is None and amends == "S" and before != "X":
        return "3002"
    return next(_broken_rules(agency, record), "")


def _broken_rules(agency: Agency, record: Any) -> Iterator[str]:
    kind, corrective = _get(record, "TipoFactura"), _get(record, "TipoRectificativa")
    has = {child.tag[len(SF) + 2 :] for child in record}
    if kind.startswith("R") and not corrective:
        yield "1114"
    if not kind.startswith("R") and corrective:
        yield "1115"
    if "FacturasSustituidas" in has and kind != "F3":
        yield "1116"
    if "FacturasRectificadas" in has and not kind.startswith("R"):
        yield "1117"
    if corrective == "S" and "ImporteRectificacion" not in has:
        yield "1118"
    if corrective != "S" and "ImporteRectificacion" in has:
        yield "1119"
    if kind in _FULL and "Destinatarios" not in has:
        yield "1189"
    if kind not in _FULL and "Destinatarios" in has:
        yield "1190"
    if _get(record, "FacturaSimplificadaArt7273") == "S" and kind not in _FULL:
        yield "1183"
    if _get(record, "FacturaSinIdentifDestinatarioArt61d") == "S" and kind in _FULL:
        yield "1185"
    huge = abs(Decimal(_get(record, "ImporteTotal"))) >= 100_000_000
    if huge != (_get(record, "Macrodato") == "S"):
        yield "1139" if huge else "1138"
    who = _get(record, "EmitidaPorTerceroODestinatario")
    if ("Tercero" in has) != (who == "T"):
        yield "1186" if who == "T" else "1155"
    for row in record.find(f"{{{SF}}}Desglose"):
        yield from _broken_row(row, kind)


def _broken_row(row: Any, kind: str) -> Iterator[str]:
    what, exempt = _get(row, "CalificacionOperacion"), _get(row, "OperacionExenta")
    rate, quota = _get(row, "TipoImpositivo"), _get(row, "CuotaRepercutida")
    base, regime = Decimal(_get(row, "BaseImponibleOimporteNoSujeto")), _get(row, "ClaveRegimen")
    tax = _get(row, "Impuesto") or "01"
    surcharge = _get(row, "CuotaRecargoEquivalencia")
    if exempt and (rate or quota or surcharge):
        yield "1238"
    if what in ("N1", "N2") and tax == "01" and (rate or quota):
        yield "1237"
    if what == "S1" and not (rate and quota):
        yield "1208"
    if what == "S2" and (Decimal(rate or 1) or Decimal(quota or 1)):
        yield "1198"
    if what == "S2" and kind in ("F2", "R5"):
        yield "1197"
    if what != "S1" and quota and Decimal(quota):
        yield "1207"
    if tax in ("01", "03") and not regime:
        yield "1245"
    if tax not in ("01", "03") and regime:
        yield "1260"
    if tax == "01" and rate and Decimal(rate) not in map(Decimal, ("0", "4", "10", "21")):
        yield "1124"
    if regime == "01" and exempt in ("E2", "E3"):
        yield "1199"
    if regime == "02" and not exempt:
        yield "1286"
    if surcharge and what != "S1":
        yield "1281"
    if bool(surcharge) != bool(_get(row, "TipoRecargoEquivalencia")):
        yield "1284"
    at_cost = _get(row, "BaseImponibleACoste")
    if rate and quota and regime not in ("03", "05", "09"):
        due = (Decimal(at_cost) if at_cost else base) * Decimal(rate) / 100
        if abs(due - Decimal(quota)) > 10:
            yield "1142"


def _doubt(agency: Agency, record: Any, is_alta: bool, is_late: bool, at: datetime) -> str:
    """Why a record is kept with errors, or nothing."""
    if _get(record, "Huella") != _huella(record, is_alta):
        return "2000"
    made = datetime.fromisoformat(_get(record, "FechaHoraHusoGenRegistro")).astimezone(UTC)
    off = (at - made).total_seconds()
    if off < -_CLOCK_MARGIN or (off > _CLOCK_MARGIN and not is_late):
        return "2004"
    if not is_alta:
        return ""
    recipients = record.iterfind(f"{{{SF}}}Destinatarios/{{{SF}}}IDDestinatario/{{{SF}}}NIF")
    if any(nif.text in agency.unknown_nifs for nif in recipients):
        return "2001"
    base = quota = Decimal(0)
    free = False
    for row in record.find(f"{{{SF}}}Desglose"):
        base += Decimal(_get(row, "BaseImponibleOimporteNoSujeto"))
        for name in ("CuotaRepercutida", "CuotaRecargoEquivalencia"):
            quota += Decimal(_get(row, name) or 0)
        free |= _get(row, "ClaveRegimen") in ("03", "05", "06", "08", "09")
    if abs(quota - Decimal(_get(record, "CuotaTotal"))) > 10:
        return "2006"
    if not free and abs(base + quota - Decimal(_get(record, "ImporteTotal"))) > 10:
        return "2005"
    return ""


def _huella(record: Any, is_alta: bool) -> str:
    end = "" if is_alta else "Anulada"
    idents = [
        f"{name}{end}={_get(record, f'IDFactura/{name}{end}')}"
        for name in ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
    ]
    names = ("TipoFactura", "CuotaTotal", "ImporteTotal") if is_alta else ()
    middle = [f"{name}={_get(record, name)}" for name in names]
    before = _get(record, "Encadenamiento/RegistroAnterior/Huella")
    tail = [
        f"Huella={before}",
        f"FechaHoraHusoGenRegistro={_get(record, 'FechaHoraHusoGenRegistro')}",
    ]
    cadena = "&".join([*idents, *middle, *tail])
    return hashlib.sha256(cadena.encode()).hexdigest().upper()
