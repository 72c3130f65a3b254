"""A small house of tasks for the tests: motivos, estados and the people who manage them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from tests.cast import make_member

from lonja.accounts.models import Membership, Organisation, Role
from lonja.parties.models import Party
from lonja.tasks.actions import config
from lonja.tasks.actions.tasks import NewTask, create_task
from lonja.tasks.models import Reason, ReasonState, State, StateKind, Task

MADRID = ZoneInfo("Europe/Madrid")


def madrid(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MADRID)


def states() -> dict[str, State]:
    """«Pendiente», «En curso», «Esperando», «Hecha»."""
    wanted = [
        ("Pendiente", StateKind.OPEN, "mut"),
        ("En curso", StateKind.OPEN, "info"),
        ("Esperando", StateKind.WAITING, "warn"),
        ("Hecha", StateKind.DONE, "ok"),
    ]
    known = {state.name: state for state in State.objects.filter(name__in=[w[0] for w in wanted])}
    return {
        name: known.get(name) or State.objects.create(name=name, kind=kind, tone=tone, position=n)
        for n, (name, kind, tone) in enumerate(wanted)
    }


def reason(name: str = "Avería", **cells: dict[str, Any]) -> Reason:
    """A motivo with every state; `cells` gives the configuration of some («pendiente», «curso»)."""
    made = Reason.objects.create(name=name)
    plain = []
    for state in states().values():
        key = state.name.lower().split()[-1]
        cell = ReasonState(reason=made, state=state, **cells.get(key, {}))
        if key in cells:
            config.save_cell(cell, by=None)
        else:
            plain.append(cell)
    ReasonState.objects.bulk_create(plain)
    return made


def task(
    motive: Reason,
    company: Any,
    by: Membership | None,
    at: datetime | None = None,
    state: str = "Pendiente",
    **more: Any,
) -> Task:
    new = NewTask(
        reason=motive,
        state=states()[state],
        subject=more.pop("subject", "Visita técnica: fuga en split"),
        company=company,
        **more,
    )
    return create_task(new, by=by, at=at or timezone.now())


def people(house: Organisation) -> dict[str, Membership]:
    """Álvaro and Begoña (soporte), Íñigo (comercial)."""
    return {
        "alvaro": make_member(house, "Álvaro Núñez", Role.SUPPORT),
        "begona": make_member(house, "Begoña Ríos", Role.SUPPORT),
        "inigo": make_member(house, "Íñigo Sáez", Role.SALES),
    }


def client(agent: Membership | None = None, name: str = "Clínica Dental Ruzafa") -> Party:
    return Party.objects.create(name=name, agent=agent)
