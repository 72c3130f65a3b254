"""The kinds of list that can be imported, declared by their rooms in `apps.ready()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.imports.importer import Importer

_importers: dict[str, type[Importer]] = {}


def register(importer: type[Importer]) -> type[Importer]:
    """Offer an importer on the screens and in `lonja import`, under its `kind`."""
    _importers[importer.kind] = importer
    return importer


def importers() -> dict[str, type[Importer]]:
    """Kind → importer, in the order the screens show them."""
    return dict(sorted(_importers.items(), key=lambda item: item[1].order))


def importers_for(member: Membership) -> dict[str, type[Importer]]:
    """Those the member may use."""
    return {kind: one for kind, one in importers().items() if member.can(one.permission)}


def importer_of(kind: str) -> type[Importer]:
    """The importer of a kind. Raises `Refused('import_kind_unknown')`."""
    try:
        return _importers[kind]
    except KeyError:
        known = ", ".join(importers())
        raise Refused(
            "import_kind_unknown",
            _("No se puede importar «%(kind)s». Se puede: %(known)s.")
            % {"kind": kind, "known": known},
        ) from None
