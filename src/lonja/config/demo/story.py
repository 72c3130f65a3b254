"""What happens in the year, day by day, on a calendar that the days themselves add to."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from django.db import transaction

from lonja.accounts.models import Company, Membership
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import Pending, issue_many, new_line
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Invoice, InvoiceLine
from lonja.catalogue.models import Product
from lonja.config.demo import clock
from lonja.kit.dates import add_months
from lonja.kit.money import from_cents
from lonja.parties.models import Party, PaymentMethod
from lonja.subscriptions.actions import plans as planning
from lonja.subscriptions.actions.bill import bill_due
from lonja.subscriptions.models import Plan, PlanStatus, PlanTerm
from lonja.subscriptions.reports import mrr

MONTHS = 12
# At the close of last month and today, in cents.
MRR_BEFORE, MRR_TODAY = 1_806_000, 1_864_250
START_PLANS = 60
SENT_IN_TIME = (PaymentMethod.DIRECT_DEBIT, PaymentMethod.CARD)


@dataclass
class Year:
    """The calendar and everybody in it."""

    rng: Random
    company: Company
    members: Sequence[Membership]
    clients: Sequence[Party]
    leads: Sequence[Party]
    products: dict[str, Product]
    today: date
    told: Callable[[int, int], None] = lambda _done, _total: None
    calendar: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    order: Any = field(default_factory=count)
    seen_invoice: int = 0
    never_paid: set[int] = field(default_factory=set)

    @property
    def first_day(self) -> date:
        return add_months(self.today.replace(day=1), -MONTHS)

    def on(self, day: date, hour: int, what: Callable[..., object], *args: Any) -> None:
        """Put something on the calendar, never after this moment of today."""
        moment = datetime.combine(
            min(day, self.today), time(hour, self.rng.randint(0, 59)), tzinfo=self.company.zone
        )
        heapq.heappush(self.calendar, (moment, next(self.order), lambda: what(*args)))

    def exactly(
        self, day: date, hour: int, minute: int, what: Callable[..., object], *args: Any
    ) -> None:
        """Put something on the calendar, without throwing its dice."""
        moment = datetime.combine(day, time(hour, minute), tzinfo=self.company.zone)
        heapq.heappush(self.calendar, (moment, next(self.order), lambda: what(*args)))

    def live(self) -> None:
        """Go through the calendar in order; each day is one transaction."""
        total = (self.today - self.first_day).days + 1
        day = self.first_day - timedelta(days=5)
        with clock.installed():
            while day <= self.today:
                with transaction.atomic():
                    self._live_day(day)
                done = (day - self.first_day).days + 1
                if done > 0 and done % 10 == 0:
                    self.told(done, total)
                day += timedelta(days=1)

    def _live_day(self, day: date) -> None:
        early = datetime.combine(day, time(8, 5), tzinfo=self.company.zone)
        billed = False
        while not billed or (self.calendar and self.calendar[0][0].date() <= day):
            if not billed and (not self.calendar or self.calendar[0][0] > early):
                with clock.at(early):
                    if bill_due(now=early) is not None:
                        self.expect_payments()
                billed = True
                continue
            moment, _order, what = heapq.heappop(self.calendar)
            with clock.at(moment):
                what()

    # --- money in ---------------------------------------------------------------------------

    def expect_payments(self) -> None:
        """Each new invoice will be paid one day, perhaps after today."""
        fresh = Invoice.objects.filter(pk__gt=self.seen_invoice).exclude(number="")
        for invoice in fresh.select_related("party").order_by("pk"):
            self.seen_invoice = invoice.pk
            if invoice.pk not in self.never_paid:
                self.on_or_never(self._payday(invoice), self.pay, invoice)

    def on_or_never(self, day: date, what: Callable[..., object], *args: Any) -> None:
        if day < self.today:
            self.on(day, 12, what, *args)

    def _payday(self, invoice: Invoice) -> date:
        assert invoice.issued_on is not None and invoice.due_on is not None  # noqa: S101
        if invoice.party.payment_method in SENT_IN_TIME:
            return invoice.issued_on + timedelta(days=self.rng.choice((3, 4, 5, 5, 6)))
        late = self.rng.random() < 0.14
        moved = self.rng.randint(2, 26) if late else -self.rng.randint(0, 16)
        day = invoice.due_on + timedelta(days=moved)
        # Whoever is late today is in the script.
        return day if day < self.today or invoice.due_on >= self.today else invoice.due_on

    def pay(self, invoice: Invoice) -> None:
        register_payment(
            invoice,
            amount=invoice.outstanding_cents,
            on=self.company.today(),
            method=invoice.payment_method,
            by=self.members[-1],
        )

    # --- work that is invoiced once ---------------------------------------------------------

    def work(self, party: Party, lines: Sequence[dict[str, Any]], *, paid: bool = True) -> None:
        """Invoice a job done for a client today, and send it."""
        invoice = Invoice(
            company=self.company,
            party=party,
            agent_id=party.agent_id,
            payment_method=party.payment_method,
            message=self.company.invoice_message,
            created_by=self.members[-1],
        )
        rows = [new_line(position=n, **line) for n, line in enumerate(lines)]
        pending = Pending(invoice, rows, send=True)
        issue_many([pending], by=self.members[-1])
        if pending.refused is not None:
            raise pending.refused
        if not paid:
            self.never_paid.add(invoice.pk)
        self.expect_payments()

    def draft(self, party: Party, lines: Sequence[dict[str, Any]]) -> None:
        """Leave an invoice half written."""
        rows = [InvoiceLine(position=n, **line) for n, line in enumerate(lines)]
        invoice = Invoice(company=self.company, party=party, payment_method=party.payment_method)
        save_draft(invoice, rows, by=self.members[-1])

    def line(self, code: str, quantity: Any = 1, price: Decimal | None = None) -> dict[str, Any]:
        product = self.products[code]
        return {
            "product_id": product.pk,
            "concept": product.name,
            "detail": "",
            "quantity": Decimal(quantity),
            "unit": product.unit,
            "unit_price": product.price if price is None else price,
            "discount_pct": Decimal(0),
            "tax_category": product.tax_category,
        }

    def some_work(self) -> list[dict[str, Any]]:
        """An installation or a repair."""
        rng = self.rng
        if rng.random() < 0.45:
            machine = rng.choice(["CLI-110", "CLI-120", "CLI-130", "CLI-140", "CAL-310", "ACS-420"])
            return [
                self.line(machine, rng.randint(1, 2)),
                self.line("SER-610", rng.randint(4, 12)),
                self.line("SER-640"),
            ]
        part = rng.choice(["REP-510", "REP-520", "REP-530", "REP-550", "VEN-210", "CAL-340"])
        return [
            self.line(part, rng.randint(1, 3)),
            self.line("SER-610", rng.randint(1, 5)),
            self.line("SER-630"),
        ]

    # --- plans ------------------------------------------------------------------------------

    def start(self, party: Party, name: str, cents: int, anchor: date, unit: str = "month") -> Plan:
        """A service worth so many cents a month, invoiced by month, quarter or year."""
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        return planning.start_plan(
            company=self.company,
            party=party,
            name=name,
            lines=[
                {
                    "concept": f"{name} · {{periodo}}",
                    "quantity": Decimal(1),
                    "unit_price": from_cents(cents) * months,
                    "tax_category": "iva_general",
                }
            ],
            unit=unit,
            anchor=anchor,
            by=self.members[1],
        )

    def reprice(self, plan: Plan, cents: int) -> None:
        """Change what a monthly plan is worth, from today."""
        (line,) = plan.lines.all()
        fresh = {
            "concept": line.concept,
            "quantity": Decimal(1),
            "unit_price": from_cents(cents),
            "tax_category": line.tax_category,
        }
        planning.change_plan(plan, {}, [fresh], by=self.members[1], on=self.company.today())

    def monthly_plans(self) -> list[Plan]:
        """Active plans by month, the ones the story may change."""
        active = Plan.objects.filter(status=PlanStatus.ACTIVE, unit="month", origin_type="")
        return list(active.select_related("company", "party").order_by("pk"))

    def mrr_now(self) -> int:
        return mrr(PlanTerm.objects.all(), self.company.today())
