"""The button «Importar» of a list."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.ui.tables import Action


@dataclass(frozen=True)
class ImportAction(Action):
    """A secondary action of a `Table` that opens the import of a kind of list."""

    kind: str = ""

    def url(self) -> str:
        return reverse("imports:upload", args=[self.kind])


def import_action(kind: str, permission: str) -> Action:
    """«Importar» for the lists of that kind."""
    return ImportAction(_("Importar"), "imports:upload", "file-import", permission, kind=kind)
