"""What home, the client's page and the invoice page ask across tables. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Sum

from lonja.accounts.models import Membership
from lonja.billing.models import Entry, EntryKind, Invoice, MonthlySales, Series, SeriesYear
from lonja.kit.dates import add_months
from lonja.mail.models import MailStatus, OutgoingMail

# Upper end of each age of debt, in days after it fell due; None: any later.
AGES: tuple[tuple[str, int | None], ...] = (("current", 0), ("30", 30), ("60", 60), ("more", None))


@dataclass(frozen=True)
class Debt:
    """What is owed to us on a day."""

    outstanding: int
    overdue: int
    count: int
    overdue_count: int
    ages: dict[str, int]  # current, 30 (1-30 days), 60 (31-60), more


def sales_by_month(member: Membership, today: date, months: int = 12) -> list[int]:
    """Sales without tax of each of the last months, this one at the end.

    Whoever sees only its own gets its own; the rest, the totals kept when issuing.
    """
    first = add_months(today.replace(day=1), 1 - months)
    starts = [add_months(first, step) for step in range(months + 1)]
    if not member.sees_only_own:
        sales = MonthlySales.objects.visible_to(member).filter(month__gte=first)
        kept = sales.order_by().values_list("month").annotate(cents=Sum("base_cents"))
        found = dict(kept)
        return [found.get(start, 0) for start in starts[:-1]]
    # One pass with a condition a month: truncating each date would call Python on SQLite.
    invoices = Invoice.objects.visible_to(member).issued().filter(issued_on__gte=first)
    sums = {
        f"m{step}": Sum("base_cents", filter=Q(issued_on__gte=start, issued_on__lt=end))
        for step, (start, end) in enumerate(pairwise(starts))
    }
    totals = invoices.order_by().aggregate(**sums)
    return [totals[f"m{step}"] or 0 for step in range(months)]


def debt(member: Membership, today: date) -> Debt:
    """Everything the member may see that is still to collect. One query over open invoices."""
    rows = Invoice.objects.visible_to(member).unpaid().filter(outstanding_cents__gt=0)
    cents, sums, after = F("outstanding_cents"), {}, today
    for name, days in AGES:
        if days is None:
            when = Q(next_due_on__lt=after)
        else:
            until = today - timedelta(days=days)
            when = (
                Q(next_due_on__gte=until)
                if not sums
                else Q(next_due_on__gte=until, next_due_on__lt=after)
            )
            after = until
        sums[f"age_{name}"] = Sum(cents, filter=when)
    found = rows.order_by().aggregate(
        **sums,
        outstanding=Sum(cents),
        n=Count("pk"),
        late=Count("pk", filter=Q(next_due_on__lt=today)),
    )
    ages = {name: found[f"age_{name}"] or 0 for name, _days in AGES}
    total = found["outstanding"] or 0
    return Debt(total, total - ages["current"], found["n"], found["late"], ages)


def oldest_overdue(member: Membership, today: date, limit: int = 3) -> list[Invoice]:
    # No join: with one, PostgreSQL starts from the clients and sorts everything.
    rows = Invoice.objects.visible_to(member).overdue(today).prefetch_related("party")
    return list(rows.order_by("next_due_on", "pk")[:limit])


def outstanding_by_party(member: Membership, party_ids: Iterable[int]) -> dict[int, int]:
    """Still to collect from each; what is in its favour is `balances.credit_by_party`."""
    rows = Invoice.objects.visible_to(member).unpaid().filter(party_id__in=list(party_ids))
    rows = rows.filter(outstanding_cents__gt=0)
    return dict(rows.order_by().values_list("party_id").annotate(cents=Sum("outstanding_cents")))


def overdue_by_party(member: Membership, party_ids: Iterable[int], today: date) -> dict[int, int]:
    rows = Invoice.objects.visible_to(member).overdue(today).filter(party_id__in=list(party_ids))
    return dict(rows.order_by().values_list("party_id").annotate(cents=Sum("outstanding_cents")))


def billed_by_party(member: Membership, party_ids: Iterable[int], today: date) -> dict[int, int]:
    """Billed to each in the twelve months up to today, without tax."""
    rows = Invoice.objects.visible_to(member).issued().filter(party_id__in=list(party_ids))
    rows = rows.filter(issued_on__gt=add_months(today, -12), issued_on__lte=today)
    return dict(rows.order_by().values_list("party_id").annotate(cents=Sum("base_cents")))


def collection_days_by_party(
    member: Membership, party_ids: Iterable[int], today: date
) -> dict[int, int]:
    """Average days from issuing to each payment of the last twelve months that stands."""
    took = ExpressionWrapper(F("on") - F("invoice__issued_on"), output_field=DurationField())
    rows = Entry.objects.visible_to(member).filter(
        party_id__in=list(party_ids),
        kind=EntryKind.PAYMENT,
        undone_by__isnull=True,
        on__gt=add_months(today, -12),
    )
    if member.sees_only_own:
        rows = rows.filter(invoice__agent_id__in=member.subordinate_ids())
    found = rows.order_by().values_list("party_id").annotate(took=Avg(took))
    return {party: max(0, round(took.total_seconds() / 86400)) for party, took in found}


def next_number(series: Series, year: int) -> str:
    """The number the next invoice of the series would get."""
    counter = SeriesYear.objects.filter(series=series, year=year).first()
    return series.number_for(year, counter.next_number if counter is not None else 1)


def last_issue_date(series: Series, year: int) -> date | None:
    rows = SeriesYear.objects.filter(series=series, year=year)
    return rows.values_list("last_issued_on", flat=True).first()


def mail_states(invoice_ids: Iterable[int]) -> dict[int, OutgoingMail]:
    """The last mail about each invoice that was not cancelled; one query."""
    rows = OutgoingMail.objects.filter(
        about_type="billing.invoice", about_id__in=list(invoice_ids)
    ).exclude(status=MailStatus.CANCELLED)
    shown = rows.only("id", "about_id", "status", "sent_at", "last_error").order_by("id")
    return {mail.about_id: mail for mail in shown}


MAIL_TONES = {
    MailStatus.QUEUED: "info",
    MailStatus.SENDING: "info",
    MailStatus.SENT: "ok",
    MailStatus.FAILED: "bad",
}
