"""IPSI: Ceuta and Melilla. Each city sets its rates by ordinance, between 0,5 % and 10 %."""

from lonja.tax.dated import dated

NAMES = {"ceuta": "Ceuta", "melilla": "Melilla"}
TAX = "02"

_IPSI = "Ley 8/1991, art. 18; ordenanzas fiscales de Ceuta y Melilla"

LEAST = (dated("0.5", "1991-03-26", None, _IPSI),)
MOST = (dated("10", "1991-03-26", None, _IPSI),)

_USUAL = ("0.5", "1", "2", "3", "4", "6", "8", "9", "10")

# code, label, regime, qualification, exemption, rates, surcharged, mention
CATEGORIES = (
    *(
        (
            f"ipsi_{rate.replace('.', '_')}",
            f"IPSI {rate.replace('.', ',')} %",
            "",
            "S1",
            None,
            (dated(rate, "1991-03-26", None, _IPSI),),
            False,
            "",
        )
        for rate in _USUAL
    ),
    ("ipsi_exenta", "Exenta de IPSI", "", None, "E1", (), False, "Operación exenta de IPSI"),
    (
        "ipsi_isp",
        "Inversión del sujeto pasivo (IPSI)",
        "",
        "S2",
        None,
        (),
        False,
        "Inversión del sujeto pasivo",
    ),
    ("ipsi_no_sujeta", "No sujeta a IPSI", "", "N1", None, (), False, "Operación no sujeta a IPSI"),
)
