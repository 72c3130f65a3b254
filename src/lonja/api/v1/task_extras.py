"""What goes with tasks: their comments, and the motivos they are configured with."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from lonja.api.door.call import Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import Page, Paged, moment
from lonja.api.v1.task_shapes import CommentNew, CommentOut, ReasonOut
from lonja.tasks import permissions, richtext
from lonja.tasks.actions import extras
from lonja.tasks.models import Reason, ReasonState, Task, TaskComment

READ, WRITE = "tareas:leer", "tareas:escribir"


@route(
    "GET",
    "/tareas/{id}/comentarios",
    tag="Tareas",
    title="Comentarios de una tarea",
    scope=READ,
    permissions=permissions.VIEW,
    query=Paged,
    answer=Page[CommentOut],
)
def comment_list(call: Call, pk: int, query: Paged) -> dict[str, Any]:
    """Los últimos primero."""
    found = call.visible(Task, pk)
    return page(found.comments.select_related("author__user"), query, _comment)


@route(
    "POST",
    "/tareas/{id}/comentarios",
    tag="Tareas",
    title="Comentar una tarea",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=CommentNew,
    answer=CommentOut,
    status=201,
    example={"text": "@Begoña, el cliente prefiere el jueves."},
)
def comment_create(call: Call, pk: int, body: CommentNew) -> dict[str, Any]:
    """A quien se nombra se le avisa y la sigue desde entonces."""
    found = call.visible(Task, pk)
    return _comment(extras.comment(found, body.text, by=call.member, at=timezone.now()))


def _comment(said: TaskComment) -> dict[str, Any]:
    return {
        "id": said.pk,
        "author_id": said.author_id,
        "author": said.author.name,
        "text": str(richtext.render(said.text)),
        "created_at": moment(said.created_at),
    }


@route(
    "GET",
    "/motivos",
    tag="Tareas",
    title="Motivos y sus estados",
    scope=READ,
    permissions=permissions.VIEW,
    query=Paged,
    answer=Page[ReasonOut],
)
def reason_list(call: Call, query: Paged) -> dict[str, Any]:
    """Qué motivos hay, por qué estados pasan y quién gestiona cada uno."""
    return page(Reason.objects.visible_to(call.member), query, lambda row: row, many=_reasons)


def _reasons(found: list[Reason]) -> list[dict[str, Any]]:
    cells = ReasonState.objects.active().filter(reason__in=found).select_related("state")
    states: dict[int, list[dict[str, Any]]] = {}
    for cell in cells.order_by("state__position", "state__name", "pk"):
        states.setdefault(cell.reason_id, []).append(
            {
                "id": cell.state_id,
                "name": cell.state.name,
                "kind": cell.state.kind,
                "manager_id": cell.manager_id,
                "manager_role": cell.manager_role,
                "sla_seconds": cell.sla_seconds,
                "sla_working": cell.sla_working,
            }
        )
    return [
        {
            "id": one.pk,
            "name": one.name,
            "is_active": one.is_active,
            "states": states.get(one.pk, []),
        }
        for one in found
    ]
