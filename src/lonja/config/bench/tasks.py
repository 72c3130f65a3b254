"""Tareas › Buscar sobre un millón de tareas, el SLA tras un cambio de horario y reasignar miles."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from lonja.config.bench import task_pairs
from lonja.config.bench.lists import _clone, _half_a_name, _name_expression, settle
from lonja.config.bench.results import Result, max_rss_mb, percentiles
from lonja.config.bench.scratch import engine
from lonja.kit.memory import PAGES, quiet_collector

help = "búsqueda de tareas con cualquier par de filtros, SLA, y cambios en bloque"

PIECE = 20_000
REASONS, MEMBERS, CLIENTS, TAGS = 12, 30, 2000, 8
TIMES = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tasks", type=int, default=1_000_000, metavar="N", help="tareas (1.000.000)"
    )
    parser.add_argument(
        "--open", type=int, default=10, metavar="%", help="de cada cien, cuántas abiertas (10)"
    )
    parser.add_argument(
        "--reassign", type=int, default=5000, metavar="N", help="a reasignar (5000)"
    )
    parser.add_argument(
        "--pairs",
        action="store_true",
        help="solo la base de datos: cada par de filtros por cada orden, y los diez peores",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="guarda ahí los datos inventados y los usa la próxima vez",
    )


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """Server time of the first page through the real view, and of the two jobs."""
    from django.test import Client

    from lonja.accounts.scope import scope

    began = time.perf_counter()
    organisation, member, user = _kept(args) or fill(args.tasks, args.open)
    yield Result(
        "tasks:fill",
        engine(),
        n=args.tasks,
        seconds=round(time.perf_counter() - began, 1),
        max_rss_mb=max_rss_mb(),
    )
    if args.pairs:
        with scope(organisation):
            yield from task_pairs.measure(member, args.tasks)
        return
    quiet_collector(PAGES)  # as those who serve
    client = Client(headers={"user-agent": "bench"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/{organisation.slug}/tareas/buscar/"
    with scope(organisation):
        choices = filters()
    pages: dict[str, list[str]] = {
        "first-page": ["", "?vista=todas", "?vista=mias", "?vista=cerradas"],
        "sla-filter-and-sort": [
            "?vista=todas&sla=No+cumple&orden=sla_fails_at",
            "?vista=todas&sla=Si+cumple&orden=-sla_fails_at",
            "?sla=No+cumple&orden=sla_fails_at",
            "?vista=todas&sla=No+tiene&orden=due_at",
            "?vista=todas&sla=No+cumple&sla=No+tiene",
        ],
        "two-filters": [
            f"?{view}{one}&{other}"
            for view in ("", "vista=todas&")
            for one, other in combinations(choices, 2)
        ],
        "search": [f"?vista=todas&q={_half_a_name(n)}" for n in (3, 77, 912)]
        + ["?vista=todas&q=t-1204", f"?q={_half_a_name(1204)}"],
    }
    for name, queries in pages.items():
        yield _time(client, name, [base + query for query in queries], args.tasks)
    with scope(organisation):
        yield _measure_again(args.tasks)
        yield _reassign(args, member)


def _kept(args: argparse.Namespace) -> tuple[Any, Any, Any] | None:
    """What an earlier measure left in the folder of `--keep`, or None."""
    from lonja.accounts.models import Membership, Organisation
    from lonja.accounts.scope import scope
    from lonja.tasks.models import Task

    organisation = Organisation.objects.filter(slug="tareas").first()
    if organisation is None:
        return None
    with scope(organisation):
        found = Task.objects.count()
        member = Membership.objects.select_related("user").order_by("pk")[0]
    if found != args.tasks:
        raise SystemExit(f"{args.keep} guarda {found} tareas: bórrala, o pide esas")
    return organisation, member, member.user


def filters() -> list[str]:
    """One value of each chip of the list."""
    from lonja.accounts.models import Membership
    from lonja.parties.models import Party
    from lonja.tasks.models import Reason, State

    members = list(Membership.objects.order_by("pk").values_list("pk", flat=True))
    party = Party.objects.order_by("pk").values_list("pk", flat=True)[7]
    return [
        "sla=No+cumple",
        f"motivo={Reason.objects.values_list('pk', flat=True)[3]}",
        f"estado={State.objects.values_list('pk', flat=True)[1]}",
        f"gestor={members[5]}",
        "vence=30-dias",
        f"cliente={party}",
        "origen=sales.quote",
        f"agente={members[6]}",
        "prioridad=1",
        "creada=mes",
    ]


def _time(client: Any, name: str, urls: list[str], rows: int) -> Result:
    worst: list[tuple[float, str]] = []
    times = []
    cpu = 0.0
    for url in urls:
        _get(client, url)
        mine = []
        began_cpu = time.process_time()
        for _n in range(TIMES):
            began = time.perf_counter()
            _get(client, url)
            mine.append((time.perf_counter() - began) * 1000)
        cpu += time.process_time() - began_cpu
        times += mine
        worst.append((percentiles(mine)[1], url.partition("?")[2]))
    p50, p95 = percentiles(times)
    worst.sort(reverse=True)
    return Result(
        f"tasks:{name}",
        engine(),
        n=rows,
        p50_ms=p50,
        p95_ms=p95,
        max_rss_mb=max_rss_mb(),
        more={
            "pages": len(urls),
            "cpu_ms": round(1000 * cpu / len(times), 1),
            "load": [round(one, 1) for one in os.getloadavg()],
            "worst": [f"{ms:.0f} ms {query}" for ms, query in worst[:4]],
        },
    )


def _get(client: Any, url: str) -> None:
    response = client.get(url)
    if response.status_code != 200:
        raise SystemExit(f"{url} contesta {response.status_code}")


def _measure_again(rows: int) -> Result:
    """Every open task, after the company changed its hours."""
    from lonja.accounts.models import Company, WorkCalendar
    from lonja.accounts.schedule import default_calendar
    from lonja.tasks.actions.many import measure_again
    from lonja.tasks.models import Task

    company = Company.objects.get()
    calendar = WorkCalendar.objects.filter(is_default=True).first() or default_calendar(company)
    # With kept data, other hours than those of the last time.
    opening = "08:00" if calendar.rules["weekly"]["mon"][0][0] != "08:00" else "10:00"
    week = {day: [[opening, "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar.rules = {**calendar.rules, "weekly": week}
    calendar.save()
    began = time.perf_counter()
    moved = measure_again(company)
    seconds = time.perf_counter() - began
    return Result(
        "tasks:new-hours",
        engine(),
        n=rows,
        seconds=round(seconds, 2),
        per_second=round(moved / seconds, 1) if seconds else None,
        more={"open": Task.objects.open().count(), "moved": moved},
    )


def _reassign(args: argparse.Namespace, member: Any) -> Result:
    from lonja.accounts.models import Membership
    from lonja.tasks.actions.many import reassign_many
    from lonja.tasks.models import Task

    rows = Task.objects.open().exclude(manager=None).order_by("pk")[: args.reassign]
    ids = [task.pk for task in rows.only("pk")]
    # With kept data, somebody else than the last time.
    others = Membership.objects.select_related("user").order_by("pk")[9:11]
    asked = next(one for one in others if one.pk != rows[0].manager_id)
    began = time.perf_counter()
    done, refused = reassign_many(ids, asked, by=member)
    seconds = time.perf_counter() - began
    if done + len(refused) != len(ids):
        raise SystemExit(f"Faltan tareas: {done} + {len(refused)} de {len(ids)}")
    return Result(
        "tasks:reassign",
        engine(),
        n=len(ids),
        seconds=round(seconds, 2),
        per_second=round(len(ids) / seconds, 1) if seconds else None,
        more={"done": done, "refused": len(refused)},
    )


def fill(tasks: int, share_open: int) -> tuple[Any, Any, Any]:
    """Many tasks copied in the database from one made the usual way, spread over every filter."""
    from django.db import connection
    from django.utils import timezone

    from lonja.accounts import locks
    from lonja.accounts.models import Company, Membership, Organisation, Role, User
    from lonja.accounts.scope import scope
    from lonja.parties.models import Party, Tag
    from lonja.tasks.actions import config
    from lonja.tasks.actions.tasks import NewTask, create_task
    from lonja.tasks.models import Reason, ReasonState, State, Task, TaskStatePeriod

    organisation = Organisation.objects.create(name="Medidas", slug="tareas")
    with scope(organisation):
        company = Company.objects.create(legal_name="Medidas, S.L.", nif="B98765431")
        members = []
        for n in range(MEMBERS):
            user = User.objects.create_user(
                f"tareas{n}@example.com", None, full_name=f"Persona {n}"
            )
            members.append(
                Membership.objects.create(user=user, role=Role.ADMIN if n == 0 else Role.SALES)
            )
        config.first_configuration(company, None)
        states = list(State.objects.all())
        for n in range(REASONS):
            reason = config.save_reason(Reason(name=f"Motivo {n}"), qualified=[], by=None)
            for state in states:
                cell = ReasonState(reason=reason, state=state)
                if state.name == "Pendiente" and n % 3:
                    cell.sla_seconds = 3600 * (n + 1)
                config.save_cell(cell, by=None)
        party = Party.objects.create(name="Cliente 0")
        now = timezone.now()
        reason = Reason.objects.get(name="Motivo 1")
        first = create_task(
            NewTask(
                reason=reason,
                state=states[0],
                subject="Revisar caldera",
                company=company,
                party=party,
            ),
            by=members[0],
            at=now,
        )
        if connection.vendor == "sqlite":
            locks.drop_sqlite_triggers(connection)
        _clone(party, CLIENTS, {"name": "'Cliente ' || t.n", "search_text": "'cliente ' || t.n"})
        base = {
            "reasons": list(Reason.objects.order_by("pk").values_list("pk", flat=True)),
            "states": [state.pk for state in states],
            "members": [member.pk for member in members],
        }
        day = "(t.n %% 1000) * 919 %% 1000"
        days = _moment_expression(now - timedelta(days=1000), day, "t.n %% 86400")
        due = _moment_expression(now - timedelta(days=970), day, "t.n %% 86400")
        near = _moment_expression(now - timedelta(days=10), "t.n %% 40", "(t.n * 31) %% 86400")
        is_open = f"((t.n * 613) %% 100 < {share_open})"
        runs = f"({is_open} AND t.n %% 3 <> 0)"
        none = "t.n %% 3 = 0"
        by_role, people = "t.n %% 20 = 0", _one_of(base["members"], "(t.n * 13)")
        begun = f"CASE WHEN {none} THEN NULL WHEN {is_open} THEN {near} ELSE {days} END"
        called = f"'t-' || (t.n + 1) || ' revisar ' || {_name_expression('t.n')}"
        where = _one_of([*base["states"][:1], *base["states"][:2]], "t.n")
        fails = (
            f"CASE WHEN {none} THEN {_literal('9500-01-01')} WHEN {is_open} THEN {near} "
            f"WHEN t.n %% 7 = 0 THEN {days} ELSE {_literal('9000-01-01')} END"
        )
        varying = {
            "number": "t.n + 1",
            "subject": "'Revisar caldera ' || t.n",
            "search_text": called,
            "reason_id": _one_of(base["reasons"], "t.n"),
            "state_id": f"CASE WHEN {is_open} THEN {where} ELSE {base['states'][3]} END",
            "manager_id": f"CASE WHEN {by_role} THEN NULL ELSE {people} END",
            "manager_role": f"CASE WHEN {by_role} THEN 'office' ELSE '' END",
            "agent_id": _one_of(base["members"], "(t.n * 17)"),
            "party_id": f"{party.pk} + (t.n %% {CLIENTS})",
            "origin_type": "CASE WHEN t.n %% 5 = 0 THEN 'sales.quote' ELSE '' END",
            "priority": "1 + (t.n %% 4)",
            "created_at": f"CASE WHEN {is_open} THEN {near} ELSE {days} END",
            "due_at": f"CASE WHEN {is_open} THEN {near} ELSE {due} END",
            "closed_at": f"CASE WHEN {is_open} THEN NULL ELSE {due} END",
            "sla_started_at": begun,
            "sla_seconds": f"CASE WHEN {none} THEN NULL ELSE 7200 END",
            "sla_limit_at": begun,
            "sla_met_at": f"CASE WHEN {runs} OR {none} THEN NULL ELSE {due} END",
            "sla_fails_at": fails,
        }
        _clone(first, tasks, varying)
        _label_and_pause([Tag.objects.create(name=f"Etiqueta {n}") for n in range(TAGS)], states[2])
        assert TaskStatePeriod.objects.exists()  # noqa: S101
    settle(Party, Task)
    return organisation, members[0], members[0].user


def _label_and_pause(tags: list[Any], waiting: Any) -> None:
    """A label on one task of ten, and two hours of waiting behind one open task of ten."""
    from django.db import connection, transaction

    from lonja.tasks.models import TaskStatePeriod, TaskTag

    if connection.vendor == "sqlite":
        later = "strftime('%%Y-%%m-%%d %%H:%%M:%%S', sla_started_at, '+{} hours')"
    else:
        later = "sla_started_at + interval '{} hours'"
    labels = (
        f"INSERT INTO {TaskTag._meta.db_table} (organisation_id, task_id, tag_id) "  # noqa: S608
        f"SELECT organisation_id, id, {_one_of([tag.pk for tag in tags], '(id / 10)')} "
        "FROM tasks_task WHERE id %% 10 = 0"
    )
    stays = (
        f"INSERT INTO {TaskStatePeriod._meta.db_table} (organisation_id, task_id, reason_id, "  # noqa: S608
        "state_id, manager_role, entered_at, left_at, stops_clock) SELECT organisation_id, id, "
        f"reason_id, {waiting.pk}, '', {later.format(1)}, {later.format(3)}, true "
        "FROM tasks_task WHERE closed_at IS NULL AND sla_started_at IS NOT NULL AND id %% 10 = 1"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(labels, [])
        cursor.execute(stays, [])


def _one_of(values: list[int], which: str) -> str:
    cases = " ".join(f"WHEN {n} THEN {value}" for n, value in enumerate(values))
    return f"(CASE {which} %% {len(values)} {cases} END)"


def _literal(day: str) -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"'{day} 00:00:00'"
    return f"timestamptz '{day} 00:00:00+00'"


def _moment_expression(first: Any, days: str, seconds: str) -> str:
    """SQL of an instant: so many days and seconds after another."""
    from django.db import connection

    start = f"{first:%Y-%m-%d %H:%M:%S}"
    if connection.vendor == "sqlite":
        return (
            f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', '{start}', '+' || ({days}) || ' days', "
            f"'+' || ({seconds}) || ' seconds')"
        )
    return (
        f"(timestamptz '{start}+00' + (({days}) * interval '1 day') "
        f"+ (({seconds}) * interval '1 second'))"
    )
