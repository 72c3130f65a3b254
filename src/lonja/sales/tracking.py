"""How a quote is being read, for its page: visits of people, robots apart, seconds by section."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# What the pages of the customer measure (`data-part` in their templates) and how it is called.
SECTIONS = {
    "resumen": _("Importe y validez"),
    "conceptos": _("Conceptos"),
    "condiciones": _("Condiciones"),
    "firma": _("Página de la firma"),
}
