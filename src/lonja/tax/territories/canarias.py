"""IGIC: Canarias. The first day of a row is the first one of this table, not always of the rate."""

from lonja.tax.dated import dated

NAME = "Canarias"
TAX = "03"

_IGIC = "Ley 4/2012 de Canarias, art. 51 y siguientes (redacción vigente)"

ZERO = (dated("0", "2020-01-01", None, _IGIC),)
REDUCED = (dated("3", "2020-01-01", None, _IGIC),)
HOUSING = (dated("5", "2020-01-01", None, _IGIC),)
GENERAL = (dated("7", "2020-01-01", None, _IGIC),)
INCREASED = (dated("9.5", "2020-01-01", None, _IGIC),)
HIGH = (dated("15", "2020-01-01", None, _IGIC),)
TOBACCO = (dated("20", "2020-01-01", None, _IGIC),)

RATES = ZERO + REDUCED + HOUSING + GENERAL + INCREASED + HIGH + TOBACCO
SURCHARGES: dict[str, tuple] = {}

# code, label, regime, qualification, exemption, rates, surcharged, mention
CATEGORIES = (
    ("igic_general", "IGIC general", "01", "S1", None, GENERAL, False, ""),
    ("igic_reducido", "IGIC reducido", "01", "S1", None, REDUCED, False, ""),
    ("igic_reducido_5", "IGIC reducido del 5 %", "01", "S1", None, HOUSING, False, ""),
    ("igic_cero", "IGIC tipo cero", "01", "S1", None, ZERO, False, ""),
    ("igic_incrementado", "IGIC incrementado", "01", "S1", None, INCREASED, False, ""),
    ("igic_incrementado_15", "IGIC incrementado del 15 %", "01", "S1", None, HIGH, False, ""),
    ("igic_especial", "IGIC especial, labores del tabaco", "01", "S1", None, TOBACCO, False, ""),
    (
        "igic_exenta",
        "Exenta de IGIC (art. 50)",
        "01",
        None,
        "E1",
        (),
        False,
        "Operación exenta de IGIC (art. 50 Ley 4/2012)",
    ),
    (
        "igic_comerciante_minorista",
        "Exenta de IGIC, comerciante minorista",
        "17",
        None,
        "E7",
        (),
        False,
        "Operación exenta de IGIC: comerciante minorista",
    ),
    (
        "igic_pequeno_empresario",
        "Exenta de IGIC, pequeño empresario o profesional",
        "18",
        None,
        "E8",
        (),
        False,
        "Operación exenta de IGIC: régimen especial del pequeño empresario o profesional",
    ),
    (
        "igic_exportacion",
        "Exportación (IGIC)",
        "02",
        None,
        "E2",
        (),
        False,
        "Operación exenta de IGIC (exportación)",
    ),
    (
        "igic_isp",
        "Inversión del sujeto pasivo (IGIC)",
        "01",
        "S2",
        None,
        (),
        False,
        "Inversión del sujeto pasivo",
    ),
    (
        "igic_no_sujeta",
        "No sujeta a IGIC",
        "01",
        "N1",
        None,
        (),
        False,
        "Operación no sujeta a IGIC",
    ),
    (
        "igic_no_sujeta_localizacion",
        "No sujeta a IGIC por reglas de localización",
        "01",
        "N2",
        None,
        (),
        False,
        "Operación no sujeta a IGIC por reglas de localización",
    ),
)
