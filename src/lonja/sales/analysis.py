"""«Análisis de ventas»: what becomes of ofertas and presupuestos.

Ofertas count in the period in which they were created, whatever happened to them later; losses, in
the period in which they were lost; presupuestos, in the period in which they were sent or signed.
Every figure is the number of rows of a list, and carries the address of that list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.kit.dates import add_months, month_end, parse_date
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.sales.models import (
    Opportunity,
    OpportunityStatus,
    PipelineStage,
    Quote,
    QuoteLine,
    QuoteStatus,
    StageChange,
)
from lonja.sales.pipeline_defaults import END_POSITION

WON_PLACE = END_POSITION * 10
DAY = timedelta(days=1)
MOST_WEEKS = 53


def presets(today: date) -> dict[str, tuple[str, date, date]]:
    """Periods to choose from: name → (label, first day, last day)."""
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    return {
        "mes": (_("Este mes"), month, month_end(today)),
        "trimestre": (_("Este trimestre"), quarter, month_end(add_months(quarter, 2))),
        "ano": (_("Este año"), today.replace(month=1, day=1), today.replace(month=12, day=31)),
        "12-meses": (_("Últimos 12 meses"), add_months(month, -11), today),
    }


@dataclass(frozen=True)
class Figure:
    """A number of documents, what they add up to, and where they are listed."""

    count: int
    url: str
    cents: int = 0


@dataclass
class Row:
    """A line of a table: who or what, and the figures of its ofertas."""

    label: str
    made: Figure
    won: Figure
    lost: Figure
    open: Figure

    @property
    def conversion(self) -> int | None:
        """Per cent won of those decided; None when none is."""
        return percent(self.won.count, self.won.count + self.lost.count)


@dataclass(frozen=True)
class StageRow:
    name: str
    figure: Figure
    share: int  # per cent of all that were created
    step: int | None  # per cent of those that reached the stage before


@dataclass(frozen=True)
class ProductRow:
    label: str
    sent: Figure
    signed: Figure

    @property
    def conversion(self) -> int | None:
        return percent(self.signed.count, self.sent.count)


@dataclass(frozen=True)
class Week:
    """Monday to Sunday, within the period."""

    first: date
    last: date
    sent: Figure
    opened: Figure
    signed: Figure


@dataclass(frozen=True)
class Waiting:
    """Days from sending to signing."""

    count: int
    median: float | None = None
    p90: float | None = None


def percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def reached(rows: Any, stage: PipelineStage) -> Any:
    """Ofertas that were ever in that stage or further on, or won."""
    further = Q(to_stage__kind=OpportunityStatus.OPEN, to_stage__position__gte=stage.position)
    if not stage.is_open:
        further = Q(to_stage=stage)
    changes = StageChange.objects.filter(
        further | Q(to_stage__kind=OpportunityStatus.WON), opportunity=OuterRef("pk")
    )
    return rows.filter(Exists(changes))


class Analysis:
    """The figures of a company for what a member may see, a period and some filters."""

    def __init__(self, member: Membership, company: Company, params: QueryDict) -> None:
        self.member, self.company, self.params = member, company, params
        self.today = company.today()
        options = presets(self.today)
        asked = params.get("periodo", "")
        first, last = self._day("desde"), self._day("hasta")
        self.preset = asked if asked in options else "" if first or last else "12-meses"
        if self.preset:
            _label, first, last = options[self.preset]
        self.last = last or self.today
        self.first = min(first or add_months(self.last, -12), self.last)
        self.agent = row_id(params.get("agente", ""))
        self.source = row_id(params.get("origen", ""))

    def _day(self, name: str) -> date | None:
        text = str(self.params.get(name, ""))
        try:
            return parse_date(text, self.today) if text else None
        except Refused:
            return None

    # --- rows ---------------------------------------------------------------------------------
    @cached_property
    def offers(self) -> Any:
        """Every oferta the filters leave, of any time."""
        rows = Opportunity.objects.visible_to(self.member).filter(company=self.company)
        if self.agent:
            rows = rows.filter(agent_id=self.agent)
        return rows.filter(party__lead_source_id=self.source) if self.source else rows

    @cached_property
    def made(self) -> Any:
        """Those created in the period."""
        return self.offers.filter(created_on__gte=self.first, created_on__lte=self.last)

    @cached_property
    def quotes(self) -> Any:
        rows = Quote.objects.visible_to(self.member).filter(company=self.company)
        if self.agent:
            rows = rows.filter(agent_id=self.agent)
        return rows.filter(party__lead_source_id=self.source) if self.source else rows

    def _instants(self, name: str, first: date, last: date) -> dict[str, datetime]:
        zone = self.company.zone
        return {
            f"{name}__gte": datetime.combine(first, time.min, tzinfo=zone),
            f"{name}__lt": datetime.combine(last + DAY, time.min, tzinfo=zone),
        }

    @cached_property
    def _company(self) -> int | str:
        """The company for an address, where there are several."""
        return self.company.pk if Company.objects.count() > 1 else ""

    # --- addresses ----------------------------------------------------------------------------
    def _list(self, name: str, **asked: Any) -> str:
        given: dict[str, Any] = {}
        if self.agent:
            given["agente"] = self.agent
        if self.source:
            given["origen"] = self.source
        given |= asked
        kept = {key: value for key, value in given.items() if value not in ("", None)}
        return f"{reverse(name)}?{urlencode(kept)}"

    def offers_url(self, **asked: Any) -> str:
        """The list of those created in the period, narrowed further."""
        period = {"fecha_desde": _typed(self.first), "fecha_hasta": _typed(self.last)}
        return self._list(
            "sales:opportunity_list",
            **{"vista": "todas", "empresa": self._company, **period, **asked},
        )

    def quotes_url(self, moment: str, first: date, last: date, **asked: Any) -> str:
        days = {f"{moment}_desde": _typed(first), f"{moment}_hasta": _typed(last)}
        return self._list("sales:quote_list", empresa=self._company, **days, **asked)

    # --- figures ------------------------------------------------------------------------------
    @cached_property
    def total(self) -> Row:
        rows = self._rows(None)
        return rows[0] if rows else self._row(_("Total"), {}, {})

    def by_agent(self) -> list[Row]:
        """Those who have most first."""
        return self._rows("agent_id", "agent__user__full_name", "agent__user__email")

    def by_source(self) -> list[Row]:
        return self._rows("party__lead_source_id", "party__lead_source__name")

    def _rows(self, key: str | None, *labels: str) -> list[Row]:
        names = [key, *labels] if key else []
        found: dict[Any, dict[str, tuple[int, int]]] = {}
        words: dict[Any, str] = {}
        grouped = self.made.order_by().values(*names, "status")
        for row in grouped.annotate(n=Count("pk"), cents=Sum("amount_cents")):
            value = row[key] if key else None
            found.setdefault(value, {})[row["status"]] = (row["n"], row["cents"])
            words[value] = next((row[label] for label in labels if row[label]), "")
        rows = []
        for value, sums in found.items():
            asked: dict[str, Any] = {}
            if key == "agent_id":
                asked = {"agente": value if value is not None else "nadie"}
            elif key:
                asked = {"origen": value if value is not None else "sin-origen"}
            rows.append(self._row(words[value] or _("Sin indicar"), sums, asked))
        return sorted(rows, key=lambda row: (-row.made.count, row.label))

    def _row(self, label: str, sums: dict[str, tuple[int, int]], asked: dict[str, Any]) -> Row:
        def figure(status: str, view: str) -> Figure:
            n, cents = sums.get(status, (0, 0))
            return Figure(n, self.offers_url(**{**asked, "vista": view}), cents)

        every = (sum(n for n, _c in sums.values()), sum(cents for _n, cents in sums.values()))
        return Row(
            label,
            Figure(every[0], self.offers_url(**asked), every[1]),
            figure("won", "ganadas"),
            figure("lost", "perdidas"),
            figure("open", ""),
        )

    def funnel(self) -> list[StageRow]:
        """How many of those created reached each stage, and were won."""
        place = Case(
            When(to_stage__kind=OpportunityStatus.WON, then=Value(WON_PLACE)),
            When(to_stage__kind=OpportunityStatus.OPEN, then=F("to_stage__position")),
            default=Value(0),
            output_field=IntegerField(),
        )
        changes = StageChange.objects.filter(opportunity__in=self.made.order_by().values("pk"))
        best = Counter(
            changes.order_by()
            .values("opportunity_id")
            .annotate(place=Max(place))
            .values_list("place", flat=True)
        )
        rows: list[StageRow] = []
        before = total = sum(best.values())
        stages = PipelineStage.objects.active().filter(company=self.company)
        for stage in stages.exclude(kind=OpportunityStatus.LOST):
            least = stage.position if stage.is_open else WON_PLACE
            n = sum(count for place_reached, count in best.items() if place_reached >= least)
            figure = Figure(n, self.offers_url(paso=stage.pk))
            step = percent(n, before) if rows else None
            rows.append(StageRow(stage.name, figure, percent(n, total) or 0, step))
            before = n
        return rows

    def by_product(self, limit: int = 20) -> list[ProductRow]:
        """What was offered in presupuestos sent in the period, and how often it was signed."""
        sent = self.quotes.filter(**self._instants("sent_at", self.first, self.last))
        lines = QuoteLine.objects.filter(quote__in=sent.order_by().values("pk"))
        taken = Q(quote__status=QuoteStatus.ACCEPTED)
        grouped = (
            lines.exclude(product=None)
            .order_by()
            .values("product_id", "product__name")
            .annotate(
                n=Count("quote", distinct=True),
                signed=Count("quote", distinct=True, filter=taken),
                cents=Sum("net_cents"),
                won=Sum("net_cents", filter=taken),
            )
            .order_by("-n", "product__name")[:limit]
        )
        rows = []
        for row in grouped:
            url = self.quotes_url("enviado", self.first, self.last, producto=row["product_id"])
            rows.append(
                ProductRow(
                    row["product__name"],
                    Figure(row["n"], url, row["cents"] or 0),
                    Figure(row["signed"], f"{url}&vista=firmados", row["won"] or 0),
                )
            )
        return rows

    def losses(self) -> list[tuple[str, Figure]]:
        """Ofertas lost in the period, by reason; those of most money first."""
        lost = self.offers.filter(
            status=OpportunityStatus.LOST, **self._instants("closed_at", self.first, self.last)
        )
        grouped = lost.order_by().values("lost_reason_id", "lost_reason__name")
        rows = []
        for row in grouped.annotate(n=Count("pk"), cents=Sum("amount_cents")):
            url = self._list(
                "sales:opportunity_list",
                vista="perdidas",
                empresa=self._company,
                cerrada_desde=_typed(self.first),
                cerrada_hasta=_typed(self.last),
                motivo=row["lost_reason_id"],
            )
            label = row["lost_reason__name"] or _("Sin indicar")
            rows.append((label, Figure(row["n"], url, row["cents"])))
        return sorted(rows, key=lambda row: (-row[1].cents, row[0]))

    def signing(self) -> tuple[Waiting, str]:
        """How long customers took to sign what was signed in the period."""
        rows = self.quotes.filter(
            status=QuoteStatus.ACCEPTED,
            sent_at__isnull=False,
            **self._instants("accepted_at", self.first, self.last),
        )
        took = sorted(
            max(0.0, (accepted - sent).total_seconds() / 86400)
            for sent, accepted in rows.values_list("sent_at", "accepted_at")
        )
        url = self.quotes_url("firmado", self.first, self.last, vista="firmados")
        return Waiting(len(took), percentile(took, 50), percentile(took, 90)), url

    def weeks(self) -> list[Week]:
        """Sent, opened for the first time and signed, week by week; a year at most."""
        monday = self.first - timedelta(days=self.first.weekday())
        end = min(self.last, self.today)
        starts = []
        while monday <= end:
            starts.append(monday)
            monday += timedelta(days=7)
        starts = starts[-MOST_WEEKS:]
        if not starts:
            return []
        first = max(starts[0], self.first)
        counts = {name: self._by_week(name, first, end) for name in _MOMENTS}
        weeks = []
        for start in starts:
            begins, ends = max(start, self.first), min(start + timedelta(days=6), end)
            figures = [
                Figure(counts[name][start], self.quotes_url(word, begins, ends))
                for name, word in _MOMENTS.items()
            ]
            weeks.append(Week(begins, ends, *figures))
        return weeks

    def _by_week(self, name: str, first: date, last: date) -> Counter[date]:
        rows = self.quotes.filter(**self._instants(name, first, last))
        days = (
            moment.astimezone(self.company.zone).date()
            for moment in rows.values_list(name, flat=True)
        )
        return Counter(day - timedelta(days=day.weekday()) for day in days)


_MOMENTS = {"sent_at": "enviado", "first_viewed_at": "abierto", "accepted_at": "firmado"}


def percentile(ordered: Sequence[float], share: int) -> float | None:
    """The value that so many per cent do not pass (nearest rank); the median of an even number is
    between the two in the middle."""
    if not ordered:
        return None
    if share == 50:
        middle = len(ordered) // 2
        if len(ordered) % 2:
            return ordered[middle]
        return (ordered[middle - 1] + ordered[middle]) / 2
    return ordered[math.ceil(share / 100 * len(ordered)) - 1]


def _typed(day: date) -> str:
    return f"{day:%d/%m/%Y}"
