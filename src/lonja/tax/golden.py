"""Golden cases: worked documents with exact results, checked against this program.

A folder of JSON files. A file without ``kind`` holds invoices; ``recurrence`` the dates of plans;
``working-time`` minutes and deadlines by calendar. Other kinds, and the hash of invoices, belong to
higher rooms: whoever calls brings their checkers.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

from lonja.kit.dates import occurrences
from lonja.kit.errors import Refused
from lonja.tax.documents import Document
from lonja.tax.golden_cases import document_of, today_of
from lonja.tax.golden_time import check_working_time
from lonja.tax.rules import RuleBroken, check_document, totals_of
from lonja.tax.totals import TaxGroup, Totals

# A checker of a kind of file: takes a case and gives what the program finds, by the keys of the
# case. That of ``verifactu`` takes the fields of the record (AEAT names, plus ``operacion``).
Checker = Callable[[dict[str, Any]], dict[str, Any]]

_ACCEPTED = "se acepta y debía rechazarse: {}"
_HASHED = ("cadena", "huella", "qr_url_pruebas")


@dataclass(slots=True)
class CaseResult:
    """How one case went. ``note`` says why it was refused, or why it was not checked."""

    id: str
    ok: bool
    differences: list[str] = field(default_factory=list)
    title: str = ""
    file: str = ""
    note: str = ""


def run_folder(
    path: Path | str, checkers: Mapping[str, Checker] | None = None, *, update: bool = False
) -> list[CaseResult]:
    """Check every case of the JSON files of a folder (and of its folders), or of one file.

    ``update`` writes what the program finds into the files, to be reviewed as a difference; a case
    that must be refused is never rewritten. Raises ``Refused('golden_empty')`` without any file.
    """
    root = Path(path)
    files = [root] if root.is_file() else sorted(root.rglob("*.json"))
    if not files:
        raise Refused("golden_empty", f"No hay casos (ficheros .json) en {root}.")
    results: list[CaseResult] = []
    for file in files:
        results += run_file(file, checkers or {}, update=update)
    return results


def run_file(
    file: Path, checkers: Mapping[str, Checker], *, update: bool = False
) -> list[CaseResult]:
    """Check the cases of one file."""
    try:
        content = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    except ValueError as error:
        return [CaseResult(file.stem, False, [f"no es JSON: {error}"], file=file.name)]
    if isinstance(content, list):
        content = {"casos": content}
    kind = content.get("kind") or "invoices"
    cases = content.get("casos") or content.get("cases") or []
    if not cases:
        return [CaseResult(file.stem, False, ["no tiene casos"], file=file.name)]
    results = []
    for case in cases:
        try:
            result = _run_case(kind, case, content.get("emisor"), checkers, update)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = str(case.get("id") or "?") if isinstance(case, dict) else "?"
            result = CaseResult(name, False, [f"no se entiende el caso: {error!r}"])
            results.append(result)
            continue
        result.file = file.name
        result.title = str(case.get("titulo") or "")
        results.append(result)
    if update:
        text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
        file.write_text(text + "\n", "utf-8")
    return results


def _run_case(
    kind: str,
    case: dict[str, Any],
    issuer: dict[str, Any] | None,
    checkers: Mapping[str, Checker],
    update: bool,
) -> CaseResult:
    name = str(case.get("id") or "?")
    if kind == "invoices":
        return _run_invoice(name, case, issuer, checkers, update)
    checker = _OWN.get(kind) or checkers.get(kind)
    if checker is None:
        return CaseResult(name, False, [f"no se sabe comprobar un fichero de tipo «{kind}»"])
    must_fail = case.get("expect") == "reject"
    try:
        found = checker(case)
    except Refused as refused:
        if must_fail:
            return CaseResult(name, True, note=f"rechazado: {refused.code}")
        return CaseResult(name, False, [f"rechazado: {refused}"])
    if must_fail:
        return CaseResult(name, False, [_ACCEPTED.format(case.get("fundamento"))])
    if update:
        case.update(found)
    differences = _differences("", {key: case.get(key) for key in found}, found)
    return CaseResult(name, not differences, differences)


def _recurrence(case: dict[str, Any]) -> dict[str, Any]:
    until = case.get("until")
    days = occurrences(
        date.fromisoformat(case["anchor"]),
        int(case["every"]),
        case["unit"],
        date.fromisoformat(until) if until else None,
    )
    return {"dates": [day.isoformat() for day in islice(days, int(case["first"]))]}


# The kinds that need nothing of the rooms above.
_OWN: dict[str, Checker] = {"recurrence": _recurrence, "working-time": check_working_time}


def _run_invoice(
    name: str,
    case: dict[str, Any],
    issuer: dict[str, Any] | None,
    checkers: Mapping[str, Checker],
    update: bool,
) -> CaseResult:
    if "tipo_factura" not in case and "lineas" not in case:
        differences = _check_record(case, _record_told(case), checkers, update)
        return CaseResult(name, not differences, differences, note=_hash_note(case, checkers))
    try:
        document = document_of(case, issuer)
        totals = totals_of(document)
        check_document(document, today=today_of(case, document), totals=totals)
    except Refused as refused:
        rule = refused.rule if isinstance(refused, RuleBroken) else refused.code
        if case.get("expect") == "reject":
            return CaseResult(name, True, note=f"rechazado: {rule}")
        return CaseResult(name, False, [f"rechazado: {refused}"])
    if case.get("expect") == "reject":
        return CaseResult(name, False, [_ACCEPTED.format(case.get("fundamento"))])

    in_euros = totals
    if document.currency != "EUR" and document.exchange_rate:
        in_euros = totals.in_euros(document.exchange_rate)
    if update:
        case["expected"] = as_expected(totals)
        if in_euros is not totals:
            case["expected_eur"] = as_expected(in_euros)
    differences = _check_totals("", case.get("expected") or {}, totals, document)
    euros = case.get("expected_eur") or (case.get("expected") or {}).get("expected_eur")
    if euros:
        differences += _check_totals("eur.", euros, in_euros, document)
    if "verifactu" in case:
        record = _record_of(document, in_euros, case["verifactu"])
        differences += _check_record(case, record, checkers, update)
    return CaseResult(name, not differences, differences, note=_hash_note(case, checkers))


def as_expected(totals: Totals) -> dict[str, Any]:
    """The totals as a case writes them."""
    found: dict[str, Any] = {
        "neto_lineas": [str(net) for net in totals.lines_net],
        "descuento_global": str(totals.global_discount),
        "desglose": [_row(group) for group in totals.groups],
        "base_total": str(totals.base_total),
        "cuota_total": str(totals.tax_total),
        "importe_total": str(totals.total),
    }
    if totals.withholding_pct is not None:
        found["base_retencion"] = str(totals.withholding_base)
        found["retencion_irpf"] = str(totals.withholding)
    if totals.disbursements:
        found["suplidos"] = str(totals.disbursements)
    found["total_a_pagar"] = str(totals.payable)
    return found


def _row(group: TaxGroup) -> dict[str, str]:
    row = {"impuesto": group.tax, "clave_regimen": group.regime}
    if group.qualification:
        row["calificacion"] = group.qualification
    if group.exemption:
        row["exencion"] = group.exemption
    taxed = group.qualification in ("S1", "S2")
    if taxed:
        row["tipo"] = f"{(group.rate or Decimal(0)).normalize():f}"
    row["base"] = str(group.base)
    if taxed:
        row["cuota"] = str(group.amount)
    if group.surcharge_rate is not None:
        row["tipo_recargo"] = f"{group.surcharge_rate.normalize():f}"
        row["cuota_recargo"] = str(group.surcharge)
    return row


_IDENTITY = ("impuesto", "clave_regimen", "calificacion", "exencion", "tipo", "tipo_recargo")
_NOT_OWED = ("base_retencion", "retencion_irpf", "suplidos", "expected_eur")


def _check_totals(
    prefix: str, expected: dict[str, Any], totals: Totals, document: Document
) -> list[str]:
    found = as_expected(totals)
    wanted = {key.removesuffix("_eur"): value for key, value in expected.items()}
    wanted.pop("expected", None)
    rows = wanted.pop("desglose", None)
    differences = []
    if rows is not None:
        differences += _check_breakdown(prefix, rows, found["desglose"])
    found.pop("desglose")
    nets = wanted.get("neto_lineas")
    if nets is not None and len(nets) == len(document.taxed_lines):
        # Some cases list the net of the taxed lines only.
        pairs = zip(document.lines, found["neto_lineas"], strict=True)
        found["neto_lineas"] = [net for line, net in pairs if not line.disbursement]
    for key in list(found):
        if key not in wanted and (key not in _NOT_OWED or prefix):
            found.pop(key)
    for key in _NOT_OWED:
        if key in wanted:
            found.setdefault(key, "0.00")
    return differences + _differences(prefix, wanted, found)


def _check_breakdown(prefix: str, wanted: list[dict], found: list[dict]) -> list[str]:
    differences, left = [], list(found)
    for row in wanted:
        match = next((other for other in left if _same_group(row, other)), None)
        if match is None:
            differences.append(f"{prefix}desglose: no sale el grupo {_name(row)}")
            continue
        left.remove(match)
        for key in ("base", "cuota", "cuota_recargo"):
            if not _same(row.get(key) or "0", match.get(key) or "0"):
                differences.append(
                    f"{prefix}desglose {_name(row)} {key}: sale {match.get(key)}, "
                    f"se esperaba {row.get(key)}"
                )
    differences += [f"{prefix}desglose: sobra el grupo {_name(row)}" for row in left]
    return differences


def _same_group(one: dict, other: dict) -> bool:
    return all(
        _same(one.get(key) or "", other.get(key) or "")
        or (key == "tipo" and _same(one.get(key) or "0", other.get(key) or "0"))
        for key in _IDENTITY
    )


def _name(row: dict) -> str:
    return "/".join(str(row[key]) for key in _IDENTITY if row.get(key))


def _differences(prefix: str, wanted: Any, found: Any) -> list[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        keys = list(wanted) + [key for key in found if key not in wanted]
        return [
            text
            for key in keys
            for text in _differences(f"{prefix}{key}.", wanted.get(key), found.get(key))
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = zip(wanted, found, strict=True)
        return [
            text
            for n, (one, other) in enumerate(pairs)
            for text in _differences(f"{prefix}{n}.", one, other)
        ]
    if _same(wanted, found):
        return []
    return [f"{prefix.rstrip('.')}: sale {found}, se esperaba {wanted}"]


def _same(one: Any, other: Any) -> bool:
    if one == other:
        return True
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False


def _record_of(document: Document, totals: Totals, block: dict[str, Any]) -> dict[str, str]:
    day = document.issue_date.strftime("%d-%m-%Y")
    previous, at = str(block.get("huella_anterior") or ""), str(block.get("fecha_hora_huso") or "")
    if block.get("operacion") == "Anulacion":
        return {
            "operacion": "Anulacion",
            "IDEmisorFacturaAnulada": document.issuer.nif,
            "NumSerieFacturaAnulada": document.number,
            "FechaExpedicionFacturaAnulada": day,
            "Huella": previous,
            "FechaHoraHusoGenRegistro": at,
        }
    return {
        "operacion": "Alta",
        "IDEmisorFactura": document.issuer.nif,
        "NumSerieFactura": document.number,
        "FechaExpedicionFactura": day,
        "TipoFactura": document.kind,
        "CuotaTotal": str(totals.tax_total),
        "ImporteTotal": str(totals.total),
        "Huella": previous,
        "FechaHoraHusoGenRegistro": at,
    }


def _record_told(case: dict[str, Any]) -> dict[str, str]:
    """The fields of a record without a document, out of its own text; what the block says besides
    (number, previous hash, time) must agree, and so replaces them."""
    block = case.get("verifactu") or {}
    pairs = (pair.partition("=") for pair in str(block.get("cadena") or "").split("&"))
    record = {name: value for name, _, value in pairs}
    record["operacion"] = str(block.get("operacion") or "Alta")
    told = {
        "NumSerieFacturaAnulada" if record["operacion"] == "Anulacion" else "NumSerieFactura": (
            block.get("numero") or case.get("numero")
        ),
        "Huella": block.get("huella_anterior"),
        "FechaHoraHusoGenRegistro": block.get("fecha_hora_huso"),
    }
    record.update({name: str(value) for name, value in told.items() if value is not None})
    return record


def _hash_note(case: dict[str, Any], checkers: Mapping[str, Checker]) -> str:
    unchecked = "verifactu" in case and "verifactu" not in checkers
    return "huella sin comprobar" if unchecked else ""


def _check_record(
    case: dict[str, Any],
    record: dict[str, str],
    checkers: Mapping[str, Checker],
    update: bool,
) -> list[str]:
    checker = checkers.get("verifactu")
    if checker is None:
        return []
    block = case.get("verifactu") or {}
    found = {key: value for key, value in checker(record).items() if key in block}
    if update:
        block.update(found)
    wanted = {key: block[key] for key in _HASHED if key in block}
    return _differences("verifactu.", wanted, found)
