"""What points to a party, and what becomes of it when two parties turn out to be the same.

Every reference moves to the one that is kept, also those of rooms that do not exist yet. What may
not be rewritten (issued invoices, money, evidence) says so with `stays`, in `apps.ready()` of its
room: it stays on the merged one and is read with `family` or `Party.root_id`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from lonja.accounts.locks import AppendOnly, FrozenColumns
from lonja.accounts.prepared import Among, Prepared
from lonja.parties.models import Party


@dataclass(frozen=True)
class Reference:
    """A column that points to parties. `label` is «app.Model.field»."""

    label: str
    model: type[models.Model]
    field: str

    @property
    def is_locked(self) -> bool:
        """Whether the database refuses to change it, at least in some rows."""
        lock = getattr(self.model, "database_lock", None)
        column = self.model._meta.get_field(self.field).attname  # type: ignore[union-attr]
        if isinstance(lock, AppendOnly):
            return True
        return isinstance(lock, FrozenColumns) and column in lock.columns

    @property
    def is_unique(self) -> bool:
        """Whether a row of the other may collide with one of the kept."""
        field = self.model._meta.get_field(self.field)
        if getattr(field, "unique", False):
            return True
        return any(
            self.field in constraint.fields
            for constraint in self.model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
        )


@dataclass(frozen=True)
class Stays:
    """Why it stays, and which rows may move all the same (a draft), if any. With `blocks`, a party
    that has such a row is not merged at all, and `why` is what the person reads."""

    why: Any
    movable: Q | None = None
    blocks: bool = False


_stays: dict[str, Stays] = {}


def stays(label: str, why: str, *, movable: Q | None = None) -> None:
    """Declare that the rows of «app.Model.field» do not move, but those of `movable`."""
    _stays[label] = Stays(why, movable)


def blocks(label: str, why: Any) -> None:
    """Declare that whoever has a row of «app.Model.field» is not merged: `why`, to the person."""
    _stays[label] = Stays(why, blocks=True)


_splits: list[Callable[[Sequence[int], Sequence[int]], None]] = []


def before_split(check: Callable[[Sequence[int], Sequence[int]], None]) -> None:
    """Have `check(ids that stay together, ids that leave)` called before undoing a merge; it
    raises Refused when what happened since cannot be split."""
    _splits.append(check)


def refuse_split(stay: Sequence[int], leave: Sequence[int]) -> None:
    for check in _splits:
        check(stay, leave)


def staying(label: str) -> Stays | None:
    return _stays.get(label)


def declared() -> dict[str, Stays]:
    return dict(_stays)


def references() -> Iterator[Reference]:
    """Every foreign key to Party in the installation, by label."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Party:
                label = f"{model._meta.app_label}.{model.__name__}.{field.name}"
                found.append(Reference(label, model, field.name))
    yield from sorted(found, key=lambda one: one.label)


_known: ContextVar[tuple[frozenset[int], dict[int, int]] | None] = ContextVar(
    "lonja_known_family", default=None
)


@contextmanager
def one_family(party_ids: Iterable[int]) -> Iterator[None]:
    """Within, `family` of these very ids is asked once: the figures of a page share it."""
    ids = list(party_ids)
    token = _known.set((frozenset(ids), family(ids)))
    try:
        yield
    finally:
        _known.reset(token)


def family(party_ids: Iterable[int]) -> dict[int, int]:
    """{id: the one it counts for} of these parties and of those merged into them. One query."""
    ids = list(party_ids)
    known = _known.get()
    if known is not None and known[0] == frozenset(ids):
        return known[1]
    found = {pk: pk for pk in ids}
    if not ids:
        return found
    found.update({pk: kept for pk, kept in _merged.all(ids=ids) if kept is not None})
    return found


_merged = Prepared(
    lambda: Party.objects.filter(Among("merged_into_id", "ids")).values_list("pk", "merged_into_id")
)


def family_of(party: Party | int) -> list[int]:
    """The ids of a party and of those merged into it: where its frozen rows may be."""
    return list(family([party.pk if isinstance(party, Party) else party]))


def gathered(sums: dict[int, Any], members: dict[int, int]) -> dict[int, Any]:
    """Amounts by party, each added to the one it counts for."""
    found: dict[int, Any] = {}
    for pk, amount in sums.items():
        root = members.get(pk, pk)
        found[root] = found[root] + amount if root in found else amount
    return found


def weight_of(party: Party) -> list[dict[str, Any]]:
    """How many rows of each kind would move with a party, and how many would stay with it."""
    found = []
    for one in references():
        rule = staying(one.label)
        rows = one.model._default_manager.filter(**{one.field: party})
        count = rows.count()
        if not count or (one.model._meta.app_label == "parties" and rule is not None):
            continue
        stay = count
        if rule is None:
            stay = 0
        elif rule.movable is not None:
            stay = rows.exclude(rule.movable).count()
        names = one.model._meta
        found.append(
            {
                "name": str(names.verbose_name if count == 1 else names.verbose_name_plural),
                "count": count,
                "stay": stay,
            }
        )
    return found


def roots(party_ids: Iterable[int]) -> dict[int, int]:
    """{id: the one it counts for}: itself, but of those merged into another. One query."""
    ids = set(party_ids)
    found = {pk: pk for pk in ids}
    rows = Party.objects.filter(pk__in=ids, merged_into__isnull=False)
    found.update({pk: kept for pk, kept in rows.values_list("pk", "merged_into_id") if kept})
    return found
