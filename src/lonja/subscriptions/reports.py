"""MRR and forecast, read from the terms of the plans.

The monthly value of a plan comes from `mrr.monthly_amount` and is kept in its terms; every figure
here is a sum of them, so that a drill-down always adds up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, F, Min, Q, Sum, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.ahead import Question
from lonja.accounts.models import Membership
from lonja.accounts.prepared import Among, Slot
from lonja.accounts.seen import Seen, how_many
from lonja.accounts.textsearch import filter_text
from lonja.billing.models import MonthlySales
from lonja.kit.dates import add_months, month_end
from lonja.kit.money import format_eur, from_cents
from lonja.kit.text import search_text
from lonja.parties.figures import CountOfParty
from lonja.subscriptions.calendar import period_start
from lonja.subscriptions.models import Obligation, Outcome, Plan, PlanStatus, PlanTerm, Unit
from lonja.ui.registry import Hit

MOVEMENT_LABELS = {
    "new": _("Nuevo"),
    "expansion": _("Ampliación"),
    "contraction": _("Reducción"),
    "churn": _("Baja"),
    "reactivation": _("Reactivación"),
}


def terms_of(member: Membership) -> Any:
    """The terms a member may see: of its companies and, if hierarchical, of its own clients."""
    terms = PlanTerm.objects.visible_to(member)
    if member.sees_only_own:
        terms = terms.filter(party__agent_id__in=member.subordinate_ids())
    return terms


def active_on(day: Any) -> Q:
    """Terms that count at the close of a day: first day included, last excluded."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gt=day))


def mrr(terms: Any, day: date) -> int:
    """MRR at the close of a day, in cents, net of tax."""
    return terms.filter(active_on(day)).aggregate(s=Sum("monthly_cents"))["s"] or 0


def mrr_closes(terms: Any, days: Sequence[date]) -> list[int]:
    """MRR at the close of each of those days, in cents, with one query."""
    sums = {
        f"d{n}": Sum(Case(When(active_on(day), then=F("monthly_cents")), default=Value(0)))
        for n, day in enumerate(days)
    }
    found = terms.aggregate(**sums)
    return [found[f"d{n}"] or 0 for n in range(len(days))]


def month_closes(today: date, months: int) -> list[date]:
    """The last day of each of the months before this one, and today: oldest first."""
    first = today.replace(day=1)
    closes = [month_end(add_months(first, -back)) for back in range(months - 1, 0, -1)]
    return [*closes, today]


@dataclass(frozen=True)
class Change:
    """What moved the MRR of one customer between two closes, in cents."""

    party_id: int
    kind: str
    cents: int

    @property
    def label(self) -> Any:
        return MOVEMENT_LABELS[self.kind]


def changes(terms: Any, previous: date, on: date) -> list[Change]:
    """Movements of each customer between the close of two days, as `mrr.movements` defines them.

    A customer with nothing at the previous close is new, or a reactivation when some plan of
    theirs had begun by then.
    """
    rows = (
        terms.values("party_id")
        .annotate(
            was=Sum(Case(When(active_on(previous), then=F("monthly_cents")), default=Value(0))),
            now=Sum(Case(When(active_on(on), then=F("monthly_cents")), default=Value(0))),
            begun=Min("starts_on"),
        )
        .order_by("party_id")
    )
    moved = []
    for row in rows.exclude(was=F("now")):
        was, now = row["was"], row["now"]
        if not was:
            kind = "reactivation" if row["begun"] <= previous else "new"
        elif not now:
            kind = "churn"
        else:
            kind = "expansion" if now > was else "contraction"
        moved.append(Change(row["party_id"], kind, now - was))
    return moved


def by_kind(moved: Iterable[Change]) -> dict[str, int]:
    """Cents of each kind of movement, the five always there."""
    sums = dict.fromkeys(MOVEMENT_LABELS, 0)
    for change in moved:
        sums[change.kind] += change.cents
    return sums


def mrr_of_parties(member: Membership, party_ids: Iterable[int], day: date) -> dict[int, int]:
    """MRR of some clients at the close of a day, in cents; clients without any are left out."""
    return dict(_mrr_of_parties.all(member, parties=list(party_ids), day=day))


_mrr_of_parties = Seen(
    PlanTerm,
    lambda rows: (
        rows.filter(Among("party_id", "parties"), active_on(Slot("day", DateField())))
        .values_list("party_id")
        .annotate(s=Sum("monthly_cents"))
        .order_by()
    ),
    see=terms_of,
)


# A layer of the forecast: (label, colour, function(member, company_ids, months) → cents by month).
Layer = Callable[[Membership, Sequence[date]], dict[date, int]]


@dataclass(frozen=True)
class ForecastLayer:
    """Figures that another room adds to the forecast."""

    code: str
    label: Any
    read: Layer
    url_name: str = ""


_layers: list[ForecastLayer] = []


def register_layer(code: str, label: Any, read: Layer, url_name: str = "") -> None:
    """Add a layer on top of the forecast: `read(member, months)` gives cents without tax by month
    (first days). Rooms above call it from `apps.ready()` (weighted quotes)."""
    if all(layer.code != code for layer in _layers):
        _layers.append(ForecastLayer(code, label, read, url_name))


def layers() -> list[ForecastLayer]:
    """Facturado, Recurrente and whatever rooms above added, in that order."""
    return [
        ForecastLayer("invoiced", _("Facturado"), invoiced_by_month),
        ForecastLayer("recurring", _("Recurrente"), recurring_by_month),
        *_layers,
    ]


def forecast_months(today: date, count: int) -> list[date]:
    """The first days of this month and the following ones."""
    return [add_months(today.replace(day=1), n) for n in range(count)]


def invoiced_by_month(member: Membership, months: Sequence[date]) -> dict[date, int]:
    """What is already invoiced, without tax."""
    rows = MonthlySales.objects.visible_to(member).filter(month__in=months)
    if member.sees_only_own:
        return _own_invoiced(member, months)
    return dict(rows.values_list("month").annotate(s=Sum("base_cents")).order_by())


def _own_invoiced(member: Membership, months: Sequence[date]) -> dict[date, int]:
    from django.db.models.functions import TruncMonth

    from lonja.billing.models import Invoice

    rows = (
        Invoice.objects.visible_to(member)
        .issued()
        .filter(issued_on__gte=months[0], issued_on__lt=add_months(months[-1], 1))
        .annotate(month=TruncMonth("issued_on"))
        .values_list("month")
        .annotate(s=Sum("base_cents"))
        .order_by()
    )
    return dict(rows)


def recurring_by_month(member: Membership, months: Sequence[date]) -> dict[date, int]:
    """What active plans will invoice from their next period on, without tax.

    Periods late (refused or not billed yet) fall in the first month.
    """
    last = add_months(months[-1], 1) - timedelta(days=1)
    sums: dict[date, int] = defaultdict(int)
    # Plans of the same pace fall on the same days: one walk serves them all.
    paces = (
        Plan.objects.visible_to(member)
        .filter(status=PlanStatus.ACTIVE, next_on__lte=last)
        .values("anchor", "every", "unit", "until", "next_index")
        .annotate(cents=Sum("net_cents"))
        .order_by()
    )
    for pace in paces:
        cents = pace.pop("cents")
        for start in _starts(Plan(**pace), last):
            sums[max(start.replace(day=1), months[0])] += cents
    for obligation in _late(member):
        sums[months[0]] += obligation.plan.net_cents
    return dict(sums)


def _starts(plan: Plan, last: date) -> Iterable[date]:
    """The periods of a plan still to be invoiced that start by a day."""
    index = plan.next_index
    while (start := period_start(plan, index)) is not None and start <= last:
        yield start
        index += 1


def _late(member: Membership) -> Any:
    """Periods that were refused and are still owed."""
    late = Obligation.objects.filter(
        outcome=Outcome.REFUSED, plan__status=PlanStatus.ACTIVE
    ).select_related("plan")
    if member.sees_only_own:
        late = late.filter(plan__party__agent_id__in=member.subordinate_ids())
    return late


def refusals_of(plans: Sequence[Plan]) -> dict[int, str]:
    """Why a period of these plans was refused and is still owed, by the id of the plan."""
    refused = Obligation.objects.filter(plan__in=plans, outcome=Outcome.REFUSED)
    return dict(refused.order_by("-period_start").values_list("plan_id", "refusal"))


def coming(member: Membership, months: Sequence[date]) -> Iterable[tuple[date, int, Plan]]:
    """(month, cents without tax, plan) of each period to be invoiced within the months."""
    last = add_months(months[-1], 1) - timedelta(days=1)
    rows = Plan.objects.visible_to(member).filter(status=PlanStatus.ACTIVE, next_on__lte=last)
    for plan in rows.only(
        "anchor", "every", "unit", "until", "next_index", "net_cents", "name", "party"
    ).iterator(chunk_size=2000):
        for start in _starts(plan, last):
            yield max(start.replace(day=1), months[0]), plan.net_cents, plan
    for obligation in _late(member):
        yield months[0], obligation.plan.net_cents, obligation.plan


@dataclass(frozen=True)
class Forecast:
    """Cents by layer and month, with the months in order."""

    months: list[date]
    layers: list[ForecastLayer]
    cents: dict[str, dict[date, int]]

    def total(self, month: date) -> int:
        return sum(by_month.get(month, 0) for by_month in self.cents.values())

    @property
    def grand_total(self) -> int:
        return sum(self.total(month) for month in self.months)


def forecast(member: Membership, today: date, months: int) -> Forecast:
    """What this month and the next ones will bill, layer by layer."""
    days = forecast_months(today, months)
    found = layers()
    return Forecast(days, found, {layer.code: layer.read(member, days) for layer in found})


def percent_change(now: int, before: int) -> Decimal | None:
    """Change in percent with one decimal, or None without a base to compare with."""
    if not before:
        return None
    return (Decimal(now - before) * 100 / Decimal(before)).quantize(Decimal("0.1"))


def recurring_plans(member: Membership) -> Any:
    """Plans that make MRR (one-off services do not)."""
    return Plan.objects.visible_to(member).exclude(unit=Unit.ONCE)


def mrr_asked(member: Membership, party_ids: Iterable[int]) -> Sequence[Question]:
    """What `mrr_facts` asks."""
    return _mrr_of_parties.asked(member, parties=list(party_ids), day=timezone.localdate())


def mrr_facts(member: Membership, party_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The «MRR» figure of some clients, as the fact strip and the client list show it."""
    today = timezone.localdate()
    return {
        party_id: (format_eur(from_cents(cents)), "")
        for party_id, cents in mrr_of_parties(member, party_ids, today).items()
    }


def find_plans(member: Membership, text: str, limit: int) -> list[Hit]:
    """Plans for the palette."""
    rows = filter_text(Plan.objects.visible_to(member), search_text(text)).select_related("party")
    return [
        Hit(
            plan.name,
            f"{plan.party.name} · {plan.frequency_label}",
            reverse("subscriptions:plan", args=[plan.pk]),
            "repeat",
        )
        for plan in rows[:limit]
    ]


# How many services of a client are not ended.
plans_of_party = CountOfParty(
    Seen(
        Plan,
        lambda rows: how_many(rows.filter(party_id=Slot("party")).exclude(status=PlanStatus.ENDED)),
    )
)
