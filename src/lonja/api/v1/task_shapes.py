"""What the API says of a task and takes for one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db.models import Prefetch
from django.utils import timezone
from pydantic import Field

from lonja.accounts.models import Role
from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Filled,
    Hour,
    Id,
    In,
    Moment,
    MomentOut,
    OneOf,
    Out,
    Paged,
    Words,
    moment,
)
from lonja.tasks import clocks
from lonja.tasks.models import SLA_VALUES, Priority, Task, TaskTag

PRIORITIES = {
    Priority.URGENT: "urgent",
    Priority.HIGH: "high",
    Priority.NORMAL: "normal",
    Priority.LOW: "low",
}
Importance = Annotated[str, OneOf(tuple(PRIORITIES.values()))]
Sla = Annotated[str, OneOf(SLA_VALUES)]
Repeats = Literal["", "day", "week", "month", "year"]


class OriginIn(In):
    """De qué nace la tarea."""

    type: Annotated[
        str, Filled(40), Field(description="«sales.quote», «sales.opportunity», «billing.invoice»…")
    ]
    id: Id


class TaskFields(In):
    description: Annotated[
        str, Block(20000), Field(description="Texto, o HTML de unas pocas etiquetas.")
    ] = ""
    due_on: Day | None = None
    due_time: Annotated[Hour | None, Field(description="En el huso de la empresa.")] = None
    priority: Importance = "normal"
    tags: Annotated[list[Annotated[str, Filled(40)]], Field(max_length=12)] = []
    repeat_every: Annotated[int, Field(ge=0, le=365, description="0: no se repite.")] = 0
    repeat_unit: Repeats = ""
    manager_id: Annotated[
        Id | None,
        Field(
            description="Quién la gestionará. Solo cuenta si el motivo y el estado no nombran ya "
            "a un usuario o un rol; si lo nombran, se ignora y queda escrito en su historia."
        ),
    ] = None


class TaskNew(TaskFields):
    subject: Annotated[str, Filled(160)]
    reason_id: Id
    state_id: Annotated[Id | None, Field(description="Vacío, el primero del motivo.")] = None
    company_id: Annotated[Id | None, Field(description="Vacía, la primera de la clave.")] = None
    client_id: Annotated[Id | None, Field(description="Vacío, el del origen.")] = None
    origin: OriginIn | None = None


class TaskChange(TaskFields):
    subject: Annotated[str, Filled(160)] = ""
    reason_id: Id | None = None
    state_id: Id | None = None
    client_id: Id | None = None


class TaskMove(In):
    state_id: Id
    reason_id: Annotated[Id | None, Field(description="Para pasarla a otro motivo.")] = None
    manager_id: Annotated[Id | None, Field(description="Cuenta como al crearla.")] = None


class OriginOut(Out):
    type: str
    id: int
    label: str


class TaskOut(Out):
    id: int
    code: Annotated[str, Field(description="«T-128».")]
    subject: str
    description: Annotated[str, Field(description="HTML ya limpio.")]
    reason_id: int
    reason: str
    state_id: int
    state: str
    state_kind: Annotated[str, Field(description="«open», «waiting» o «done».")]
    company_id: int
    client_id: int | None
    agent_id: int | None
    origin: OriginOut | None
    manager_id: int | None
    manager_role: str
    manager: Annotated[str, Field(description="El nombre de la persona o del rol.")]
    due_on: DayOut | None
    due_time: str | None
    due_at: MomentOut | None
    priority: Importance
    tags: list[str]
    sla: Annotated[Sla, Field(description="«¿Cumple SLA?» ahora mismo.")]
    sla_limit_at: MomentOut | None
    sla_seconds: int | None
    sla_working: Annotated[bool, Field(description="En horario laborable, o en tiempo natural.")]
    sla_met_at: Annotated[MomentOut | None, Field(description="Cuándo se paró su plazo.")]
    repeat_every: int
    repeat_unit: str
    previous_id: int | None
    created_by_id: int | None
    created_at: MomentOut
    entered_at: Annotated[MomentOut, Field(description="En su estado de ahora.")]
    closed_at: MomentOut | None
    updated_at: MomentOut


class TaskDoneOut(Out):
    task: TaskOut
    next: Annotated[TaskOut | None, Field(description="La siguiente, si se repite.")]


class TaskQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del asunto, el cliente, el origen o T-n.")] = ""
    open: Annotated[bool | None, Field(description="Solo abiertas, o solo cerradas.")] = None
    sla: Annotated[Sla | None, Field(description="¿Cumple SLA?")] = None
    reason_id: Id | None = None
    state_id: Id | None = None
    manager_id: Id | None = None
    manager_role: Annotated[str, OneOf(("", *Role.values))] = ""
    company_id: Id | None = None
    client_id: Id | None = None
    origin_type: Words = ""
    origin_id: Id | None = None
    agent_id: Id | None = None
    priority: Importance | None = None
    tag: Words = ""
    created_from: Day | None = None
    created_to: Annotated[Day | None, Field(description="Incluido.")] = None
    due_from: Day | None = None
    due_to: Annotated[Day | None, Field(description="Incluido.")] = None
    changed_since: Moment | None = None


class CommentNew(In):
    text: Annotated[str, Block(20000), Field(description="«@Nombre» avisa a alguien.")]


class CommentOut(Out):
    id: int
    author_id: int
    author: str
    text: Annotated[str, Field(description="HTML ya limpio.")]
    created_at: MomentOut


class StateOut(Out):
    id: int
    name: str
    kind: Annotated[str, Field(description="«open», «waiting» o «done».")]
    manager_id: Annotated[int | None, Field(description="El usuario que lo gestiona siempre.")]
    manager_role: Annotated[str, Field(description="O el rol.")]
    sla_seconds: int | None
    sla_working: bool


class ReasonOut(Out):
    id: int
    name: str
    is_active: bool
    states: list[StateOut]


def rows() -> Any:
    """Tasks with what `shown` reads: a fixed number of queries for any number of them."""
    tags = TaskTag.objects.select_related("tag").order_by("tag__name")
    return Task.objects.prefetch_related(
        "reason", "state", "company", "manager__user", Prefetch("task_tags", tags)
    )


_COPIED = (
    *("id", "code", "subject", "description", "reason_id", "state_id", "company_id", "agent_id"),
    *("manager_id", "manager_role", "sla_seconds", "sla_working", "repeat_every", "repeat_unit"),
    *("previous_id", "created_by_id"),
)
_MOMENTS = ("sla_limit_at", "sla_met_at", "created_at", "entered_at", "closed_at", "updated_at")


def shown(task: Task) -> dict[str, Any]:
    """A task as `TaskOut`."""
    day, clock = clocks.due_parts(task)
    origin = None
    if task.origin_type:
        origin = {"type": task.origin_type, "id": task.origin_id, "label": task.origin_label}
    return {
        **{name: getattr(task, name) for name in _COPIED},
        **{name: moment(getattr(task, name)) for name in _MOMENTS},
        "reason": task.reason.name,
        "state": task.state.name,
        "state_kind": task.state.kind,
        "client_id": task.party_id,
        "origin": origin,
        "manager": task.manager_name,
        "due_on": day.isoformat() if day is not None else None,
        "due_time": f"{clock:%H:%M}" if clock is not None else None,
        "due_at": moment(task.due),
        "priority": PRIORITIES[Priority(task.priority)],
        "tags": [one.tag.name for one in task.task_tags.all()],
        "sla": task.sla_value(timezone.now()),
    }
