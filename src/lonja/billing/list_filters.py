"""Filters of the list of invoices."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext

from lonja.accounts.bulk import these
from lonja.accounts.models import Membership
from lonja.accounts.prepared import Prepared
from lonja.billing import follow_up
from lonja.billing.models import Invoice, Series
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.parties.merging import family
from lonja.parties.models import Party
from lonja.ui.tables import AmountFilter, ChoiceFilter
from lonja.ui.tables.table import COUNT_CAP


class StageFilter(ChoiceFilter):
    """How far an invoice got on its way to the customer."""

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        return follow_up.narrow(queryset, value)


def with_totals(queryset: Any, low: int | None, high: int | None) -> Any:
    """Narrow to totals between two amounts in cents, both included; None: no limit.

    Few rows are found by the index of totals; many (a thousand or more) by walking the dates
    until a page is full. Left to choose, SQLite sorts them all or walks a million.
    """
    limits = {"gte": low, "lte": high}
    asked = {end: cents for end, cents in limits.items() if cents is not None}
    found = Invoice.objects.filter(**{f"total_cents__{end}": c for end, c in asked.items()})
    ids = list(found.order_by("total_cents", "pk").values_list("pk", flat=True)[: COUNT_CAP + 1])
    if len(ids) <= COUNT_CAP:
        return queryset.filter(pk__in=these(ids))
    queryset = queryset.alias(any_total=F("total_cents") + 0)
    return queryset.filter(**{f"any_total__{end}": cents for end, cents in asked.items()})


class TotalFilter(AmountFilter):
    """Between two totals."""

    def narrow_field(self, queryset: Any, value: tuple[int | None, int | None]) -> Any:
        return with_totals(queryset, *value)


class ClientFilter(ChoiceFilter):
    """A client: the one asked for, and the first of the list."""

    def __init__(self, name: str, label: Any) -> None:
        super().__init__(name, label, _clients, field="party_id")

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
        return Party.objects.get(pk=value[0]).name

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        chosen = Party.objects.filter(pk__in=value).order_by("name") if value else ()
        shown = {str(party.pk): party.name for party in chosen}
        for pk, name in _clients(member):
            shown.setdefault(pk, name)
        options = [
            {"value": pk, "label": name, "on": pk in (value or [])} for pk, name in shown.items()
        ]
        return {"options": options, "multiple": True}


def _first_clients(rows: Any) -> Any:
    return rows.clients().order_by("name", "pk").values_list("pk", "name")[:25]


_all_clients = Prepared(lambda: _first_clients(Party.objects.all()))


def _clients(member: Any) -> list[tuple[str, str]]:
    if member.sees_only_own:
        found = list(_first_clients(Party.objects.visible_to(member)))
    else:
        found = _all_clients.all()
    return [(str(pk), name) for pk, name in found]


def failed_mail(rows: Any, _value: Any) -> Any:
    mails = OutgoingMail.objects.filter(about_type="billing.invoice", status=MailStatus.FAILED)
    return rows.filter(pk__in=mails.values("about_id"))


_all_agents = Prepared(
    lambda: Membership.objects.select_related("user").order_by("user__full_name")[:100]
)
_all_series = Prepared(lambda: Series.objects.order_by("code")[:100])


def agents(member: Any) -> Any:
    if not member.sees_only_own:
        return _all_agents.all()
    rows = Membership.objects.select_related("user").order_by("user__full_name")
    return rows.filter(pk__in=member.subordinate_ids())


def series(member: Any) -> Any:
    if not member.company_ids():
        return _all_series.all()
    return Series.objects.visible_to(member).order_by("code")
