"""Where leads come from: the list an organisation keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.parties.models import LeadSource
from lonja.parties.sources import usual_sources

if TYPE_CHECKING:
    from lonja.accounts.models import Membership


def source_named(name: Any, *, by: Membership | None) -> LeadSource | None:
    """The source of that name, whatever its capitals, made when there is none; None without
    name. A retired one comes back into use: somebody still comes from there."""
    text = clean_line(str(name or ""))[:80]
    if not text:
        return None
    found = LeadSource.objects.filter(name__iexact=text).order_by("pk").first()
    if found is None:
        with transaction.atomic():
            found, created = LeadSource.objects.get_or_create(name=text)
            if created:
                record(by, "parties.source_added", found)
    elif not found.active:
        found.active = True
        found.save(update_fields=["active"])
    return found


class Sources:
    """Those of an import: found by name, the new ones kept until `save`."""

    def __init__(self) -> None:
        self.known = {one.name.casefold(): one for one in LeadSource.objects.all()}

    def named(self, text: str) -> LeadSource:
        return self.known.setdefault(text.casefold(), LeadSource(name=text))

    def save(self) -> None:
        """Write the new ones. Another person may have just made one of them."""
        for key, source in self.known.items():
            if source.pk is None:
                source, _created = LeadSource.objects.get_or_create(name=source.name)
                self.known[key].pk = source.pk


@transaction.atomic
def add_source(name: str, *, by: Membership) -> LeadSource:
    """Raises Refused: `source_name`, `source_exists`."""
    text = _checked(name)
    source = LeadSource.objects.create(name=text)
    record(by, "parties.source_added", source)
    return source


@transaction.atomic
def add_usual_sources(*, by: Membership) -> None:
    """The usual ones that are not there yet."""
    for name in usual_sources():
        source_named(name, by=by)


@transaction.atomic
def rename_source(source: LeadSource, name: str, *, by: Membership) -> LeadSource:
    """The leads that came from it follow. Raises Refused: `source_name`, `source_exists`."""
    text = _checked(name, but=source)
    before, source.name = source.name, text
    if before != text:
        source.save(update_fields=["name"])
        record(by, "parties.source_renamed", source, before=before)
    return source


@transaction.atomic
def retire_source(source: LeadSource, active: bool, *, by: Membership) -> LeadSource:
    """Take it out of the lists of new leads, or put it back; those that came from it keep it."""
    if source.active != active:
        source.active = active
        source.save(update_fields=["active"])
        record(by, "parties.source_back" if active else "parties.source_retired", source)
    return source


def _checked(name: str, but: LeadSource | None = None) -> str:
    text = clean_line(name)[:80]
    if not text:
        raise Refused("source_name", _("Escribe un nombre."), field="name")
    same = LeadSource.objects.filter(name__iexact=text)
    if but is not None:
        same = same.exclude(pk=but.pk)
    if same.exists():
        raise Refused("source_exists", _("Ya hay un origen con ese nombre."), field="name")
    return text
