"""Which hours hold for a company or a department, and who is away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

from lonja.accounts.models.organisation import Company, Territory
from lonja.accounts.models.schedule import (
    Absence,
    Department,
    WorkCalendar,
    default_rules,
)
from lonja.kit.worktime import Calendar, region_of_postcode

if TYPE_CHECKING:
    from lonja.accounts.models.people import Membership

_REGIONS: dict[str, str] = {
    Territory.CANARIAS: "CN",
    Territory.CEUTA: "CE",
    Territory.MELILLA: "ML",
}

# Sent inside the transaction that changes hours, with `company_id` and, when it is a department
# that changed hours, `department_id`: deadlines measured with them have to be measured again.
calendar_changed = Signal()


def calendar_for(company: Company | None = None, department: Department | None = None) -> Calendar:
    """The hours that hold for a department, else for its company, else for the first company.

    A department without hours of its own, or whose hours were deactivated, keeps those of its
    company; a company that never said anything works Monday to Friday, 9-14 and 16-19, with the
    holidays of its community. At most two queries; equal rules give the same object.
    """
    if department is not None and department.calendar_id is not None:
        own = department.calendar
        if own is not None and own.deactivated_at is None:
            return own.calendar
    if company is None and department is not None:
        company = department.company
    if company is None:
        company = Company.objects.order_by("pk").first()
    if company is None:
        return built("Europe/Madrid", "ES", default_rules())
    row = WorkCalendar.objects.filter(
        company_id=company.pk, is_default=True, deactivated_at=None
    ).first()
    return (row or default_calendar(company)).calendar


def default_calendar(company: Company) -> WorkCalendar:
    """The hours of a company that has said nothing yet, not saved."""
    region = _REGIONS.get(company.territory) or region_of_postcode(company.postcode)
    return WorkCalendar(
        company=company,
        name="Horario general",
        zone=str(company.zone),
        region=region,
        is_default=True,
    )


def built(zone: str, region: str, rules: Mapping[str, Any]) -> Calendar:
    """The calendar of those rules; the same rules give the same object, with its sums kept."""
    return _built(zone, region, json.dumps(rules, sort_keys=True))


@lru_cache(maxsize=256)
def _built(zone: str, region: str, rules: str) -> Calendar:
    return Calendar.from_json({**json.loads(rules), "region": region}, zone)


def absences_on(
    day: date, memberships: Iterable[Membership | int] | None = None
) -> dict[int, Absence]:
    """Membership id → the absence that holds on that day; of everybody, or of those given."""
    rows = Absence.objects.on(day).order_by("-last")
    if memberships is not None:
        rows = rows.filter(membership_id__in=[getattr(m, "pk", m) for m in memberships])
    return {row.membership_id: row for row in reversed(rows)}
