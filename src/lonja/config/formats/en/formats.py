"""English screens write and read numbers and dates as the Spanish ones do.

«1.234» is one thousand two hundred and thirty-four in both: the same form, the same file and the
same printed invoice cannot mean two amounts depending on who looks. Only months have other names.
"""

from django.conf.locale.es.formats import *  # noqa: F403

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
