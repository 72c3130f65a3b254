"""Names of where leads come from."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.parties.models import LeadSource


@house()
def usual_sources() -> list[str]:
    """Offered while the organisation has none of its own."""
    return [
        _("Página web"),
        _("Recomendación"),
        _("Llamada"),
        _("Visita comercial"),
        _("Feria o evento"),
        _("Publicidad"),
    ]


def source_choices(own: LeadSource | None = None) -> list[tuple[str, str]]:
    """Names to choose from: those in use, and that of a record although it was retired."""
    every = list(LeadSource.objects.order_by("name"))
    names = [one.name for one in every if one.active]
    if not every:
        names = usual_sources()
    if own is not None and own.name not in names:
        names.append(own.name)
    return [("", "—"), *((name, name) for name in names)]
