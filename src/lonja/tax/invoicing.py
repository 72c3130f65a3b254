"""Thresholds and deadlines of the invoicing rules (RD 1619/2012) and of VERI*FACTU, as dated data.

They hold in the whole of Spain, whatever the indirect tax.
"""

import calendar
from datetime import date, timedelta

from lonja.tax.dated import dated

_ROF = "RD 1619/2012"

# Simplified invoices: total with tax, in euros.
SIMPLIFIED_LIMIT = (dated("400", "2013-01-01", None, f"art. 4.1.a {_ROF}"),)
SIMPLIFIED_LIMIT_ACTIVITIES = (dated("3000", "2013-01-01", None, f"art. 4.2 {_ROF}"),)
# Years to issue a rectificativa, from the devengo or from the event of art. 80 LIVA.
CORRECTION_YEARS = (dated("4", "2013-01-01", None, f"art. 15.3 {_ROF}"),)
# Last day of the month after, to invoice a business.
BUSINESS_DEADLINE_DAY = (dated("15", "2013-01-01", None, f"arts. 11 y 13 {_ROF}"),)

# VERI*FACTU records (Orden HAC/1177/2024).
FIRST_ISSUE_DATE = date(2024, 10, 28)  # AEAT 1152
OLDEST_YEARS = 20  # AEAT 1133, 1134
MAX_NUMBER = 60
MAX_NAME = 120
MAX_DESCRIPTION = 500
MAX_BREAKDOWN = 12
MAX_RECIPIENTS = 1000

# Activities of art. 4.2 RD 1619/2012: code, Spanish label, and words found in a free description.
SIMPLIFIED_ACTIVITIES = {
    "retail": ("Venta al por menor", ("menor", "minorista", "retail", "comercio")),
    # As the article says it: selling from place to place, not vehicles for the ill.
    "ambulance": ("Ventas o servicios en ambulancia", ("ambulancia", "ambulante")),
    "home": ("Ventas o servicios a domicilio", ("domicilio",)),
    "passengers": (
        "Transporte de personas y sus equipajes",
        ("viajeros", "transporte de personas", "transporte personas", "taxi", "pasajeros"),
    ),
    "hospitality": (
        "Hostelería y restauración",
        ("hosteler", "restaura", "bares", "cafeter", "comidas", "hotel"),
    ),
    "nightlife": ("Salas de baile y discotecas", ("discoteca", "baile", "fiesta")),
    "phones": ("Servicio telefónico en cabinas", ("cabina", "locutorio", "telefon")),
    "hairdressing": (
        "Peluquería e institutos de belleza",
        ("peluquer", "belleza", "estetica"),
    ),
    "sports": ("Utilización de instalaciones deportivas", ("deport", "gimnasio")),
    "photo": ("Revelado de fotografías y estudios fotográficos", ("foto", "revelado")),
    "parking": ("Aparcamiento de vehículos", ("aparcamiento", "parking", "estacionamiento")),
    "films": ("Alquiler de películas", ("pelicula", "videoclub", "cinematogra")),
    "cleaning": ("Tintorería y lavandería", ("tintorer", "lavander")),
    "toll": ("Autopistas de peaje", ("autopista", "peaje")),
}


def add_years(day: date, years: int) -> date:
    """The same day years later (or earlier); 29 February becomes 28."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def recap_deadline(month: date, *, to_business: bool) -> date:
    """The last day to issue the recapitulativa of the month of ``month`` (art. 13.2): the end of
    the month, or day 15 of the next one to a business."""
    end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return end + timedelta(days=15) if to_business else end


def issue_deadline(operation: date, *, to_business: bool) -> date:
    """The last day to issue the invoice of an operation (art. 11.1): the day itself, or, to a
    business, day 15 of the month after."""
    return recap_deadline(operation, to_business=True) if to_business else operation
