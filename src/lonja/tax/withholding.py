"""IRPF retention on invoices: which percentages the law knows, with their days.

Sources: Ley 35/2006, art. 101; RD 439/2007 (RIRPF), arts. 95 to 101; RDL 9/2015; RDLeg 5/2004
(non-residents), arts. 24 and 25. Ceuta and Melilla: reduced by 60 % (art. 101 LIRPF).
"""

from datetime import date
from decimal import Decimal

from lonja.tax.dated import dated, values_on

_ART_101 = "Ley 35/2006, art. 101; RIRPF, art. 95"
_CEUTA = "Ley 35/2006, art. 101 (Ceuta y Melilla, reducción del 60 %)"

PERCENTAGES = (
    dated("15", "2016-01-01", None, _ART_101),  # professionals, courses, intellectual property
    dated("7", "2016-01-01", None, _ART_101),  # new professionals, insurance agents, low income
    dated("19", "2016-01-01", None, "RIRPF, art. 100"),  # urban rent; non-residents of the EU
    dated("24", "2016-01-01", None, "RDLeg 5/2004, art. 25"),  # other non-residents
    dated("1", "2016-01-01", None, "RIRPF, art. 95.4 a 95.6"),  # módulos; pigs and poultry
    dated("2", "2016-01-01", None, "RIRPF, art. 95.4 y 95.5"),  # farming, livestock, forestry
    dated("6", "2018-07-05", None, _CEUTA),
    dated("2.8", "2018-07-05", None, _CEUTA),
    dated("7.6", "2018-07-05", None, _CEUTA),
)
# Those of the work of people and of farming: nobody withholds them to a company, only what yields
# capital (Ley 27/2014, art. 128; RD 634/2015, art. 60).
OF_PEOPLE = frozenset(map(Decimal, ("15", "7", "1", "2", "6", "2.8")))


def withholding_percentages(on: date) -> frozenset[Decimal]:
    """The IRPF retention percentages that may be applied on that day."""
    return values_on(PERCENTAGES, on)
