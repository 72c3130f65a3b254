"""Filters of the list of invoices."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from lonja.accounts.bulk import these
from lonja.accounts.models import Membership
from lonja.accounts.prepared import Prepared, Slot
from lonja.accounts.seen import Seen
from lonja.billing import follow_up
from lonja.billing.models import Invoice, Series
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.ui.tables import AmountFilter, ChoiceFilter
from lonja.ui.tables.table import COUNT_CAP


class StageFilter(ChoiceFilter):
    """How far an invoice got on its way to the customer."""

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        return follow_up.narrow(queryset, value)


def _totals(*ends: str) -> tuple[Prepared, Prepared]:
    """Ids of the invoices with those limits, as many as are few; and the one after them."""

    def found() -> Any:
        rows = Invoice.objects.filter(**{f"total_cents__{end}": Slot(end) for end in ends})
        return rows.order_by("total_cents", "pk").values_list("pk")

    return (
        Prepared(lambda: found()[:COUNT_CAP]),
        Prepared(lambda: found()[COUNT_CAP : COUNT_CAP + 1]),
    )


_ENDS: tuple[tuple[str, ...], ...] = (("gte",), ("lte",), ("gte", "lte"))
_by_total = {ends: _totals(*ends) for ends in _ENDS}


def with_totals(queryset: Any, low: int | None, high: int | None) -> Any:
    """Narrow to totals between two amounts in cents, both included; None: no limit.

    Few rows are found by the index of totals; many (a thousand or more) by walking the dates
    until a page is full. Left to choose, SQLite sorts them all or walks a million.
    """
    limits = {"gte": low, "lte": high}
    asked = {end: cents for end, cents in limits.items() if cents is not None}
    few, next_one = _by_total[tuple(asked)]
    if next_one.first(**asked) is None:
        return queryset.filter(pk__in=these([pk for (pk,) in few.all(**asked)]))
    queryset = queryset.alias(any_total=F("total_cents") + 0)
    return queryset.filter(**{f"any_total__{end}": cents for end, cents in asked.items()})


class TotalFilter(AmountFilter):
    """Between two totals."""

    def narrow_field(self, queryset: Any, value: tuple[int | None, int | None]) -> Any:
        return with_totals(queryset, *value)


def failed_mail(rows: Any, _value: Any) -> Any:
    mails = OutgoingMail.objects.filter(about_type="billing.invoice", status=MailStatus.FAILED)
    return rows.filter(pk__in=mails.values("about_id"))


agents = Seen(
    Membership,
    lambda rows: rows.select_related("user").order_by("user__full_name")[:100],
    see=Membership.branch,
)
series = Seen(Series, lambda rows: rows.order_by("code")[:100])
