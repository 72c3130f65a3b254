"""Checklist, comments with mentions, attachments, relations, followers and labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.files import store
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line, search_text
from lonja.parties.models import Tag
from lonja.tasks import people
from lonja.tasks.models import (
    ChecklistItem,
    CommentMention,
    RelationKind,
    Task,
    TaskAttachment,
    TaskComment,
    TaskFollower,
    TaskRelation,
    TaskTag,
)
from lonja.tasks.richtext import clean, plain

LARGEST_FILE = 20 * 1024 * 1024
MOST_STEPS = 100


def set_tags(task: Task, names: Iterable[str]) -> bool:
    """Leave the task with exactly those labels. Returns whether something changed."""
    wanted = {clean_line(name)[:40] for name in names if clean_line(name)}
    now = {one.tag.name: one for one in task.task_tags.select_related("tag")}
    for name in set(now) - wanted:
        now[name].delete()
    for name in wanted - set(now):
        tag, _made = Tag.objects.get_or_create(name=name)
        TaskTag.objects.create(task=task, tag=tag)
    return wanted != set(now)


@transaction.atomic
def add_step(task: Task, text: str, *, by: Membership) -> ChecklistItem:
    """Add a step at the end of the checklist."""
    text = clean_line(text)[:200]
    if not text:
        raise Refused("step_empty", _("Escribe el paso."), field="text")
    count = task.checklist.count()
    if count >= MOST_STEPS:
        raise Refused("step_too_many", _("Una tarea lleva hasta 100 pasos."), field="text")
    return ChecklistItem.objects.create(task=task, text=text, position=count)


@transaction.atomic
def tick(item: ChecklistItem, done: bool, *, by: Membership, at: datetime) -> ChecklistItem:
    item = ChecklistItem.objects.select_related("task").get(pk=item.pk)
    if (item.done_at is not None) == done:
        return item
    item.done_at, item.done_by = (at, by) if done else (None, None)
    item.save(update_fields=["done_at", "done_by"])
    record(by, "tasks.step_done" if done else "tasks.step_undone", item.task, step=item.text)
    return item


def drop_step(item: ChecklistItem) -> None:
    item.delete()


_MENTION = re.compile(r"@([\w.·-]+(?:[ \u00a0][\w.·-]+){0,3})")


def mentioned(text: str) -> list[Membership]:
    """Active members named after an «@», whole or by their first name when it is only theirs.

    Accents and capitals do not matter; the longest name that fits wins.
    """
    everybody = Membership.objects.filter(deactivated_at=None, user__is_active=True)
    by_name: dict[str, list[Membership]] = {}
    for member in everybody.select_related("user"):
        full = search_text(member.name)
        for key in {full, full.split(" ")[0], search_text(member.user.email.split("@")[0])}:
            by_name.setdefault(key, []).append(member)
    found: dict[int, Membership] = {}
    for match in _MENTION.finditer(plain(text)):
        words = search_text(match.group(1)).split()
        for size in range(len(words), 0, -1):
            hits = by_name.get(" ".join(words[:size]).rstrip(".,;:"), [])
            if len(hits) == 1:
                found[hits[0].pk] = hits[0]
                break
    return list(found.values())


@transaction.atomic
def comment(task: Task, text: str, *, by: Membership, at: datetime) -> TaskComment:
    """Say something about the task. Whoever is mentioned follows it from then on.

    Who may not read the task is neither told nor made to follow it; their names stay in
    `not_told` of what is returned, so that whoever wrote it knows.
    """
    clean_text = clean(text)
    if not plain(clean_text).strip():
        raise Refused("comment_empty", _("Escribe el comentario."), field="text")
    said = TaskComment.objects.create(task=task, author=by, text=clean_text, created_at=at)
    named = mentioned(clean_text)
    reached = people.who_enter(named, task.company_id)
    for member in reached:
        CommentMention.objects.create(comment=said, member=member)
        TaskFollower.objects.get_or_create(task=task, member=member)
    said.not_told = [member.name for member in named if member not in reached]
    names = [member.name for member in reached]
    record(by, "tasks.commented", task, text=plain(clean_text)[:200], mentions=names)
    return said


@transaction.atomic
def attach(task: Task, name: str, content: bytes, content_type: str, *, by: Membership) -> None:
    """Keep a file with the task. Raises Refused for an empty one or one above 20 MB."""
    name = clean_line(name.replace("\\", "/").rpartition("/")[2])[:200] or _("adjunto")
    if not content:
        raise Refused("file_empty", _("El fichero está vacío. Elige otro."), field="file")
    if len(content) > LARGEST_FILE:
        raise Refused(
            "file_large", _("El fichero pasa de 20 MB. Compártelo por un enlace."), field="file"
        )
    file = store(name, content, content_type[:100] or "application/octet-stream")
    TaskAttachment.objects.create(task=task, file=file, by=by)
    record(by, "tasks.attached", task, name=name)


@transaction.atomic
def detach(attachment: TaskAttachment, *, by: Membership) -> None:
    """Take the file away from the task; what was stored stays in the house's archive."""
    record(by, "tasks.detached", attachment.task, name=attachment.file.name)
    attachment.delete()


@transaction.atomic
def relate(task: Task, other: Task, kind: str, *, by: Membership) -> TaskRelation:
    """Say how a task has to do with another. Raises Refused for itself."""
    if task.pk == other.pk:
        raise Refused("relation_self", _("Elige otra tarea: esta es la misma."), field="other")
    relation, _made = TaskRelation.objects.update_or_create(
        task=task, other=other, defaults={"kind": RelationKind(kind)}
    )
    record(by, "tasks.related", task, other=other.code)
    return relation


def unrelate(relation: TaskRelation, *, by: Membership) -> None:
    record(by, "tasks.unrelated", relation.task, other=relation.other.code)
    relation.delete()


def follow(task: Task, member: Membership) -> None:
    """Raises Refused("follower_outside") for somebody who may not read the task's company."""
    if not people.who_enter([member], task.company_id):
        raise Refused(
            "follower_outside",
            _("%(name)s no tiene acceso a las tareas de esta empresa: no puede seguirla.")
            % {"name": member.name},
            field="member",
        )
    TaskFollower.objects.get_or_create(task=task, member=member)


def unfollow(task: Task, member: Membership) -> None:
    TaskFollower.objects.filter(task=task, member=member).delete()
