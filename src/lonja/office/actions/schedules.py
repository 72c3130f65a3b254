"""Changing hours, departments and absences. Nothing is deleted: it is deactivated."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import (
    Absence,
    Company,
    Department,
    DepartmentMember,
    Membership,
    WorkCalendar,
)
from lonja.accounts.schedule import built, calendar_changed, default_calendar
from lonja.activity import record
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.worktime import Intervals, Week, intervals_as_json, week_as_json

MOST_DAYS = 400


def make_default_calendar(company: Company, by: Membership | None) -> WorkCalendar:
    """The general hours of a company that has none yet, saved. Gives the one there is otherwise."""
    found = WorkCalendar.objects.filter(company=company, is_default=True).first()
    if found is not None:
        return found
    calendar = default_calendar(company)
    calendar.save()
    record(by, "office.calendar_created", calendar)
    return calendar


@transaction.atomic
def create_calendar(
    company: Company, *, name: str, zone: str, region: str, week: Week, by: Membership
) -> WorkCalendar:
    """New hours; the first of a company are its general ones.

    Raises Refused for a name taken.
    """
    _refuse_taken(WorkCalendar, company, name)
    calendar = default_calendar(company)
    calendar.name, calendar.zone, calendar.region = name, zone, region
    calendar.rules = {**calendar.rules, "weekly": week_as_json(week)}
    calendar.is_default = not WorkCalendar.objects.filter(company=company, is_default=True).exists()
    _check(calendar)
    calendar.save()
    record(by, "office.calendar_created", calendar)
    if calendar.is_default:
        _tell(calendar)
    return calendar


def change_calendar(
    calendar: WorkCalendar,
    *,
    name: str,
    zone: str,
    region: str,
    week: Week,
    version: int,
    by: Membership,
) -> None:
    """Another name, zone, region or ordinary week. Raises Refused when somebody was faster."""

    def edit(row: WorkCalendar) -> dict[str, Any]:
        if name != row.name:
            _refuse_taken(WorkCalendar, row.company, name)
        row.name, row.zone, row.region = name, zone, region
        row.rules["weekly"] = week_as_json(week)
        return {"what": "week"}

    _change(calendar, version, edit, by)


def save_period(
    calendar: WorkCalendar,
    *,
    position: int | None,
    name: str,
    first: date,
    last: date,
    week: Week,
    version: int,
    by: Membership,
) -> None:
    """Other hours between two days: a new period, or the one at ``position`` changed.

    Raises Refused when it overlaps another one.
    """

    def edit(row: WorkCalendar) -> dict[str, Any]:
        rows = row.rules.setdefault("ranges", [])
        others = [span for n, span in enumerate(rows) if n != position]
        for span in others:
            if span["from"] <= last.isoformat() and span["to"] >= first.isoformat():
                raise Refused(
                    "period_overlaps",
                    _("Se cruza con «%(name)s». Cambia las fechas de uno de los dos.")
                    % {"name": span["name"]},
                    field="first",
                )
        made = {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "name": name,
            "weekly": week_as_json(week),
        }
        row.rules["ranges"] = sorted([*others, made], key=lambda span: span["from"])
        return {"what": "period", "name": name}

    _change(calendar, version, edit, by)


def drop_period(calendar: WorkCalendar, position: int, *, version: int, by: Membership) -> None:
    """Take a period away: its days have the ordinary week again."""

    def edit(row: WorkCalendar) -> dict[str, Any]:
        rows = row.rules.get("ranges") or []
        if not 0 <= position < len(rows):
            raise Refused("period_gone", _("Ese periodo ya no está."))
        return {"what": "period_dropped", "name": rows.pop(position)["name"]}

    _change(calendar, version, edit, by)


def add_holiday(
    calendar: WorkCalendar, day: date, name: str, *, version: int, by: Membership
) -> None:
    """A day on which nobody works, besides the public ones."""

    def edit(row: WorkCalendar) -> dict[str, Any]:
        _add_day(row, "holidays", day, name)
        return {"what": "holiday", "name": f"{format_date(day)} {name}"}

    _change(calendar, version, edit, by)


def add_open_day(
    calendar: WorkCalendar, day: date, hours: Intervals, *, version: int, by: Membership
) -> None:
    """A day with hours of its own, even if it is a holiday."""

    def edit(row: WorkCalendar) -> dict[str, Any]:
        _add_day(row, "open_days", day, intervals_as_json(hours))
        return {"what": "open_day", "name": format_date(day)}

    _change(calendar, version, edit, by)


def drop_day(calendar: WorkCalendar, kind: str, day: date, *, version: int, by: Membership) -> None:
    """Take a typed holiday (kind ``holidays``) or opening (kind ``open_days``) away."""

    def edit(row: WorkCalendar) -> dict[str, Any]:
        days = row.rules.get(kind) or {}
        if days.pop(day.isoformat(), None) is None:
            raise Refused("day_gone", _("Ese día ya no está."))
        return {"what": f"{kind}_dropped", "name": format_date(day)}

    _change(calendar, version, edit, by)


@transaction.atomic
def make_default(calendar: WorkCalendar, *, by: Membership) -> None:
    """From now on these are the general hours of its company."""
    row = WorkCalendar.objects.locked(calendar)
    if row.is_default:
        return
    if row.deactivated_at is not None:
        raise Refused("calendar_inactive", _("Actívalo antes de hacerlo general."))
    WorkCalendar.objects.filter(company_id=row.company_id, is_default=True).update(is_default=False)
    row.is_default = True
    row.save(update_fields=["is_default"])
    record(by, "office.calendar_default", row)
    _tell(row)


@transaction.atomic
def deactivate_calendar(calendar: WorkCalendar, *, by: Membership) -> None:
    """Stop offering it. Raises Refused while it is general or a department works with it."""
    row = WorkCalendar.objects.locked(calendar)
    if row.deactivated_at is not None:
        return
    if row.is_default:
        raise Refused(
            "calendar_default",
            _("Es el horario general de la empresa. Haz general otro antes de desactivarlo."),
        )
    users = list(
        row.departments.filter(deactivated_at=None).order_by("name").values_list("name", flat=True)
    )
    if users:
        raise Refused(
            "calendar_used",
            _("Lo usa %(names)s. Dale antes otro horario.") % {"names": ", ".join(users[:5])},
        )
    row.deactivated_at = timezone.now()
    row.save(update_fields=["deactivated_at"])
    record(by, "office.calendar_deactivated", row)


@transaction.atomic
def reactivate_calendar(calendar: WorkCalendar, *, by: Membership) -> None:
    row = WorkCalendar.objects.locked(calendar)
    if row.deactivated_at is not None:
        row.deactivated_at = None
        row.save(update_fields=["deactivated_at"])
        record(by, "office.calendar_reactivated", row)


@transaction.atomic
def save_department(
    department: Department,
    *,
    name: str,
    calendar: WorkCalendar | None,
    members: Iterable[Membership],
    by: Membership,
) -> Department:
    """Create or change a department and who is in it. Raises Refused for a name taken."""
    if department.pk is not None:
        department = Department.objects.locked(department)
    if calendar is not None and calendar.company_id != department.company_id:
        raise Refused(
            "calendar_foreign", _("Ese horario es de otra empresa. Elige otro."), field="calendar"
        )
    is_new = department.pk is None
    if is_new or name != department.name:
        _refuse_taken(Department, department.company, name)
    moved = department.calendar_id != getattr(calendar, "pk", None)
    department.name, department.calendar = name, calendar
    department.save()
    wanted = {member.pk for member in members}
    known = DepartmentMember.objects.filter(department=department)
    present = set(known.values_list("membership_id", flat=True))
    known.filter(membership_id__in=present - wanted).delete()
    DepartmentMember.objects.bulk_create(
        DepartmentMember(department=department, membership_id=pk) for pk in sorted(wanted - present)
    )
    verb = "office.department_created" if is_new else "office.department_changed"
    record(by, verb, department, members=sorted(wanted), calendar=department.calendar_id)
    if moved and not is_new:
        calendar_changed.send(
            Department, company_id=department.company_id, department_id=department.pk
        )
    return department


@transaction.atomic
def set_department_active(department: Department, active: bool, *, by: Membership) -> None:
    """Deactivate a department, or bring it back. Who was in it stays written."""
    row = Department.objects.locked(department)
    if (row.deactivated_at is None) == active:
        return
    row.deactivated_at = None if active else timezone.now()
    row.save(update_fields=["deactivated_at"])
    verb = "office.department_reactivated" if active else "office.department_deactivated"
    record(by, verb, row)


@transaction.atomic
def save_absence(
    absence: Absence,
    *,
    membership: Membership,
    first: date,
    last: date,
    reason: str,
    by: Membership,
) -> Absence:
    """Write or change an absence. Raises Refused when the person is already away those days."""
    Membership.objects.locked(membership)
    clash = (
        Absence.objects.filter(
            membership=membership, cancelled_at=None, first__lte=last, last__gte=first
        )
        .exclude(pk=absence.pk)
        .first()
    )
    if clash is not None:
        raise Refused(
            "absence_overlaps",
            _("%(name)s ya falta del %(first)s al %(last)s.")
            % {
                "name": membership.name,
                "first": format_date(clash.first),
                "last": format_date(clash.last),
            },
            field="first",
        )
    is_new = absence.pk is None
    absence.membership, absence.first, absence.last = membership, first, last
    absence.reason = reason
    absence.save()
    verb = "office.absence_created" if is_new else "office.absence_changed"
    days = {"first": format_date(first), "last": format_date(last), "name": membership.name}
    record(by, verb, absence, **days)
    return absence


@transaction.atomic
def cancel_absence(absence: Absence, *, by: Membership) -> None:
    """The person works those days after all."""
    row = Absence.objects.locked(absence)
    if row.cancelled_at is None:
        row.cancelled_at = timezone.now()
        row.save(update_fields=["cancelled_at"])
        record(by, "office.absence_cancelled", row, name=row.membership.name)


def _change(
    calendar: WorkCalendar,
    version: int,
    edit: Callable[[WorkCalendar], dict[str, Any]],
    by: Membership,
) -> None:
    with transaction.atomic():
        row = WorkCalendar.objects.locked(calendar)
        if row.version != version:
            raise Refused(
                "calendar_moved",
                _("Alguien ha cambiado este horario mientras tanto. Recarga la página y repite."),
            )
        before = copy.deepcopy((row.name, row.zone, row.region, row.rules))
        data = edit(row)
        if (row.name, row.zone, row.region, row.rules) == before:
            return
        _check(row)
        row.version += 1
        row.save(update_fields=["name", "zone", "region", "rules", "version"])
        record(by, "office.calendar_changed", row, **data, before=before[3], after=row.rules)
        if (row.zone, row.region, row.rules) != before[1:]:
            _tell(row)
    calendar.version = row.version


def _check(row: WorkCalendar) -> None:
    calendar = built(row.zone, row.region, row.rules)
    if len(calendar.holidays) + len(calendar.open_days) > MOST_DAYS:
        raise Refused("calendar_full", _("Son demasiados días sueltos. Usa un periodo."))


def _add_day(row: WorkCalendar, kind: str, day: date, value: Any) -> None:
    for other in ("holidays", "open_days"):
        if day.isoformat() in (row.rules.get(other) or {}):
            raise Refused(
                "day_taken",
                _("El %(day)s ya está en la lista. Quítalo antes.") % {"day": format_date(day)},
                field="day",
            )
    days = row.rules.setdefault(kind, {})
    days[day.isoformat()] = value
    row.rules[kind] = dict(sorted(days.items()))


def _refuse_taken(model: Any, company: Company, name: str) -> None:
    if model.objects.filter(company=company, name=name).exists():
        raise Refused(
            "name_taken", _("Ya hay otro con el nombre «%(name)s».") % {"name": name}, field="name"
        )


def _tell(row: WorkCalendar) -> None:
    calendar_changed.send(WorkCalendar, company_id=row.company_id, department_id=None)
