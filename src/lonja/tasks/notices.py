"""Who is told about what happens to tasks, in the top bar.

Everything is heard from the history: whoever changes a task records it, and the notice is written
in the same transaction. Nobody is told about what they did themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_save
from django.utils.translation import gettext as _

from lonja.activity.models import Event, Notification
from lonja.activity.notices import notify
from lonja.tasks import people
from lonja.tasks.models import Task

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

MOST_OF_A_ROLE = 20
_CHUNK = 500
_GIVEN = ("tasks.created", "tasks.reassigned")


def listen() -> None:
    post_save.connect(_heard, sender=Event, dispatch_uid="lonja-tasks-notices")


def _heard(instance: Event, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    if raw or not created or instance.target_type != "tasks.task":
        return
    if instance.verb not in (*_GIVEN, "tasks.commented"):
        return
    rows = Task.objects.select_related("manager__user", "party", "reason")
    task = rows.filter(pk=instance.target_id).first()
    if task is None:
        return
    if instance.verb == "tasks.commented":
        _commented(task, instance)
    else:
        _given(task, instance)


def managers(task: Task) -> list[Membership]:
    """The person in whose hands it is, or the people of the role."""
    if task.manager is not None:
        return people.who_enter([task.manager], task.company_id)
    if task.manager_role:
        return people.with_role(task.manager_role, task.company_id)[:MOST_OF_A_ROLE]
    return []


def _others(members: list[Membership], event: Event) -> list[Membership]:
    return [member for member in members if member.pk != event.actor_id]


def _given(task: Task, event: Event) -> None:
    if not task.is_open:
        return

    def text() -> str:
        said = _("%(who)s te ha dado %(code)s · %(subject)s")
        if task.manager is None:
            said = _("%(who)s ha dejado para tu equipo %(code)s · %(subject)s")
        return said % {"who": event.actor_name, "code": task.code, "subject": task.subject}

    notify(
        _others(managers(task), event),
        "tasks.given",
        text,
        about=task,
        key=f"tasks.given:{event.pk}",
    )


def _commented(task: Task, event: Event) -> None:
    rows = [one.member for one in task.followers.select_related("member__user")]
    # Whoever followed it may have lost the company since.
    followers = people.who_enter(rows, task.company_id)
    concerned = {member.pk: member for member in [*followers, *managers(task)]}
    notify(
        _others(list(concerned.values()), event),
        "tasks.commented",
        lambda: (
            _("%(who)s ha comentado en %(code)s: %(text)s")
            % {"who": event.actor_name, "code": task.code, "text": event.data.get("text", "")}
        ),
        about=task,
        key=f"tasks.commented:{event.pk}",
    )


def _near_the_sla(task: Task) -> str:
    return _("Queda poco para el SLA de %(code)s · %(subject)s") % {
        "code": task.code,
        "subject": task.subject,
    }


def tell_of_the_sla(*, at: datetime) -> int:
    """Tell whoever manages each task near its limit, once for each limit. Returns how many tasks
    were told about now."""
    from lonja.tasks.actions.warn import MOST, notice_of

    rows = (
        Task.objects.open()
        .filter(sla_fails_at__gte=at, sla_fails_at__lt=at + MOST)
        .select_related("manager__user")
        .order_by("sla_fails_at", "pk")
    )
    told = 0
    for chunk in _chunks(rows.iterator(chunk_size=_CHUNK)):
        near = {
            f"tasks.sla:{task.pk}:{int(task.sla_limit_at.timestamp())}": task
            for task in chunk
            if task.sla_limit_at is not None
            and task.sla_limit_at - at <= notice_of(task.sla_seconds or 0)
        }
        known = Notification.objects.filter(key__in=list(near)).values_list("key", flat=True)
        for key in set(near) - set(known):
            task = near[key]
            notify(
                managers(task),
                "tasks.sla",
                partial(_near_the_sla, task),
                about=task,
                key=key,
            )
            told += 1
    return told


def _chunks(rows: Iterator[Task]) -> Iterator[list[Task]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
