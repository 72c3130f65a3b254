"""What the fiscal room hangs on the shell."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.fiscal import permissions
from lonja.ui import registry


def unmended_phrase(member: Any) -> str:
    """«2 registros por arreglar con la AEAT», under the greeting of «Inicio»."""
    from lonja.fiscal.reports import unmended_count

    found = unmended_count(member)
    if not found:
        return ""
    return ngettext(
        "%(n)s registro por arreglar con la AEAT",
        "%(n)s registros por arreglar con la AEAT",
        found,
    ) % {"n": found}


def register() -> None:
    registry.settings_section(
        _("Facturación"),
        "verifactu",
        "VERI*FACTU",
        "fiscal:overview",
        "building-bank",
        permissions.VIEW,
        order=35,
    )
