"""IVA: peninsula and Baleares. Rates, equivalence surcharges and what a product may carry.

A new rate is a new row, with its first day and the norm; nothing else changes.
"""

from lonja.tax.dated import dated

NAME = "Península y Baleares"
TAX = "01"

_2010 = "Ley 26/2009"
_2012 = "Ley 37/1992, arts. 90 y 91 (RDL 20/2012)"
_LIVA = "Ley 37/1992, arts. 90 y 91"
_2022 = "RDL 11/2022"
_2023 = "RDL 20/2022 y sus prórrogas"
_2024 = "RDL 4/2024"

GENERAL = (
    dated("16", "1995-01-01", "2010-06-30", _LIVA),
    dated("18", "2010-07-01", "2012-08-31", _2010),
    dated("21", "2012-09-01", None, _2012),
)
REDUCED = (
    dated("7", "1995-01-01", "2010-06-30", _LIVA),
    dated("8", "2010-07-01", "2012-08-31", _2010),
    dated("10", "2012-09-01", None, _2012),
)
SUPER_REDUCED = (dated("4", "1995-01-01", None, _LIVA),)
DONATION = (dated("0", "2022-04-10", None, "Ley 37/1992, art. 91.Cuatro (Ley 7/2022)"),)
# Temporary rates for food and energy. They ended in 2024 and are refused with later dates.
FOOD_ZERO = (
    dated("0", "2023-01-01", "2024-09-30", _2023),
    dated("2", "2024-10-01", "2024-12-31", _2024),
    dated("4", "2025-01-01", None, _LIVA),
)
SEED_OIL_AND_PASTA = (
    dated("10", "2012-09-01", "2022-12-31", _2012),
    dated("5", "2023-01-01", "2024-09-30", _2023),
    dated("7.5", "2024-10-01", "2024-12-31", _2024),
    dated("10", "2025-01-01", None, _LIVA),
)
# Other goods at 5 % since July 2022 (electricity and gas, masks).
TEMPORARY_FIVE = (dated("5", "2022-07-01", "2024-09-30", _2022),)
# Reduced again by the RDL of 20-03-2026; when its end is published, it is the «until» of this row
# and a row at 21 after it.
ENERGY = (
    dated("21", "2012-09-01", "2021-06-25", _2012),
    dated("10", "2021-06-26", "2022-06-30", "RDL 12/2021"),
    dated("5", "2022-07-01", "2023-12-31", _2022),
    dated("10", "2024-01-01", "2024-12-31", "RDL 8/2023"),
    dated("21", "2025-01-01", "2026-03-21", _2012),
    dated("10", "2026-03-22", None, "RDL de 20-03-2026"),
)

RATES = (
    GENERAL + REDUCED + SUPER_REDUCED + DONATION + FOOD_ZERO + SEED_OIL_AND_PASTA + TEMPORARY_FIVE
)

_RECARGO = "Ley 37/1992, art. 161"
_OLD_RECARGO = "Ley 37/1992, art. 161 (redacción anterior)"

# Equivalence surcharges by the rate they go with. Two rows on one day: either is right, the first
# is the usual one (1,75 is for tobacco).
SURCHARGES = {
    "21": (
        dated("5.2", "2012-09-01", None, _RECARGO),
        dated("1.75", "2012-09-01", None, _RECARGO),
    ),
    "10": (dated("1.4", "2012-09-01", None, _RECARGO),),
    "4": (dated("0.5", "1995-01-01", None, _RECARGO),),
    "18": (dated("4", "2010-07-01", "2012-08-31", _OLD_RECARGO),),
    "8": (dated("1", "2010-07-01", "2012-08-31", _OLD_RECARGO),),
    "16": (dated("4", "1995-01-01", "2010-06-30", _OLD_RECARGO),),
    "7": (dated("1", "1995-01-01", "2010-06-30", _OLD_RECARGO),),
    "5": (
        dated("0.5", "2022-07-01", "2022-12-31", _2022),
        dated("0.62", "2023-01-01", "2024-09-30", _2023),
    ),
    "7.5": (dated("1", "2024-10-01", "2024-12-31", _2024),),
    "2": (dated("0.26", "2024-10-01", "2024-12-31", _2024),),
    "0": (
        dated("0", "2023-01-01", "2024-09-30", _2023),
        dated("0.26", "2024-10-01", None, "AEAT 1170"),
    ),
}

# code, label, regime, qualification, exemption, rates, surcharged, mention
_ISP = "Inversión del sujeto pasivo"
_CASH = "Régimen especial del criterio de caja"
CATEGORIES = (
    ("iva_general", "IVA general", "01", "S1", None, GENERAL, True, ""),
    ("iva_reducido", "IVA reducido", "01", "S1", None, REDUCED, True, ""),
    ("iva_superreducido", "IVA superreducido", "01", "S1", None, SUPER_REDUCED, True, ""),
    (
        "iva_cero",
        "IVA 0 % (donativos a entidades de la Ley 49/2002)",
        "01",
        "S1",
        None,
        DONATION,
        False,
        "",
    ),
    ("iva_energia", "IVA de electricidad, gas y combustibles", "01", "S1", None, ENERGY, True, ""),
    ("iva_tabaco", "IVA general, labores del tabaco", "01", "S1", None, GENERAL, "1.75", ""),
    (
        "exenta_art20",
        "Exenta (art. 20 LIVA)",
        "01",
        None,
        "E1",
        (),
        False,
        "Operación exenta (art. 20 Ley 37/1992)",
    ),
    (
        "exportacion",
        "Exportación (art. 21 LIVA)",
        "02",
        None,
        "E2",
        (),
        False,
        "Operación exenta (art. 21 Ley 37/1992)",
    ),
    (
        "exenta_art22",
        "Asimilada a la exportación (art. 22 LIVA)",
        "02",
        None,
        "E3",
        (),
        False,
        "Operación exenta (art. 22 Ley 37/1992)",
    ),
    (
        "exenta_zonas_francas",
        "Zonas francas y depósitos (arts. 23 y 24 LIVA)",
        "01",
        None,
        "E4",
        (),
        False,
        "Operación exenta (arts. 23 y 24 Ley 37/1992)",
    ),
    (
        "intracomunitaria",
        "Entrega intracomunitaria (art. 25 LIVA)",
        "01",
        None,
        "E5",
        (),
        False,
        "Operación exenta (art. 25 Ley 37/1992)",
    ),
    ("exenta_otras", "Exenta por otra causa", "01", None, "E6", (), False, "Operación exenta"),
    ("isp", "Inversión del sujeto pasivo", "01", "S2", None, (), False, _ISP),
    (
        "isp_bienes",
        "Inversión del sujeto pasivo: móviles, portátiles, consolas y metales",
        "01",
        "S2",
        None,
        (),
        False,
        _ISP,
    ),
    (
        "no_sujeta_art7",
        "No sujeta (arts. 7 y 14 LIVA)",
        "01",
        "N1",
        None,
        (),
        False,
        "Operación no sujeta (art. 7 Ley 37/1992)",
    ),
    (
        "no_sujeta_localizacion",
        "No sujeta por reglas de localización",
        "01",
        "N2",
        None,
        (),
        False,
        "Operación no sujeta por reglas de localización",
    ),
    (
        "servicio_intracomunitario",
        "Servicio a empresa de la Unión Europea",
        "01",
        "N2",
        None,
        (),
        False,
        _ISP,
    ),
    (
        "oss",
        "Venta a consumidor de la Unión Europea (OSS)",
        "17",
        "N2",
        None,
        (),
        False,
        "Régimen especial de ventanilla única (OSS)",
    ),
    (
        "criterio_caja",
        "IVA general, criterio de caja",
        "07",
        "S1",
        None,
        GENERAL,
        False,
        _CASH,
    ),
    ("caja_reducido", "IVA reducido, criterio de caja", "07", "S1", None, REDUCED, False, _CASH),
    (
        "caja_superreducido",
        "IVA superreducido, criterio de caja",
        "07",
        "S1",
        None,
        SUPER_REDUCED,
        False,
        _CASH,
    ),
    (
        "arrendamiento_local",
        "Arrendamiento de local de negocio",
        "11",
        "S1",
        None,
        GENERAL,
        False,
        "",
    ),
    (
        "bienes_usados",
        "Bienes usados (REBU)",
        "03",
        "S1",
        None,
        GENERAL,
        False,
        "Régimen especial de los bienes usados",
    ),
    (
        "agencias_viajes",
        "Agencias de viajes",
        "05",
        "S1",
        None,
        GENERAL,
        False,
        "Régimen especial de las agencias de viajes",
    ),
)
