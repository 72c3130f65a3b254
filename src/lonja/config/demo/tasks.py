"""The tasks of the year: what there is to do, who does it, and what was left late.

They have their own dice: a task more changes nothing of the money of the story.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from lonja.accounts.models import Membership
from lonja.config.demo.story import Year
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.sales.models import Quote, QuoteStatus
from lonja.tasks.actions import automation, config
from lonja.tasks.actions.extras import add_step, comment
from lonja.tasks.actions.tasks import NewTask, change_state, complete, create_task
from lonja.tasks.models import (
    AutomationRule,
    Priority,
    Reason,
    ReasonState,
    State,
    StateKind,
    Task,
)

STATES = [
    ("Pendiente", StateKind.OPEN, "mut"),
    ("Programada", StateKind.OPEN, "acc"),
    ("En curso", StateKind.OPEN, "info"),
    ("En espera", StateKind.WAITING, "warn"),
    ("Hecha", StateKind.DONE, "ok"),
]
HOUR = 3600
# Motivo → SLA in «Pendiente» (working hours), who manages it («», a role, or the place of a person)
# and who is qualified.
REASONS: list[tuple[str, int, Any, tuple[int, ...]]] = [
    ("Avería", 4, 2, (2,)),
    ("Seguimiento de presupuesto", 16, "", (0, 1)),
    ("Visita comercial", 24, "", (1, 2)),
    ("Instalación", 40, "office", ()),
    ("Mantenimiento", 40, "office", ()),
    ("Contratación", 16, 1, (1,)),
    ("Impago", 8, "office", ()),
    ("Renovación", 0, "", (1,)),
    ("Administración", 0, "", ()),
]
SUBJECTS = {
    "Avería": ["Visita técnica: fuga en split", "No enciende la caldera", "Ruido en la enfriadora"],
    "Seguimiento de presupuesto": ["Llamar por el presupuesto", "Resolver dudas del presupuesto"],
    "Visita comercial": ["Medir sala de máquinas", "Presupuestar aerotermia", "Visita de obra"],
    "Instalación": ["Instalar termostatos", "Montar conductos", "Puesta en marcha"],
    "Mantenimiento": ["Revisión anual de calderas", "Cambio de filtros", "Control de legionela"],
    "Contratación": ["Enviar contrato de mantenimiento", "Recoger el contrato firmado"],
    "Impago": ["Reclamar factura vencida", "Pactar calendario de pago"],
    "Renovación": ["Renovar contrato", "Revisar precio del contrato"],
    "Administración": ["Revisar datos fiscales", "Pedir certificado de retenciones"],
}
# What is open today: client, motivo, subject, state, days since it was made and until it is due.
OPEN: list[tuple[int, str, str, str, int, int, int]] = [
    (3, "Avería", "Visita técnica: fuga en split", "En curso", 2, -1, 18),
    (1, "Seguimiento de presupuesto", "Llamar por la enfriadora", "Pendiente", 1, 0, 10),
    (4, "Contratación", "Enviar contrato de mantenimiento", "Pendiente", 1, 0, 13),
    (5, "Impago", "Reclamar la última factura", "En espera", 4, -1, 13),
    (2, "Visita comercial", "Medir sala de máquinas", "Pendiente", 1, 2, 0),
    (6, "Administración", "Revisar datos fiscales", "Pendiente", 3, 2, 0),
    (7, "Instalación", "Instalar termostatos", "Programada", 2, 3, 0),
    (1, "Renovación", "Renovar contrato M-118", "Pendiente", 6, 24, 0),
    (8, "Visita comercial", "Presupuestar aerotermia", "Pendiente", 1, 25, 0),
    (9, "Mantenimiento", "Revisión anual de calderas", "Programada", 2, 27, 0),
]  # fmt: skip


class Desk:
    """The tasks of a year and their dice."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.rng = Random(1204)  # noqa: S311 - the same story every time, nothing secret
        self.states: dict[str, State] = {}
        self.reasons: dict[str, Reason] = {}

    def on(
        self, day: date, hour: int, minute: int, what: Callable[..., object], *args: Any
    ) -> None:
        """Put something on the calendar of the year, without throwing its dice."""
        self.year.exactly(day, hour, minute, what, *args)

    @property
    def now(self) -> datetime:
        return self.year.company.now_local()

    # --- configuration ----------------------------------------------------------------------
    def configure(self) -> None:
        by = self.year.members[0]
        for position, (name, kind, tone) in enumerate(STATES):
            state, _made = State.objects.get_or_create(
                name=name, defaults={"kind": kind, "tone": tone, "position": position}
            )
            self.states[name] = state
        for name, sla, manager, knows in REASONS:
            qualified = {self.person(n).pk: self.person(n) for n in knows}
            reason = Reason.objects.filter(name=name).first() or config.save_reason(
                Reason(name=name), qualified=qualified.values(), by=by
            )
            self.reasons[name] = reason
            for state in self.states.values():
                cell = ReasonState(reason=reason, state=state)
                if state.kind == StateKind.OPEN:
                    if isinstance(manager, int):
                        cell.manager = self.person(manager)
                    else:
                        cell.manager_role = manager
                    if sla and state.name == "Pendiente":
                        cell.sla_seconds = sla * HOUR
                    elif sla and state.name == "En curso":
                        cell.sla_seconds = 5 * sla * HOUR
                        cell.sla_from = "creation"
                config.save_cell(cell, by=by)

    def person(self, n: int) -> Membership:
        return self.year.members[min(n, len(self.year.members) - 1)]

    # --- lives ------------------------------------------------------------------------------
    def write(self) -> None:
        """Two hundred tasks done in the year, and those that are open today."""
        year, rng = self.year, self.rng
        self.on(year.first_day, 7, 30, self.configure)
        day = year.first_day + timedelta(days=2)
        while day < year.today - timedelta(days=6):
            if day.weekday() < 5 and rng.random() < 0.8:
                name = rng.choices(
                    [reason[0] for reason in REASONS], [22, 18, 14, 12, 14, 6, 6, 4, 4]
                )[0]
                self.on(day, rng.randint(9, 17), rng.randint(0, 59), self.live, name)
            day += timedelta(days=1)
        for row in OPEN:
            made = _weekday(year.today - timedelta(days=row[4]))
            self.on(made, 8 + rng.randint(1, 4), rng.randint(0, 59), self.leave_open, row)
        for n in range(28):
            made = _weekday(year.today - timedelta(days=rng.randint(1, 9)))
            self.on(made, rng.randint(9, 17), rng.randint(0, 59), self.leave_some_open, n)
        self.on(_weekday(year.today - timedelta(days=1)), 18, 30, self.rules)

    def make(self, party: Party | None, name: str, subject: str, **more: Any) -> Task:
        reason = self.reasons[name]
        return create_task(
            NewTask(
                reason=reason,
                state=self.states["Pendiente"],
                subject=subject,
                company=self.year.company,
                party=party,
                **more,
            ),
            by=self.rng.choice(self.year.members),
            at=self.now,
        )

    def live(self, name: str) -> None:
        """One that will be done: in an hour, or late."""
        rng = self.rng
        party = rng.choice(self.year.clients)
        now = self.now
        priority = rng.choices(
            [Priority.NORMAL, Priority.HIGH, Priority.URGENT, Priority.LOW], [70, 15, 8, 7]
        )[0]
        due = now + timedelta(days=rng.randint(1, 8))
        task = self.make(
            party,
            name,
            rng.choice(SUBJECTS[name]),
            priority=priority,
            due_at=due.replace(hour=23, minute=59),
        )
        begun = _next_hours(now, rng.choice([0, 1, 1, 2, 3, 5, 8, 26]))
        self.on(begun.date(), begun.hour, begun.minute, self.move, task.pk, "En curso")
        if rng.random() < 0.2:
            begun = _next_hours(begun, rng.randint(1, 6))
            self.on(begun.date(), begun.hour, begun.minute, self.move, task.pk, "En espera")
            begun = _next_hours(begun, rng.randint(20, 70))
            self.on(begun.date(), begun.hour, begun.minute, self.move, task.pk, "En curso")
        done = _next_hours(begun, rng.choice([1, 2, 4, 7, 24, 30, 50, 72]))
        self.on(done.date(), done.hour, done.minute, self.finish, task.pk)

    def move(self, task_id: int, state: str) -> None:
        task = Task.objects.get(pk=task_id)
        if task.is_open:
            by = task.manager or self.year.members[-1]
            try:
                change_state(task, self.states[state], by=by, at=self.now)
            except Refused:  # a step that the organisation's own configuration does not allow
                return

    def finish(self, task_id: int) -> None:
        task = Task.objects.select_related("manager").get(pk=task_id)
        complete(task, by=task.manager or self.year.members[-1], at=self.now)

    def leave_open(self, row: tuple[int, str, str, str, int, int, int]) -> None:
        client, name, subject, state, _made, due, hour = row
        zone = self.year.company.zone
        day = self.year.today + timedelta(days=due)
        clock = time(hour) if hour else time(23, 59)
        task = self.make(
            self.year.clients[client],
            name,
            subject,
            due_at=datetime.combine(day, clock, tzinfo=zone),
            due_has_time=bool(hour),
        )
        if state != "Pendiente":
            self.move(task.pk, state)
        if name == "Avería":
            for step in ("Llamar antes de ir", "Revisar el desagüe", "Foto del equipo"):
                add_step(task, step, by=self.person(2))
            words = "La fuga moja el falso techo de la recepción: @Jordi, hoy mejor que mañana."
            comment(task, words, by=self.person(1), at=self.now)

    def leave_some_open(self, n: int) -> None:
        rng = self.rng
        name = rng.choices([r[0] for r in REASONS], [8, 20, 18, 14, 18, 6, 4, 6, 6])[0]
        due = self.now + timedelta(days=rng.randint(2, 20))
        quote = (
            Quote.objects.filter(status=QuoteStatus.SENT).order_by("pk")[n % 5 : n % 5 + 1].first()
            if name == "Seguimiento de presupuesto"
            else None
        )
        party = quote.party if quote else rng.choice(self.year.clients)
        origin = (
            {"origin_type": "sales.quote", "origin_id": quote.pk, "origin_label": quote.number}
            if quote
            else {}
        )
        subject = f"Llamar por {quote.number}" if quote else rng.choice(SUBJECTS[name])
        due_at = due.replace(hour=23, minute=59)
        task = self.make(party, name, subject, due_at=due_at, **origin)
        if rng.random() < 0.55:
            self.move(task.pk, rng.choice(["En curso", "Programada", "En espera"]))

    def rules(self) -> None:
        rule = AutomationRule(
            name="Presupuestos sin firmar",
            trigger="sales.unsigned",
            days=3,
            action=automation.CREATE,
            data={
                "reason": self.reasons["Seguimiento de presupuesto"].pk,
                "subject": "Llamar a {cliente} por {origen}",
                "due_days": 2,
                "priority": int(Priority.NORMAL),
                "state": None,
            },
            is_on=True,
        )
        automation.save_rule(rule, by=self.year.members[0], at=self.now, past=False)


def _weekday(day: date) -> date:
    """That day, or the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _next_hours(moment: datetime, hours: int) -> datetime:
    """So many hours later, at an hour somebody is at work."""
    then = moment + timedelta(hours=hours, minutes=7)
    if then.hour > 18:
        then = (then + timedelta(days=1)).replace(hour=9, minute=10)
    elif then.hour < 9:
        then = then.replace(hour=9, minute=25)
    while then.weekday() > 4:
        then += timedelta(days=1)
    return then


def write(year: Year) -> None:
    """Put the tasks on the calendar of the year."""
    Desk(year).write()
