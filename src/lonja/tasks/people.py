"""Members as managers of tasks: who can, how much they carry, who is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from lonja.accounts.models import CompanyGrant, Membership
from lonja.accounts.permissions import roles_with
from lonja.accounts.schedule import absences_on
from lonja.kit.text import search_text
from lonja.tasks import permissions
from lonja.tasks.models import Qualified, Reason, Task


def candidates(company_id: int | None = None) -> Any:
    """Active members who may manage tasks, of that company if they are limited to some."""
    rows = Membership.objects.filter(
        deactivated_at=None, user__is_active=True, role__in=roles_with(permissions.EDIT)
    ).select_related("user")
    if company_id is not None:
        grants = CompanyGrant.objects.filter(membership=OuterRef("pk"))
        rows = rows.filter(~Exists(grants) | Exists(grants.filter(company_id=company_id)))
    return rows.order_by("user__full_name", "pk")


def with_role(role: str, company_id: int | None = None) -> list[Membership]:
    """The active members of a role, whoever may manage tasks or not: the role manages."""
    rows = Membership.objects.filter(
        deactivated_at=None, user__is_active=True, role=role
    ).select_related("user")
    if company_id is not None:
        grants = CompanyGrant.objects.filter(membership=OuterRef("pk"))
        rows = rows.filter(~Exists(grants) | Exists(grants.filter(company_id=company_id)))
    return list(rows.order_by("user__full_name", "pk"))


def who_enter(members: Iterable[Membership], company_id: int) -> list[Membership]:
    """Of those, the ones who may read tasks of that company today: with access, with the permission
    and not limited to other companies. In one query."""
    able = [member for member in members if member.is_active and member.can(permissions.VIEW)]
    grants: dict[int, set[int]] = {}
    rows = CompanyGrant.objects.filter(membership__in=able)
    for member_id, granted in rows.values_list("membership_id", "company_id"):
        grants.setdefault(member_id, set()).add(granted)
    return [m for m in able if m.pk not in grants or company_id in grants[m.pk]]


def qualified_ids(reason: Reason) -> set[int]:
    return set(Qualified.objects.filter(reason=reason).values_list("member_id", flat=True))


def loads(member_ids: Iterable[int]) -> dict[int, int]:
    """How many open tasks each one manages."""
    ids = list(member_ids)
    found = dict(
        Task.objects.open()
        .filter(manager_id__in=ids)
        .order_by()
        .values_list("manager_id")
        .annotate(n=Count("pk"))
    )
    return {pk: found.get(pk, 0) for pk in ids}


def away(member_ids: Iterable[int], on: date) -> dict[int, date]:
    """Those who are absent that day, with the last day of their absence."""
    return {pk: absence.last for pk, absence in absences_on(on, list(member_ids)).items()}


@dataclass(frozen=True)
class Person:
    """A candidate as the preview and the search show it."""

    member: Membership
    load: int
    away_until: date | None
    is_qualified: bool

    @property
    def name(self) -> str:
        return self.member.name


def told(members: Sequence[Membership], reason: Reason | None, on: date) -> list[Person]:
    """Those members with their load and absences, the qualified first, then by load."""
    ids = [member.pk for member in members]
    carried, absent = loads(ids), away(ids, on)
    knows = qualified_ids(reason) if reason is not None else set()
    people = [
        Person(member, carried[member.pk], absent.get(member.pk), member.pk in knows)
        for member in members
    ]
    people.sort(key=lambda p: (not p.is_qualified, p.away_until is not None, p.load, p.member.pk))
    return people


def fairest(people: Sequence[Person]) -> Person | None:
    """The qualified person who is here and carries the least."""
    here = [p for p in people if p.is_qualified and p.away_until is None]
    return min(here, key=lambda p: (p.load, p.member.pk), default=None)


def found(company_id: int | None, text: str, limit: int = 30) -> list[Membership]:
    """Candidates whose name or mail holds every word, whatever the accents."""
    words = search_text(text).split()[:8]
    rows = candidates(company_id)
    hits = [
        member
        for member in rows
        if all(word in search_text(member.name, member.user.email) for word in words)
    ]
    return hits[:limit]


def branch_filter(member: Membership) -> Q:
    """Managers a hierarchical member may choose or filter by."""
    return Q(pk__in=member.subordinate_ids()) if member.sees_only_own else Q()
