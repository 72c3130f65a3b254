"""How each line is taxed: tax, regime, qualification or exemption, rates and surcharges."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from lonja.kit.dates import format_date
from lonja.kit.identifiers import normalise
from lonja.kit.money import format_percent
from lonja.kit.words import _, gettext_noop
from lonja.tax.dated import value_on, values_on
from lonja.tax.documents import Document, TaxLine
from lonja.tax.rules.broken import RuleBroken
from lonja.tax.territories import canarias, ceuta_melilla, peninsula

_QUALIFICATIONS = ("S1", "S2", "N1", "N2")
_EXEMPTIONS = ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8")
_REGIMES = {f"{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 17, 18, 19, 20)}
_PUBLIC_BODIES = ("P", "Q", "S", "V")


def check(document: Document, today: date) -> None:
    """The lines of the document, one by one and together."""
    lines = document.taxed_lines
    if not lines:
        raise RuleBroken(
            "no_lines",
            _("La factura no tiene ninguna línea (los suplidos solos no son una factura)."),
            "art. 6.1.f RD 1619/2012",
        )
    for line in document.lines:
        _check_figures(line)
    for line in lines:
        _check_codes(line)
        _check_regime(document, line)
        if line.exemption:
            _check_exempt(document, line)
        elif line.qualification == "S1":
            _check_rate(line, document.operation_day(line))
        else:
            _check_untaxed(document, line)
        _check_surcharge(line, document.operation_day(line))
    with_surcharge = {line.surcharge is not None for line in lines}
    if len(with_surcharge) > 1:
        raise RuleBroken(
            "surcharge_mixed",
            _("Las entregas con recargo de equivalencia van en factura aparte."),
            "art. 16.4 RD 1619/2012",
        )


def _check_figures(line: TaxLine) -> None:
    if not line.description.strip():
        raise RuleBroken(
            "description_missing",
            _("Hay una línea sin descripción."),
            "arts. 6.1.f y 7.1.e RD 1619/2012",
            field="description",
        )
    figures = (
        (line.quantity, gettext_noop("cantidad")),
        (line.unit_price, gettext_noop("precio")),
    )
    for value, what in figures:
        if not value.is_finite() or _decimals(value) > 6:
            raise RuleBroken(
                "too_many_decimals",
                _("El número de %(what)s tiene más de seis decimales en «%(text)s».")
                % {"what": _(what), "text": line.description[:40]},
                "EN 16931, BT-129 y BT-146",
                field="lines",
            )
    if any(not 0 <= discount <= 100 for discount in line.discounts):
        raise RuleBroken(
            "discount_out_of_range",
            _("El descuento de «%(text)s» tiene que estar entre 0 y 100.")
            % {"text": line.description[:40]},
            "art. 78.Tres.2.º LIVA",
            field="lines",
        )


def _decimals(value: Decimal) -> int:
    exponent = int(value.as_tuple().exponent)
    return -exponent if exponent >= -6 else -int(value.normalize().as_tuple().exponent)


def _check_codes(line: TaxLine) -> None:
    if line.tax not in ("01", "02", "03", "05"):
        raise RuleBroken(
            "tax_unknown", _("«%(tax)s» no es un impuesto.") % {"tax": line.tax}, "AEAT 1218"
        )
    if line.qualification and line.exemption:
        raise RuleBroken(
            "qualification_and_exemption",
            _("Una línea no puede estar calificada y exenta a la vez."),
            "AEAT 1196",
        )
    if not line.qualification and not line.exemption:
        raise RuleBroken(
            "qualification_missing", _("Falta decir cómo tributa una línea."), "AEAT 1195"
        )
    if line.qualification and line.qualification not in _QUALIFICATIONS:
        raise RuleBroken(
            "qualification_unknown",
            _("«%(code)s» no es una calificación.") % {"code": line.qualification},
            "AEAT 1181",
        )
    if line.exemption and line.exemption not in _EXEMPTIONS:
        raise RuleBroken(
            "exemption_unknown",
            _("«%(code)s» no es una causa de exención.") % {"code": line.exemption},
            "AEAT 1182",
        )
    if line.tax in ("01", "03") and not line.regime:
        raise RuleBroken("regime_missing", _("Falta la clave de régimen."), "AEAT 1245")
    if line.regime and line.regime not in _REGIMES:
        raise RuleBroken(
            "regime_unknown",
            _("«%(regime)s» no es una clave de régimen.") % {"regime": line.regime},
            "AEAT 1246",
        )


def _check_regime(document: Document, line: TaxLine) -> None:
    """What each ClaveRegimen allows (AEAT 1199 to 1206, 1252, 1286, 1293)."""
    if line.tax not in ("01", "03"):
        return
    regime, qualification, exemption = line.regime, line.qualification, line.exemption
    broken: tuple[str, str] | None = None
    if regime == "01" and exemption in ("E2", "E3"):
        broken = _("Una exportación (E2, E3) no va con la clave 01, sino con la 02."), "1199"
    elif regime == "02" and not exemption:
        broken = _("La clave 02 (exportación) es solo para operaciones exentas."), "1286"
    elif regime == "03" and qualification != "S1":
        broken = _("La clave 03 (bienes usados) es solo para operaciones sujetas (S1)."), "1200"
    elif regime == "04" and qualification != "S2" and not exemption:
        broken = _("La clave 04 (oro de inversión) es con inversión (S2) o exenta."), "1201"
    elif regime == "06" and (document.kind in ("F2", "F3", "R5") or line.base_at_cost is None):
        broken = _("La clave 06 no va en F2, F3 ni R5 y necesita la base a coste."), "1202"
    elif regime == "07" and (
        exemption in ("E2", "E3", "E4", "E5") or qualification in ("S2", "N1", "N2")
    ):
        broken = _("La clave 07 (criterio de caja) no admite esa forma de tributar."), "1203"
    elif regime == "08" and qualification != "N2":
        broken = _("La clave 08 (IPSI, IGIC) es solo para operaciones no sujetas (N2)."), "1252"
    elif regime == "10" and not (
        qualification == "N1"
        and document.kind == "F1"
        and all(party.nif for party in document.recipients)
    ):
        broken = _("La clave 10 es para F1 con N1 y el NIF del destinatario."), "1205"
    elif regime == "11" and line.tax == "01" and line.rate != _general(document, line):
        broken = _("El arrendamiento de local de negocio (clave 11) va al tipo general."), "1206"
    elif regime == "20" and line.tax == "03" and qualification != "N2":
        broken = _("La clave 20 de IGIC es solo para operaciones no sujetas (N2)."), "1293"
    if broken:
        text, code = broken
        raise RuleBroken("regime_combination", text, f"AEAT {code}", field="regime")
    if regime == "14":
        _check_public_works(document, line)


def _check_public_works(document: Document, line: TaxLine) -> None:
    """Clave 14: certifications of public works whose tax is not due yet (AEAT 1147 to 1149)."""
    day = line.operation_date or document.operation_date
    if day is None or day <= document.issue_date:
        raise RuleBroken(
            "public_works_date",
            _("La clave 14 necesita una fecha de operación posterior a la de expedición."),
            "AEAT 1147",
            field="operation_date",
        )
    if document.kind not in ("F1", "R1", "R2", "R3", "R4"):
        raise RuleBroken(
            "public_works_kind", _("La clave 14 solo va en F1 y R1 a R4."), "AEAT 1148"
        )
    if not all(normalise(party.nif).startswith(_PUBLIC_BODIES) for party in document.recipients):
        raise RuleBroken(
            "public_works_recipient",
            _("La clave 14 es para administraciones: el NIF empieza por P, Q, S o V."),
            "AEAT 1149",
            field="nif",
        )


def _check_exempt(document: Document, line: TaxLine) -> None:
    if line.rate is not None or line.surcharge is not None:
        raise RuleBroken(
            "exempt_with_rate", _("Una línea exenta no lleva tipo ni recargo."), "AEAT 1238"
        )
    if line.exemption in ("E7", "E8") and line.tax != "03":
        raise RuleBroken(
            "exemption_igic_only", _("Las causas E7 y E8 son solo del IGIC."), "AEAT 1182"
        )
    if line.exemption == "E5":
        if document.kind in ("F2", "R5"):
            raise RuleBroken(
                "intra_eu_simplified",
                _("Una entrega intracomunitaria no puede ir en factura simplificada."),
                "art. 4.4.a RD 1619/2012",
            )
        if not all(party.id_type == "02" for party in document.recipients):
            raise RuleBroken(
                "intra_eu_recipient",
                _(
                    "Una entrega intracomunitaria exenta necesita el NIF-IVA de otro país "
                    "de la Unión Europea, no un NIF español."
                ),
                "art. 25 LIVA; AEAT 1289",
                field="vat_number",
            )


def _check_untaxed(document: Document, line: TaxLine) -> None:
    if line.qualification == "S2":
        if document.kind in ("F2", "R5"):
            raise RuleBroken(
                "reverse_charge_simplified",
                _("Con inversión del sujeto pasivo hace falta factura completa."),
                "AEAT 1197",
            )
        if line.rate or line.surcharge is not None:
            raise RuleBroken(
                "reverse_charge_with_rate",
                _("Con inversión del sujeto pasivo el tipo y la cuota son cero."),
                "AEAT 1198",
            )
    elif line.rate is not None or line.surcharge is not None:
        raise RuleBroken(
            "not_subject_with_rate",
            _("Una operación no sujeta no lleva tipo, cuota ni recargo."),
            "AEAT 1237",
        )


def _check_rate(line: TaxLine, day: date) -> None:
    rate = line.rate
    if rate is None:
        raise RuleBroken("rate_missing", _("Falta el tipo del impuesto en una línea."), "AEAT 1208")
    if line.tax == "02":
        least = value_on(ceuta_melilla.LEAST, day) or Decimal(0)
        most = value_on(ceuta_melilla.MOST, day) or Decimal(100)
        fits = least <= rate <= most
    elif line.tax == "03":
        fits = rate in _rates("03", day)
    elif line.tax == "05":
        fits = 0 <= rate <= 100
    elif line.regime == "17":  # OSS: the rate of the country of destination
        fits = 0 <= rate <= 30
    else:
        fits = rate in _rates("01", day)
    if fits:
        return
    known = [row for row in peninsula.RATES if row.value == rate] if line.tax == "01" else []
    if known:
        raise RuleBroken(
            "rate_not_in_force",
            _(
                "El IVA del %(rate)s no estaba vigente el %(day)s. Si la operación es "
                "de otra fecha, indícala como fecha de operación."
            )
            % {"rate": format_percent(rate), "day": format_date(day)},
            "AEAT 1124/1132/1194/1235",
            field="rate",
        )
    raise RuleBroken(
        "rate_unknown",
        _("No existe el tipo del %(rate)s el %(day)s.")
        % {"rate": format_percent(rate), "day": format_date(day)},
        "AEAT 1124",
        field="rate",
    )


@lru_cache(maxsize=1024)
def _rates(tax: str, day: date) -> frozenset[Decimal]:
    return values_on(canarias.RATES if tax == "03" else peninsula.RATES, day)


def _check_surcharge(line: TaxLine, day: date) -> None:
    surcharge = line.surcharge
    if surcharge is None:
        if line.tax == "01" and line.regime == "18" and line.qualification == "S1":
            raise RuleBroken(
                "surcharge_missing",
                _("La clave 18 (recargo de equivalencia) necesita el recargo."),
                "AEAT 1280",
                field="surcharge",
            )
        return
    if line.tax != "01" or line.qualification != "S1" or line.rate is None:
        raise RuleBroken(
            "surcharge_not_taxed",
            _("El recargo de equivalencia solo va en operaciones sujetas a IVA (S1)."),
            "AEAT 1281",
            field="surcharge",
        )
    if line.regime not in ("01", "18"):
        raise RuleBroken(
            "surcharge_regime",
            _("El recargo de equivalencia va con la clave 01 o la 18."),
            "AEAT 1279",
            field="regime",
        )
    rows = peninsula.SURCHARGES.get(f"{line.rate.normalize():f}", ())
    allowed = sorted(values_on(rows, day))
    if surcharge not in allowed:
        with_rate = " o ".join(format_percent(value) for value in allowed) or "ninguno"
        raise RuleBroken(
            "surcharge_pair",
            _("Con IVA del %(rate)s el recargo es %(with_rate)s, no %(surcharge)s.")
            % {
                "rate": format_percent(line.rate),
                "with_rate": with_rate,
                "surcharge": format_percent(surcharge),
            },
            _PAIR_RULES.get(line.rate, "AEAT 1127"),
            field="surcharge",
        )


_PAIR_RULES = {
    Decimal(21): "AEAT 1162",
    Decimal(10): "AEAT 1163",
    Decimal(4): "AEAT 1164",
    Decimal(0): "AEAT 1170",
    Decimal(5): "AEAT 1160",
    Decimal(2): "AEAT 1166",
    Decimal("7.5"): "AEAT 1169",
}


def _general(document: Document, line: TaxLine) -> Decimal | None:
    return value_on(peninsula.GENERAL, document.operation_day(line))
