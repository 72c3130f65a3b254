"""Tasks with lives of their own, and what the reference needs to know of each.

`by_actions` makes them as people do; `in_bulk`, thousands with the same clock and one insert.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from lonja.accounts.bulk import insert_objects
from lonja.tasks import clocks, managing, sla
from lonja.tasks.actions.tasks import change_state
from lonja.tasks.models import Reason, State, Task, TaskStatePeriod
from lonja.tasks.tests import house

MOTIVES = 5
SLAS = [None, (30, True), (240, True), (900, True), (120, False), (2880, False)]
START = house.madrid(2026, 11, 5, 8)
Lives = dict[int, list[dict[str, Any]]]
Cells = dict[tuple[int, str], tuple[Any, bool]]


def configured(rng: Random) -> tuple[list[Reason], Cells]:
    """Five motivos whose open states have an SLA of some kind, or none."""
    motives, cells = [], {}
    for n in range(MOTIVES):
        given = {}
        for key, name in (("pendiente", "Pendiente"), ("curso", "En curso")):
            one, creation = rng.choice(SLAS), rng.random() < 0.4
            cells[(n, name)] = (one, creation)
            given[key] = {
                "sla_seconds": one[0] * 60 if one else None,
                "sla_working": one[1] if one else True,
                "sla_from": "creation" if creation else "entering",
            }
        motives.append(house.reason(f"Motivo {n}", **given))
    return motives, cells


def steps(rng: Random, states: dict[str, State]) -> Iterator[tuple[str, datetime]]:
    """The states of a life and when it enters each; the first one is open."""
    at = START + timedelta(minutes=rng.randrange(15 * 24 * 60))
    name = rng.choice(["Pendiente", "En curso"])
    yield name, at
    for _step in range(rng.randrange(5)):
        at += timedelta(minutes=rng.choice([5, 50, 400, 1700]) + rng.randrange(60))
        following = rng.choice([s for s in states if s != name])
        if at > timezone.now() or name == "Hecha":
            return
        name = following
        yield name, at


def stay(name: str, at: datetime, cell: tuple[Any, bool]) -> dict[str, Any]:
    one, creation = cell
    kind = {"Esperando": "waiting", "Hecha": "done"}.get(name, "open")
    return {
        "state": name,
        "since": at,
        "until": None,
        "kind": kind,
        "sla": one[0] if one else None,
        "working": one[1] if one else True,
        "creation": creation,
    }


def _told(walked: list[tuple[str, datetime]], which: int, cells: Cells) -> list[dict[str, Any]]:
    stays: list[dict[str, Any]] = []
    for name, at in walked:
        if stays:
            stays[-1]["until"] = at
        stays.append(stay(name, at, cells.get((which, name), (None, False))))
    return stays


def by_actions(company: Any, by: Any, count: int, seed: int = 7) -> Lives:
    rng = Random(seed)
    states = house.states()
    motives, cells = configured(rng)
    lives = {}
    for _n in range(count):
        which = rng.randrange(MOTIVES)
        walked = list(steps(rng, states))
        (name, at), *rest = walked
        task = house.task(motives[which], company, by, at, state=name)
        for following, later in rest:
            change_state(task, states[following], by=by, at=later)
        lives[task.pk] = _told(walked, which, cells)
    return lives


def in_bulk(company: Any, by: Any, count: int, seed: int = 7) -> Lives:
    rng = Random(seed)
    states = house.states()
    motives, cells = configured(rng)
    known = {
        (n, name): managing.cell_for(motive, state)
        for n, motive in enumerate(motives)
        for name, state in states.items()
    }
    hours = clocks.calendar_of(company)
    tasks, periods, stays = [], [], []
    for number in range(1, count + 1):
        which = rng.randrange(MOTIVES)
        walked = list(steps(rng, states))
        created = walked[0][1]
        task = Task(company=company, number=number, subject=f"Tarea {number}", manager=by,
                    reason=motives[which], created_by=by, created_at=created, updated_at=created,
                    search_text=f"t-{number} tarea {number}")  # fmt: skip
        mine: list[TaskStatePeriod] = []
        before = None
        for name, at in walked:
            if mine:
                mine[-1].left_at = at
            task.state = states[name]
            task.entered_at = at
            sla.enter(task, known[(which, name)], at, periods=mine,
                      calendar_of=lambda _department: hours, came_from=before)  # fmt: skip
            task.closed_at = (task.closed_at or at) if states[name].is_done else None
            mine.append(sla.period_of(task, at))
            before = states[name]
        tasks.append(task)
        periods.append(mine)
        stays.append(_told(walked, which, cells))
    insert_objects(tasks)
    for task, mine in zip(tasks, periods, strict=True):
        for period in mine:
            period.task_id = task.pk
    insert_objects([period for mine in periods for period in mine])
    return {task.pk: one for task, one in zip(tasks, stays, strict=True)}
