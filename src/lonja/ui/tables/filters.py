"""Filters of a list. Each owns its query parameters; nothing else of a request reaches the query
(R24)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.ahead import Question
from lonja.kit import dates, money
from lonja.kit.errors import Refused
from lonja.ui import formats

Choices = Sequence[tuple[str, Any]]
Apply = Callable[[QuerySet, Any], QuerySet]


class Filter:
    """One chip. `field` is a database lookup path, or `apply(queryset, value)` does the work."""

    template = "ui/filters/choices.html"

    def __init__(
        self,
        name: str,
        label: Any,
        *,
        field: str = "",
        apply: Apply | None = None,
        permission: str = "",
    ) -> None:
        self.name, self.label, self.field = name, label, field
        self._apply, self.permission = apply, permission

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)

    def read(self, params: QueryDict, member: Any) -> Any:
        """The value asked for, or None when there is none (or it is not one of ours)."""
        raise NotImplementedError

    def narrow(self, queryset: QuerySet, value: Any) -> QuerySet:
        if self._apply is not None:
            return self._apply(queryset, value)
        return self.narrow_field(queryset, value)

    def narrow_field(self, queryset: QuerySet, value: Any) -> QuerySet:
        return queryset.filter(**{self.field: value})

    def describe(self, value: Any, member: Any) -> str:
        raise NotImplementedError

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        """What the chip's template needs."""
        return {}

    def asks(self, member: Any) -> Sequence[Question]:
        """What `context` asks the database, where it can be asked before (`accounts.ahead`)."""
        return ()


class ChoiceFilter(Filter):
    """One or several values of a short list: pairs, or a callable giving them for a member (which
    may say in `asked(member)` what it asks the database)."""

    def __init__(
        self,
        name: str,
        label: Any,
        choices: Choices | type | Callable[[Any], Choices],
        *,
        multiple: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, label, **kwargs)
        self.choices, self.multiple = choices, multiple
        self._source: Any = choices
        self.field = self.field or name

    def options(self, member: Any) -> list[tuple[str, Any]]:
        source = self.choices
        if hasattr(source, "choices"):
            source = source.choices
        elif callable(source):
            source = source(member)
        return [(str(value), label) for value, label in source]

    def read(self, params: QueryDict, member: Any) -> list[str] | None:
        if self.name not in params:
            return None
        known = dict(self.options(member))
        asked = [value for value in dict.fromkeys(params.getlist(self.name)) if value in known]
        return asked if self.multiple else asked[:1] or None

    def narrow_field(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        return queryset.filter(**{f"{self.field}__in": value})

    def describe(self, value: list[str], member: Any) -> str:
        labels = dict(self.options(member))
        if len(value) > 2:
            return _t("%(n)s elegidos") % {"n": len(value)}
        return ", ".join(str(labels[one]) for one in value)

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        chosen = value or []
        options = [
            {"value": v, "label": label, "on": v in chosen} for v, label in self.options(member)
        ]
        return {"options": options, "multiple": self.multiple}

    def asks(self, member: Any) -> Sequence[Question]:
        asked = getattr(self._source, "asked", None)
        return asked(member) if asked is not None else ()


class RowFilter(ChoiceFilter):
    """Rows of another table (agents, families, series…): a `Seen`, or `rows(member)`."""

    def __init__(
        self, name: str, label: Any, rows: Callable[[Any], QuerySet | list[Any]], **kwargs: Any
    ) -> None:
        super().__init__(
            name, label, lambda member: [(str(r.pk), str(r)) for r in rows(member)[:100]], **kwargs
        )
        self._source = rows


class FlagFilter(Filter):
    """A yes/no chip: «Con deuda»."""

    template = "ui/filters/flag.html"

    def read(self, params: QueryDict, member: Any) -> bool | None:
        return True if params.get(self.name) == "1" else None

    def describe(self, value: bool, member: Any) -> str:
        return ""


PRESETS: tuple[tuple[str, Any], ...] = (
    ("hoy", _("Hoy")),
    ("semana", _("Esta semana")),
    ("mes", _("Este mes")),
    ("mes-pasado", _("El mes pasado")),
    ("trimestre", _("Este trimestre")),
    ("ano", _("Este año")),
    ("30-dias", _("Próximos 30 días")),
)


def period(preset: str, today: date) -> tuple[date, date] | None:
    """First and last day (both included) of a preset."""
    month = today.replace(day=1)
    if preset == "hoy":
        return today, today
    if preset == "semana":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=6)
    if preset == "mes":
        return month, dates.month_end(today)
    if preset == "mes-pasado":
        return dates.add_months(month, -1), month - timedelta(days=1)
    if preset == "trimestre":
        start = month.replace(month=(today.month - 1) // 3 * 3 + 1)
        return start, dates.month_end(dates.add_months(start, 2))
    if preset == "ano":
        return today.replace(month=1, day=1), today.replace(month=12, day=31)
    if preset == "30-dias":
        return today, today + timedelta(days=30)
    return None


class DateFilter(Filter):
    """A preset, or from and to. `instants=True` when the column holds instants."""

    template = "ui/filters/dates.html"

    def __init__(self, name: str, label: Any, *, instants: bool = False, **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.instants = instants
        self.field = self.field or name

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name, f"{self.name}_desde", f"{self.name}_hasta")

    def read(self, params: QueryDict, member: Any) -> tuple[str, date | None, date | None] | None:
        today = timezone.localdate()
        preset = params.get(self.name, "")
        span = period(preset, today)
        if span:
            return (preset, *span)
        ends = [_day(params.get(name, ""), today) for name in self.parameters[1:]]
        return ("", ends[0], ends[1]) if any(ends) else None

    def narrow_field(self, queryset: QuerySet, value: tuple) -> QuerySet:
        _preset, first, last = value
        path = f"{self.field}__date" if self.instants else self.field
        limits = Q()
        if first:
            limits &= Q(**{f"{path}__gte": first})
        if last:
            limits &= Q(**{f"{path}__lte": last})
        return queryset.filter(limits)

    def describe(self, value: tuple, member: Any) -> str:
        preset, first, last = value
        if preset:
            return str(dict(PRESETS)[preset])
        if first and last:
            return f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"
        if first:
            return _t("desde %(day)s") % {"day": f"{first:%d/%m/%Y}"}
        return _t("hasta %(day)s") % {"day": f"{last:%d/%m/%Y}"}

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        preset = value[0] if value else ""
        presets = [{"value": v, "label": label, "on": v == preset} for v, label in PRESETS]
        typed = ["" if preset else params.get(name, "") for name in self.parameters[1:]]
        return {"presets": presets, "ends": list(zip(self.parameters[1:], typed, strict=True))}


def _day(text: str, today: date) -> date | None:
    try:
        return dates.parse_date(text, today) if text else None
    except Refused:
        return None


class AmountFilter(Filter):
    """Between two amounts in euros, over a column of cents."""

    template = "ui/filters/amounts.html"

    def __init__(self, name: str, label: Any, **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.field = self.field or name

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"{self.name}_min", f"{self.name}_max")

    def read(self, params: QueryDict, member: Any) -> tuple[int | None, int | None] | None:
        low, high = (_cents(params.get(name, "")) for name in self.parameters)
        return None if low is None and high is None else (low, high)

    def narrow_field(self, queryset: QuerySet, value: tuple[int | None, int | None]) -> QuerySet:
        low, high = value
        if low is not None:
            queryset = queryset.filter(**{f"{self.field}__gte": low})
        if high is not None:
            queryset = queryset.filter(**{f"{self.field}__lte": high})
        return queryset

    def describe(self, value: tuple[int | None, int | None], member: Any) -> str:
        low, high = value
        if low is not None and high is not None:
            return f"{formats.money(low)} – {formats.money(high)}"
        return f"≥ {formats.money(low)}" if low is not None else f"≤ {formats.money(high)}"

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        return {"ends": [(name, params.get(name, "")) for name in self.parameters]}


def _cents(text: str) -> int | None:
    try:
        return money.to_cents(money.parse_amount(text)) if text else None
    except Refused:
        return None
