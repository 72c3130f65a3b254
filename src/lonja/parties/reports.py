"""Reads about clients: search, options for selects, figures and history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.accounts.ahead import Question
from lonja.accounts.prepared import Among, Plain
from lonja.accounts.scope import current_organisation_id
from lonja.accounts.seen import Seen
from lonja.accounts.textsearch import filter_text
from lonja.activity.models import Event
from lonja.kit.text import search_text
from lonja.parties.merging import family, family_of
from lonja.parties.models import Party, Stage
from lonja.ui.formats import near_date

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.activity.labels import Group
    from lonja.ui.registry import Hit

_PHONE = re.compile(r"[+\d][\d\s./()-]{4,}")
_SEPARATED_NIF = re.compile(r"\b([a-z])[\s.-]+(\d)|(\d)[\s.-]+([a-z])\b")


def search_words(text: str) -> str:
    """What a person types, folded as `search_text` is: «975 78 93 28» and «+34 975…» find the
    phone, «B-12345674» the NIF."""
    folded = search_text(text)[:100]
    if _PHONE.fullmatch(folded):
        digits = re.sub(r"\D", "", folded)
        return digits.removeprefix("34") if len(digits) == 11 else digits.removeprefix("0034")
    return _SEPARATED_NIF.sub(lambda m: "".join(part or "" for part in m.groups()), folded)


def find(queryset: Any, text: str) -> Any:
    """Clients whose name, NIF, town, e-mail or phone holds every word."""
    return filter_text(queryset, search_words(text))


def find_clients(member: Membership, text: str, limit: int) -> list[Hit]:
    """For the palette."""
    from lonja.ui.registry import Hit

    clients = Party.objects.visible_to(member).clients()
    found = find(clients, text).order_by("name", "pk") if text else clients.order_by("-updated_at")
    return [
        Hit(
            party.display_name,
            " · ".join(part for part in (party.nif, party.city) if part),
            reverse("parties:client", args=[party.pk]),
            "user" if party.kind != "company" else "building",
        )
        for party in found[:limit]
    ]


def find_leads_in(queryset: Any, text: str) -> Any:
    """Leads found by their own words or by those of a person of theirs."""
    from lonja.parties.models import Contact

    people = Contact.objects.filter(name__icontains=text[:100].strip()).values("party_id")
    words = find(Party.objects.filter(stage=Stage.LEAD), text).values("pk")
    return queryset.filter(Q(pk__in=words) | Q(pk__in=people))


def find_leads(member: Membership, text: str, limit: int) -> list[Hit]:
    """For the palette."""
    from lonja.ui.registry import Hit

    leads = Party.objects.visible_to(member).leads()
    found = find_leads_in(leads, text).order_by("name", "pk") if text else leads.order_by("-pk")
    return [
        Hit(
            party.display_name,
            " · ".join(
                part
                for part in (str(party.get_lead_status_display()), party.phone_text, party.email)
                if part
            ),
            reverse("parties:lead", args=[party.pk]),
            "target-arrow",
        )
        for party in found[:limit]
    ]


def leads_by_source() -> dict[int, int]:
    """How many parties came from each source."""
    rows = Party.objects.exclude(lead_source=None).order_by().values_list("lead_source_id")
    return {pk: n for pk, n in rows.annotate(n=Count("pk")) if pk is not None}


def options(member: Membership, text: str, limit: int = 20) -> list[dict[str, Any]]:
    """Clients for a select that searches: those whose name begins so come first."""
    clients = Party.objects.visible_to(member).clients().select_related(None)
    found = list(find(clients, text).order_by("name", "pk")[: limit * 3])
    words = search_text(text)
    found.sort(key=lambda party: not search_text(party.display_name).startswith(words))
    return [
        {
            "value": party.pk,
            "id": party.pk,
            "text": party.name,
            "sub": " · ".join(p for p in (party.nif, party.city) if p),
            "nif": party.nif,
            "address": ", ".join(party.address_lines),
            "email": party.email,
            "blocked": party.blocked_reason,
        }
        for party in found[:limit]
    ]


_last = Seen(
    Event,
    lambda rows: (
        rows.filter(Among("party_id", "parties"))
        .values_list("party_id")
        .annotate(last=Max("at"))
        .order_by()
    ),
)


def last_activity(member: Membership, party_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """When something last happened with each client (two queries)."""
    members = family(party_ids)
    found: dict[int, Any] = {}
    for party_id, last in _last.all(member, parties=list(members)):
        root = members.get(party_id or 0, party_id)
        if root:
            found[root] = max(found.get(root, last), last)
    return {party_id: (near_date(last), "") for party_id, last in found.items()}


def history(
    member: Membership,
    party: Party,
    *,
    before: int = 0,
    limit: int = 30,
    groups: Sequence[Group] = (),
) -> list[Event]:
    """What happened with the client, newest first, without what the member may not see.

    With `groups`, only the events of those filters of the timeline.
    """
    from lonja.activity.labels import hidden_verbs

    ids = family_of(party)
    events = Event.objects.visible_to(member).filter(party_id__in=ids)
    events = events.exclude(verb__in=hidden_verbs(member))
    if groups:
        asked = Q()
        for prefix in (prefix for group in groups for prefix in group.prefixes):
            asked |= Q(verb__startswith=prefix)
        events = events.filter(asked)
    if before:
        events = events.filter(pk__lt=before)
    return list(events.order_by("-pk")[:limit])


def inactive_since(queryset: Any, moment: Any) -> Any:
    """Clients nothing has happened with since a moment."""
    recent = Event.objects.filter(at__gte=moment, party_id__isnull=False)
    return queryset.exclude(pk__in=recent.values("party_id"))


class _InUse:
    """The values of a column that clients have, in order; for a filter, each is its own label."""

    def __init__(self, field: str) -> None:
        self._field = field
        # From each value to the next one by the index: fifty steps instead of every client.
        of_clients = (
            f"FROM parties_party WHERE organisation_id = %s AND stage = '{Stage.CLIENT}' "
            f"AND NOT ({field} = '')"
        )
        self._sql = (
            f"WITH RECURSIVE one(value) AS (SELECT MIN({field}) {of_clients} UNION ALL "  # noqa: S608
            f"SELECT (SELECT MIN({field}) {of_clients} AND {field} > one.value) FROM one "
            "WHERE one.value IS NOT NULL) SELECT value FROM one WHERE value IS NOT NULL LIMIT 200"
        )

    def __call__(self, member: Membership) -> list[tuple[str, str]]:
        found = self._of_own(member) if member.sees_only_own else self._of_all().all()
        return [(value, value) for (value,) in found]

    def asked(self, member: Membership) -> Sequence[Question]:
        return () if member.sees_only_own else ((self._of_all(), {}),)

    def _of_all(self) -> Plain:
        return Plain(self._sql, [current_organisation_id()] * 2)

    def _of_own(self, member: Membership) -> Any:
        rows = Party.objects.visible_to(member).filter(stage=Stage.CLIENT)
        rows = rows.exclude(**{self._field: ""}).order_by(self._field)
        return rows.values_list(self._field).distinct()[:200]


provinces = _InUse("province")
tariffs = _InUse("tariff")


def field_labels(names: Iterable[str]) -> str:
    """«teléfono, correo y NIF» from names of fields of a client."""
    labels = []
    for name in names:
        if name == "tags":
            labels.append(_("etiquetas"))
        elif name in _fields():
            labels.append(str(_fields()[name].verbose_name))
    if len(labels) > 4:
        return _("%(first)s y %(n)s datos más") % {
            "first": ", ".join(labels[:3]),
            "n": len(labels) - 3,
        }
    if len(labels) > 1:
        return _("%(first)s y %(last)s") % {"first": ", ".join(labels[:-1]), "last": labels[-1]}
    return labels[0] if labels else _("los datos")


def _fields() -> dict[str, Any]:
    return {field.name: field for field in Party._meta.concrete_fields}
