"""The link of the calendar, reminders exactly once, and the morning mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.accounts.language import speaking_to
from lonja.accounts.models import Company, Membership
from lonja.accounts.models.people import new_token
from lonja.accounts.schedule import absences_on, calendar_for
from lonja.activity import record
from lonja.activity.notices import notify, unread
from lonja.kit.errors import Refused
from lonja.mail import queue_mail
from lonja.mail.models import OutgoingMail
from lonja.mail.sending import server_in_use
from lonja.tasks import day as days
from lonja.tasks import people, permissions
from lonja.tasks.models import CalendarFeed, Task, TaskReminder
from lonja.ui.formats import full_date

MOST_REMINDERS = 20
AT_ONCE = 500
# When the morning mail may leave, on the clock of the company.
MORNING, NOON = 7, 12
WANTS_DIGEST = "digest"


# --- the private link of the calendar -------------------------------------------------------------
@transaction.atomic
def new_feed(member: Membership, *, at: datetime) -> str:
    """A new link for the member's calendar; the one before stops working. Returns its secret,
    which is not kept."""
    Membership.objects.locked(member)
    revoke_feed(member, at=at)
    token, hashed = new_token()
    row = CalendarFeed.objects.create(member=member, token_hash=hashed, created_at=at)
    record(member, "tasks.feed_created", row)
    return token


@transaction.atomic
def revoke_feed(member: Membership, *, at: datetime) -> bool:
    """The link stops working at once. Returns whether there was one."""
    row = CalendarFeed.objects.filter(member=member, revoked_at=None).first()
    if row is None:
        return False
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    record(member, "tasks.feed_revoked", row)
    return True


# --- reminders ------------------------------------------------------------------------------------
def remind(task: Task, member: Membership, when: datetime, *, at: datetime) -> TaskReminder:
    """Tell the member about the task at that moment. Asking twice for the same moment is one
    reminder. Raises Refused for a closed task, a moment gone by, and too many of them."""
    if not task.is_open:
        raise Refused("task_closed", _("La tarea ya está cerrada."))
    if when <= at:
        raise Refused(
            "reminder_past", _("Ese momento ya ha pasado. Elige uno posterior."), field="day"
        )
    mine = TaskReminder.objects.filter(task=task, member=member)
    if mine.filter(sent_at=None).count() >= MOST_REMINDERS:
        raise Refused("reminder_many", _("Ya tienes 20 recordatorios de esta tarea."))
    try:
        with transaction.atomic():
            return TaskReminder.objects.create(task=task, member=member, remind_at=when)
    except IntegrityError:
        return mine.get(remind_at=when)


def forget(reminder: TaskReminder) -> None:
    """Take away a reminder that was not sent yet."""
    TaskReminder.objects.filter(pk=reminder.pk, sent_at=None).delete()


def send_reminders(*, at: datetime) -> int:
    """Send what is due, each once however many times and in however many processes this runs.

    The row is marked and the notice and the mail are written in one transaction: a process that
    dies leaves all or nothing. Returns how many were sent.
    """
    waiting = TaskReminder.objects.filter(sent_at=None, remind_at__lte=at)
    sent = 0
    for pk in list(waiting.order_by("remind_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            if not TaskReminder.objects.filter(pk=pk, sent_at=None).update(sent_at=at):
                continue
            sent += _send_reminder(pk)
    return sent


def _send_reminder(pk: int) -> int:
    row = TaskReminder.objects.select_related(
        "member__user", "task__company", "task__party", "task__state"
    ).get(pk=pk)
    task, member = row.task, row.member
    if not task.is_open or not people.who_enter([member], task.company_id):
        return 0
    with speaking_to(member):
        return _write_reminder(task, member, pk)


def _write_reminder(task: Task, member: Membership, pk: int) -> int:
    text = _("Recordatorio: %(code)s · %(subject)s") % {"code": task.code, "subject": task.subject}
    notify([member], "tasks.reminder", text, about=task, key=f"tasks.reminder:{pk}")
    if server_in_use() is None:
        return 1
    lines = [text]
    if task.due is not None:
        lines.append(_("Vence el %(day)s") % {"day": _due(task)})
    if task.party is not None:
        lines.append(_("Cliente: %(name)s") % {"name": task.party.display_name})
    queue_mail(
        to=[member.user.email],
        subject=text,
        text="\n".join(lines) + "\n" + address(member, "tasks:task", task.pk),
        about=task,
        company=task.company,
        key=f"tasks.reminder:{pk}",
        kind="reminder",
    )
    return 1


# --- the morning mail -----------------------------------------------------------------------------
def send_digests(*, at: datetime) -> int:
    """Write to each member, once each working morning, what is late and due today and how many
    notices wait. Nobody gets an empty mail, nor one while away. Returns how many were written."""
    if server_in_use() is None:
        return 0
    companies = list(Company.objects.order_by("pk"))
    by_id = {company.pk: company for company in companies}
    hours = {company.pk: calendar_for(company) for company in companies}
    members = Membership.objects.filter(deactivated_at=None, user__is_active=True)
    away: dict[date, set[int]] = {}
    written = 0
    for member in members.select_related("user", "organisation").order_by("pk"):
        own = [by_id[pk] for pk in member.company_ids() if pk in by_id] or companies
        if not own or not member.can(permissions.VIEW):
            continue
        company, local = own[0], at.astimezone(own[0].zone)
        if not MORNING <= local.hour < NOON or not hours[company.pk].on(local.date()).intervals:
            continue
        if local.date() not in away:
            away[local.date()] = set(absences_on(local.date()))
        if not member.preferences.get(WANTS_DIGEST, True) or member.pk in away[local.date()]:
            continue
        with speaking_to(member):
            written += _digest(member, company, at)
    return written


def _digest(member: Membership, company: Company, at: datetime) -> int:
    today = at.astimezone(company.zone).date()
    key = f"tasks.digest:{member.pk}:{today.isoformat()}"
    if OutgoingMail.objects.filter(key=key).exists():
        return 0
    found = days.day_of(member, at=at, zone=company.zone)
    notices = unread(member)
    if not found.urgent and not notices:
        return 0
    parts = []
    for title, tasks in ((_("Atrasadas"), found.late), (_("Para hoy"), found.now)):
        if tasks:
            lines = [f"- {_line(task)}" for task in tasks[:30]]
            parts.append("\n".join([f"{title} ({len(tasks)})", *lines]))
    if notices:
        told = ngettext("%(n)s aviso sin leer", "%(n)s avisos sin leer", notices) % {"n": notices}
        parts.append(told)
    greeting = _("Hola, %(name)s:") % {"name": member.user.get_short_name()}
    foot = _("Puedes dejar de recibirlo en «Mis avisos».")
    text = "\n\n".join([greeting, *parts, address(member, "tasks:my_day").strip(), foot])
    subject = ngettext("Tu día: %(n)s tarea", "Tu día: %(n)s tareas", found.urgent)
    queue_mail(
        to=[member.user.email],
        subject=subject % {"n": found.urgent} if found.urgent else _("Tienes avisos sin leer"),
        text=text + "\n",
        about=member,
        company=company,
        key=key,
        kind="digest",
    )
    return 1


def _line(task: Task) -> str:
    words = [f"{task.code} · {task.subject}"]
    if task.party is not None:
        words.append(task.party.display_name)
    words.append(_due(task))
    return " · ".join(words)


def _due(task: Task) -> str:
    if task.due is None:
        return ""
    local = task.due.astimezone(task.company.zone)
    return full_date(local) if task.due_has_time else full_date(local.date())


def address(member: Membership, url_name: str, *args: int) -> str:
    """The whole address of a page of the member's organisation, on a line of its own; empty when
    the installation does not say its address."""
    if not settings.PUBLIC_URL:
        return ""
    try:
        path = reverse(url_name, urlconf=settings.ORGANISATION_URLCONF, args=args)
    except NoReverseMatch:
        return ""
    return f"\n{settings.PUBLIC_URL}/{member.organisation.slug}{path}\n"


def quick_moments(task: Task, at: datetime) -> list[tuple[str, datetime]]:
    """The moments that are offered to be reminded of a task, those still to come."""
    zone = task.company.zone
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    nine = days.midnight(tomorrow, zone).replace(hour=9)
    found = [(_("En una hora"), at + timedelta(hours=1)), (_("Mañana a las 9"), nine)]
    if task.due is not None:
        if task.due_has_time:
            found.append((_("15 minutos antes"), task.due - timedelta(minutes=15)))
        due_day = task.due.astimezone(zone).date()
        morning = days.midnight(due_day, zone).replace(hour=9)
        found.append((_("El día que vence, a las 9"), morning))
    return [(label, when) for label, when in found if when > at]
