"""What the fiscal room hangs on the shell."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lonja.fiscal import permissions
from lonja.ui import registry


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
