"""When a plan falls due, computed from its anchor and never from the previous date (R5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lonja.kit.dates import occurrence
from lonja.subscriptions.models import Plan, Unit


def period_start(plan: Plan, index: int) -> date | None:
    """First day of period `index`, or None when the plan has no such period."""
    if plan.unit == Unit.ONCE:
        return plan.anchor if index == 0 else None
    start = occurrence(plan.anchor, index, plan.every, plan.unit)
    if plan.until is not None and start > plan.until:
        return None
    return start


def period_end(plan: Plan, index: int) -> date:
    """First day after period `index` (a one-off service lasts its day)."""
    if plan.unit == Unit.ONCE:
        return plan.anchor + timedelta(days=1)
    return occurrence(plan.anchor, index + 1, plan.every, plan.unit)


def due_at(plan: Plan, on: date) -> datetime:
    """The moment a period that starts that day has to be invoiced, at the company's place."""
    return datetime.combine(on, plan.send_time, tzinfo=plan.company.zone)


def schedule(plan: Plan) -> None:
    """Fill `next_on` and `next_due_at` from `next_index` (nothing is saved)."""
    plan.next_on = period_start(plan, plan.next_index)
    plan.next_due_at = due_at(plan, plan.next_on) if plan.next_on else None


def first_day_after(plan: Plan) -> date | None:
    """The day from which the plan no longer counts, or None: its last day still does, since a
    period may start on it."""
    return plan.until + timedelta(days=1) if plan.until is not None else None


def next_dates(plan: Plan, count: int = 6) -> list[date]:
    """The next periods to be invoiced, for the editor and the page of the plan."""
    found = []
    for index in range(plan.next_index, plan.next_index + count):
        start = period_start(plan, index)
        if start is None:
            break
        found.append(start)
    return found
