"""Rules of the agency on the rows of the breakdown (Desglose) of an alta.

The number in each code is the agency's own (``verifactu_1207`` is its error 1207).
"""

from datetime import date
from decimal import Decimal

from lonja.kit.errors import Refused

from .records import Alta, Breakdown
from .texts import _

ZERO = Decimal(0)
TOLERANCE = Decimal(10)
# The agency does not compare base x rate, nor the total, under these régimen keys.
_FREE_QUOTA = {"03", "05", "09"}
_FREE_TOTAL = {"03", "05", "06", "08", "09"}
_EVER = date.min
_OPEN = date.max

# IVA rate -> (first day, last day) of the operation (AEAT 1124, 1132, 1194, 1235, 1236).
IVA_RATES = {
    Decimal(0): (_EVER, _OPEN),
    Decimal(2): (date(2024, 10, 1), date(2024, 12, 31)),
    Decimal(4): (_EVER, _OPEN),
    Decimal(5): (date(2022, 7, 1), date(2024, 9, 30)),
    Decimal(7): (_EVER, date(2012, 12, 31)),
    Decimal("7.5"): (date(2024, 10, 1), date(2024, 12, 31)),
    Decimal(8): (_EVER, date(2012, 12, 31)),
    Decimal(10): (_EVER, _OPEN),
    Decimal(16): (_EVER, date(2012, 12, 31)),
    Decimal(18): (_EVER, date(2012, 12, 31)),
    Decimal(21): (_EVER, _OPEN),
}
# IVA rate -> surcharge rates that go with it (AEAT 1160-1170); 7, 8, 16 and 18 are not policed.
SURCHARGES = {
    Decimal(0): {Decimal(0), Decimal("0.26")},
    Decimal(2): {Decimal("0.26")},
    Decimal(4): {Decimal("0.5")},
    Decimal(5): {Decimal("0.5"), Decimal("0.62")},
    Decimal("7.5"): {Decimal(1)},
    Decimal(10): {Decimal("1.4")},
    Decimal(21): {Decimal("5.2"), Decimal("1.75")},
}


def refuse(code: str, message: str, field: str = "") -> Refused:
    """The refusal of a rule of the agency, by its number."""
    return Refused(f"verifactu_{code}", message, field=field)


def check_breakdown(record: Alta) -> None:
    """Rows, their combinations and the totals. Raises Refused on the first broken rule."""
    rows = record.breakdown
    if not 1 <= len(rows) <= 12:
        raise refuse("desglose", _("El desglose debe tener entre 1 y 12 líneas."), "breakdown")
    for row in rows:
        _check_what(row)
        _check_tax(row, record.operation_on or record.issued_on)
        _check_regime(row, record)
        _check_quota(row)
    _check_totals(record)
    with_surcharge = [row.surcharge is not None for row in rows if row.qualification == "S1"]
    if any(with_surcharge) and not all(with_surcharge):
        raise refuse(
            "recargo",
            _("Las entregas con recargo de equivalencia van en una factura aparte (art. 16.4)."),
            "breakdown",
        )


def _check_what(row: Breakdown) -> None:
    if row.qualification and row.exemption:
        raise refuse("1196", _("Una línea no puede ser a la vez sujeta y exenta."), "breakdown")
    if not row.qualification and not row.exemption:
        raise refuse("1195", _("Indica la calificación o la causa de exención."), "breakdown")
    taxed = row.rate is not None or row.quota is not None
    surcharged = row.surcharge is not None or row.surcharge_rate is not None
    if row.exemption and (taxed or surcharged):
        raise refuse(
            "1238", _("Una operación exenta no lleva tipo, cuota ni recargo."), "breakdown"
        )
    if row.qualification in ("N1", "N2") and row.tax == "01" and (taxed or surcharged):
        raise refuse(
            "1237", _("Una operación no sujeta no lleva tipo, cuota ni recargo."), "breakdown"
        )
    if surcharged and row.qualification != "S1":
        raise refuse("1281", _("El recargo de equivalencia solo cabe con S1."), "breakdown")
    if (row.surcharge is None) != (row.surcharge_rate is None):
        raise refuse("1284", _("El recargo necesita su tipo y su cuota."), "breakdown")
    if (
        row.qualification == "S1"
        and row.cost_base is None
        and (row.rate is None or row.quota is None)
    ):
        raise refuse("1208", _("Una línea sujeta (S1) necesita tipo y cuota."), "breakdown")
    if row.qualification == "S2" and (row.rate != ZERO or row.quota != ZERO):
        raise refuse(
            "1198", _("Con inversión del sujeto pasivo el tipo y la cuota son cero."), "breakdown"
        )
    if row.qualification != "S1" and row.quota:
        raise refuse("1207", _("Solo una línea S1 puede llevar cuota."), "breakdown")


def _check_tax(row: Breakdown, on: date) -> None:
    if (row.tax in ("", "01", "03")) != bool(row.regime):
        if row.regime:
            raise refuse("1260", _("La clave de régimen solo va con IVA o IGIC."), "breakdown")
        raise refuse("1245", _("Falta la clave de régimen."), "breakdown")
    if row.exemption in ("E7", "E8") and row.tax != "03":
        raise refuse("1182", _("Las exenciones E7 y E8 son solo del IGIC."), "breakdown")
    if row.tax not in ("", "01") or row.rate is None:
        return
    first, last = IVA_RATES.get(row.rate, (None, None))
    if first is None or last is None:
        raise refuse(
            "1124", _("El tipo %(rate)s %% no existe en el IVA.") % _rate(row), "breakdown"
        )
    if not first <= on <= last:
        raise refuse(
            "1124",
            _("El tipo %(rate)s %% no está en vigor en esa fecha.") % _rate(row),
            "breakdown",
        )
    allowed = SURCHARGES.get(row.rate)
    if row.surcharge_rate is not None and allowed and row.surcharge_rate not in allowed:
        number = {21: "1162", 10: "1163", 4: "1164", 5: "1160"}.get(int(row.rate), "1127")
        raise refuse(
            number,
            _("El recargo %(surcharge)s %% no corresponde al tipo %(rate)s %%.") % _rate(row),
            "breakdown",
        )


def _rate(row: Breakdown) -> dict[str, str]:
    def shown(value: Decimal | None) -> str:
        return f"{value.normalize():f}".replace(".", ",") if value is not None else ""

    return {"rate": shown(row.rate), "surcharge": shown(row.surcharge_rate)}


def _check_regime(row: Breakdown, record: Alta) -> None:
    regime, kind, exempt, what = row.regime, record.kind, row.exemption, row.qualification
    if what == "S2" and kind in ("F2", "R5"):
        raise refuse(
            "1197", _("Una simplificada no admite la inversión del sujeto pasivo."), "kind"
        )
    if row.tax in ("", "01"):
        if row.surcharge is not None and regime not in ("01", "18"):
            raise refuse("1279", _("El recargo solo va con la clave 01 o 18."), "breakdown")
        if regime == "18" and row.surcharge is None:
            raise refuse("1280", _("La clave 18 necesita el recargo de equivalencia."), "breakdown")
        if regime == "02" and not exempt:
            raise refuse("1286", _("La clave 02 (exportación) es solo para exentas."), "breakdown")
        if exempt == "E5" and not any(to.foreign for to in record.recipients):
            raise refuse(
                "1289",
                _("Una entrega intracomunitaria (E5) necesita un NIF-IVA de otro país."),
                "recipients",
            )
    if row.cost_base is not None and regime != "06" and row.tax not in ("02", "05"):
        raise refuse(
            "1257", _("La base a coste solo va con la clave 06, IPSI u otros."), "breakdown"
        )
    if row.tax not in ("", "01", "03"):
        return
    igic = row.tax == "03"
    broken = ""
    if regime == "01" and exempt in ("E2", "E3"):
        broken = "1199"
    elif regime == "03" and what != "S1":
        broken = "1200"
    elif regime == "04" and what != "S2" and not exempt:
        broken = "1201"
    elif regime == "06" and (kind in ("F2", "F3", "R5") or row.cost_base is None):
        broken = "1202"
    elif regime == "07" and (exempt in ("E2", "E3", "E4", "E5") or what in ("S2", "N1", "N2")):
        broken = "1203"
    elif regime == "10" and not _third_party_collection(row, record):
        broken = "1205"
    elif regime == "11" and not igic and row.rate != 21:
        broken = "1206"
    elif regime == "08" and what != "N2":
        broken = "1252"
    elif regime == "14" and not _pending_work(record):
        broken = "1147"
    elif regime == "20" and igic and what != "N2":
        broken = "1293"
    if broken:
        raise refuse(
            broken,
            _("La clave de régimen %(regime)s no admite esa combinación en el desglose.")
            % {"regime": regime},
            "breakdown",
        )


def _third_party_collection(row: Breakdown, record: Alta) -> bool:
    """Clave 10: N1, an F1 invoice and recipients with NIF (AEAT 1205)."""
    named = all(to.nif for to in record.recipients)
    return row.qualification == "N1" and record.kind == "F1" and named


def _pending_work(record: Alta) -> bool:
    """Clave 14: public body, operation after issue, no simplificada (AEAT 1147-1149)."""
    return (
        record.operation_on is not None
        and record.operation_on > record.issued_on
        and record.kind in ("F1", "R1", "R2", "R3", "R4")
        and all(to.nif[:1] in "PQSV" and to.nif for to in record.recipients)
    )


def _check_quota(row: Breakdown) -> None:
    if row.rate is None or row.quota is None or row.regime in _FREE_QUOTA:
        return
    base = row.base if row.cost_base is None else row.cost_base
    if row.quota * base < ZERO:
        number = "1143" if row.cost_base is None else "1140"
        raise refuse(number, _("La base y la cuota deben tener el mismo signo."), "breakdown")
    if abs(base * row.rate / 100 - row.quota) > TOLERANCE:
        number = "1142" if row.cost_base is None else "1144"
        raise refuse(number, _("La cuota no corresponde a la base y al tipo."), "breakdown")


def _check_totals(record: Alta) -> None:
    base = quota = ZERO
    for row in record.breakdown:
        base += row.base
        quota += (row.quota or ZERO) + (row.surcharge or ZERO)
    if quota != record.quota:
        raise refuse("1216", _("La cuota total no es la suma de las cuotas y recargos."), "quota")
    free = any(row.regime in _FREE_TOTAL for row in record.breakdown)
    if not free and base + quota != record.total:
        raise refuse(
            "1210", _("El importe total no es la suma de bases, cuotas y recargos."), "total"
        )
    if record.kind == "F2" and not record.billing_agreement and record.no_recipient_art_6 != "S":
        ordinary = sum([row.base + (row.quota or ZERO) for row in record.breakdown], ZERO)
        if ordinary > 3000:
            raise refuse("1150", _("Una factura simplificada no puede pasar de 3.000 €."), "total")
