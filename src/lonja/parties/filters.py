"""Filters by client and by agent, for the lists of this room and of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from lonja.accounts.ahead import Question
from lonja.accounts.models import Membership
from lonja.accounts.seen import Seen
from lonja.parties.merging import family
from lonja.parties.models import Party
from lonja.ui.tables import ChoiceFilter

# Those a row may be given to: for a hierarchical member, its own team.
agents = Seen(
    Membership,
    lambda rows: (
        rows.filter(deactivated_at=None)
        .select_related("user")
        .order_by("user__full_name", "pk")[:200]
    ),
    see=Membership.branch,
)
_NAMED = ("name", "trade_name")
_first_clients = Seen(Party, lambda rows: rows.clients().only(*_NAMED).order_by("name", "pk")[:25])


class ClientFilter(ChoiceFilter):
    """A client: the one asked for, and the first of the list. Of one merged into another, what was
    of either."""

    def __init__(self, name: str, label: Any) -> None:
        super().__init__(name, label, lambda member: [], field="party_id")

    def read(self, params: QueryDict, member: Any) -> list[str] | None:
        asked = [v for v in params.getlist(self.name)[:20] if v.isascii() and v.isdigit()]
        if not asked:
            return None
        rows = Party.objects.visible_to(member).filter(pk__in=[v for v in asked if len(v) < 19])
        return [str(pk) for pk in rows.values_list("pk", flat=True)] or None

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        return queryset.filter(party_id__in=family([int(pk) for pk in value]))

    def describe(self, value: list[str], member: Any) -> str:
        if len(value) > 1:
            return gettext("%(n)s elegidos") % {"n": len(value)}
        return Party.objects.get(pk=value[0]).display_name

    def asks(self, member: Any) -> Sequence[Question]:
        return _first_clients.asked(member)

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        chosen = Party.objects.filter(pk__in=value).only(*_NAMED).order_by("name") if value else ()
        shown = {str(party.pk): party.display_name for party in chosen}
        for party in _first_clients.all(member):
            shown.setdefault(str(party.pk), party.display_name)
        on = value or []
        options = [{"value": pk, "label": name, "on": pk in on} for pk, name in shown.items()]
        return {"options": options, "multiple": True}
