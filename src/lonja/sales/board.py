"""The embudo as it is shown: columns with their sums, and some cards of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import Among, Prepared
from lonja.sales import next_step
from lonja.sales.models import Opportunity, OpportunityStatus, PipelineStage
from lonja.sales.offers_table import OpportunityTable

CARDS = 15  # of each column at first, and each time more are asked for
CLOSED_DAYS = 30  # how long won and lost ones stay on the board
FILTERS = ("agente", "cierre", "origen", "importe", "fecha")
SHOWN = ("q", "sin-tarea", "columna")


_cards = Prepared(
    lambda: (
        Opportunity.objects.filter(Among("pk", "ids"))
        .select_related("party", "agent__user")
        .order_by("-stage_since", "-pk")
    )
)


class BoardRows(OpportunityTable):
    """The ofertas of a company through the filters of the list, without its columns."""

    slug = ""

    def rows(self) -> Any:
        return Opportunity.objects.visible_to(self.member)


@dataclass
class Card:
    offer: Opportunity
    step: next_step.NextStep | None
    days: int
    url: str


@dataclass
class Column:
    stage: PipelineStage
    count: int = 0
    cents: int = 0
    weighted: int = 0
    cards: list[Card] = field(default_factory=list)
    more: str = ""  # mark of the last card, when there are more

    @property
    def is_end(self) -> bool:
        return not self.stage.is_open


class Board:
    """What a member sees of the embudo of a company, for the filters of a request."""

    def __init__(self, member: Membership, company: Company, params: QueryDict) -> None:
        self.member, self.company, self.params = member, company, params
        self.table = BoardRows(member, params)
        self.now = timezone.now()

    @cached_property
    def rows(self) -> Any:
        """Open ones, and those closed lately, that pass the filters."""
        since = self.now - timedelta(days=CLOSED_DAYS)
        rows = self.table.base.filter(company=self.company)
        rows = rows.filter(Q(status=OpportunityStatus.OPEN) | Q(closed_at__gte=since))
        for one in self.table.shown_filters:
            if one.name in FILTERS and one.name in self.table.values:
                rows = one.narrow(rows, self.table.values[one.name])
        if self.params.get("sin-tarea") == "1":
            rows = next_step.without(rows, self.member)
        return self.table.search(rows, self.table.text) if self.table.text else rows

    @property
    def is_filtered(self) -> bool:
        names = {name for name in self.table.values if name in FILTERS}
        return bool(names or self.table.text or self.params.get("sin-tarea") == "1")

    @cached_property
    def stages(self) -> list[PipelineStage]:
        """Those in use, and the retired ones where some oferta stayed."""
        held = Opportunity.objects.filter(company=self.company, status=OpportunityStatus.OPEN)
        rows = PipelineStage.objects.filter(company=self.company)
        return list(rows.filter(Q(retired_at=None) | Q(pk__in=held.values("stage_id"))))

    @cached_property
    def columns(self) -> list[Column]:
        columns = {stage.pk: Column(stage) for stage in self.stages}
        sums = (
            self.rows.order_by()
            .values("stage_id")
            .annotate(
                n=Count("pk"),
                cents=Sum("amount_cents"),
                weighted=Sum(F("amount_cents") * F("probability_pct")),
            )
        )
        for row in sums:
            column = columns[row["stage_id"]]
            column.count, column.cents = row["n"], row["cents"]
            column.weighted = row["weighted"]
        return list(columns.values())

    def fill(self) -> list[Column]:
        """The columns with their first cards."""
        places = self.rows.annotate(
            place=Window(
                RowNumber(),
                partition_by=F("stage_id"),
                order_by=[F("stage_since").desc(), F("pk").desc()],
            )
        )
        ids = list(places.filter(place__lte=CARDS).values_list("pk", flat=True))
        by_stage: dict[int, list[Card]] = {}
        for card in self.cards(ids):
            by_stage.setdefault(card.offer.stage_id, []).append(card)
        for column in self.columns:
            column.cards = by_stage.get(column.stage.pk, [])
            if column.cards and column.count > len(column.cards):
                column.more = mark(column.cards[-1].offer)
        return self.columns

    def cards(self, ids: Sequence[int]) -> list[Card]:
        """Cards of those ofertas, the last to arrive in its stage first."""
        found = _cards.all(ids=ids)
        next_step.attach(found, self.member)
        root = reverse("sales:opportunity_list")  # once: a board has many cards
        return [
            Card(
                one,
                next_step.of(one, self.now) if one.is_open else None,
                max(0, (self.now - one.stage_since).days),
                f"{root}{one.pk}/",
            )
            for one in found
        ]

    def after(self, stage: PipelineStage, text: str) -> Column:
        """More cards of a column, those after a mark."""
        rows = self.rows.filter(stage=stage)
        since, pk = read_mark(text)
        if since is not None:
            rows = rows.filter(Q(stage_since__lt=since) | Q(stage_since=since, pk__lt=pk))
        ids = list(rows.order_by("-stage_since", "-pk").values_list("pk", flat=True)[: CARDS + 1])
        column = Column(stage, cards=self.cards(ids[:CARDS]))
        if len(ids) > CARDS:
            column.more = mark(column.cards[-1].offer)
        return column

    @property
    def open_columns(self) -> list[Column]:
        return [column for column in self.columns if not column.is_end]

    @property
    def total_cents(self) -> int:
        return sum(column.cents for column in self.open_columns)

    @property
    def weighted_cents(self) -> int:
        return (sum(column.weighted for column in self.open_columns) + 50) // 100

    @property
    def count(self) -> int:
        return sum(column.count for column in self.open_columns)

    @cached_property
    def shown_stage(self) -> int:
        """The column a phone shows: the one asked for, else the first."""
        asked = self.params.get("columna", "")
        ids = [stage.pk for stage in self.stages]
        return (
            int(asked)
            if asked.isascii() and asked.isdigit() and int(asked) in ids
            else (ids[0] if ids else 0)
        )

    # --- filters ------------------------------------------------------------------------------
    def link(self, **changes: str) -> str:
        kept = QueryDict(mutable=True)
        for key, values in self.params.lists():
            if key not in changes and any(values):
                kept.setlist(key, [value for value in values if value])
        for key, value in changes.items():
            if value:
                kept[key] = value
        return reverse("sales:pipeline") + (f"?{kept.urlencode()}" if kept else "")

    @cached_property
    def query(self) -> str:
        """«?agente=3», what the filters add to an address."""
        return self.link().removeprefix(reverse("sales:pipeline"))

    def chips(self) -> list[dict[str, Any]]:
        """The filters as `ui/list_body.html` draws them."""
        chips = []
        for one in self.table.shown_filters:
            if one.name not in FILTERS:
                continue
            value = self.table.values.get(one.name)
            on = value is not None
            chips.append(
                {
                    "filter": one,
                    "label": one.label,
                    "on": on,
                    "text": one.describe(value, self.member) if on else "",
                    "clear_url": self.link(**dict.fromkeys(one.parameters, "")),
                    **one.context(value, self.params, self.member),
                }
            )
        return chips

    def list_url(self, stage: PipelineStage) -> str:
        """The same ofertas of a column, in the list."""
        given = (
            {"etapa": str(stage.pk)}
            if stage.is_open
            else {"vista": _VIEWS[OpportunityStatus(stage.kind)]}
        )
        for name in ("agente", "origen"):
            if self.params.getlist(name):
                given[name] = self.params.getlist(name)  # type: ignore[assignment]
        if self.table.text:
            given["q"] = self.table.text
        return f"{reverse('sales:opportunity_list')}?{urlencode(given, doseq=True)}"


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VIEWS = {OpportunityStatus.WON: "ganadas", OpportunityStatus.LOST: "perdidas"}


def mark(offer: Opportunity) -> str:
    """Where a card stands in its column."""
    return f"{(offer.stage_since - EPOCH) // timedelta(microseconds=1)}-{offer.pk}"


def read_mark(text: str) -> tuple[datetime | None, int]:
    moment, _dash, pk = text.partition("-")
    if not (moment.isascii() and moment.isdigit() and pk.isascii() and pk.isdigit()):
        return None, 0
    try:
        return EPOCH + timedelta(microseconds=int(moment)), int(pk[:18])
    except OverflowError:
        return None, 0


def only(columns: Sequence[Column], *stage_ids: int) -> list[Column]:
    return [column for column in columns if column.stage.pk in stage_ids]
