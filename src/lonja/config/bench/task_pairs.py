"""Every pair of filters of Tareas › Buscar by every order it offers: what the database takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from urllib.parse import unquote_plus

from lonja.config.bench.lists import TRADES, _half_a_name
from lonja.config.bench.results import Result, percentiles
from lonja.config.bench.scratch import engine

ORDERS = ("due_at", "-due_at", "sla_fails_at", "-sla_fails_at", "created_at", "-created_at")
VIEWS = ("", "todas", "cerradas", "mias")
TIMES, WORST = 3, 10
QUICK, SLOW = 20, 1000  # ms


def values() -> dict[str, list[str]]:
    """What each filter is asked for: something rare and something frequent where there is both."""
    from lonja.accounts.models import Membership
    from lonja.parties.models import Party, Tag
    from lonja.tasks.models import Reason, State

    reasons, states = (
        list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in (Reason, State)
    )
    members = list(Membership.objects.order_by("pk").values_list("pk", flat=True))
    party = Party.objects.order_by("pk").values_list("pk", flat=True)[7]
    tag = Tag.objects.order_by("pk").values_list("pk", flat=True)[1]
    few, many, all_of_them = _half_a_name(77), TRADES[3].split()[0], "revisar"
    return {
        "motivo": [f"motivo={reasons[3]}"],
        "estado": [f"estado={states[1]}", f"estado={states[3]}"],
        "sla": ["sla=No+cumple", "sla=Si+cumple", "sla=No+tiene"],
        "gestor": [f"gestor={members[5]}", "gestor=rol-office"],
        "cliente": [f"cliente={party}"],
        "origen": ["origen=sales.quote"],
        "agente": [f"agente={members[6]}"],
        "creada": ["creada=mes", "creada=ano"],
        "vence": ["vence=30-dias", "vence=mes-pasado"],
        "prioridad": ["prioridad=1"],
        "etiqueta": [f"etiqueta={tag}"],
        "texto": [f"q={few}", f"q={many}", f"q={all_of_them}", "q=t-12"],
    }


def measure(member: Any, rows: int) -> Iterator[Result]:
    """The first page and the capped count of each, asked of the database alone."""
    asked = values()
    taken: list[tuple[float, float, str]] = []
    for one, other in combinations(asked, 2):
        for mine in asked[one]:
            for theirs in asked[other]:
                for view in VIEWS:
                    counting = None
                    for order in ORDERS:
                        query = f"vista={view}&{mine}&{theirs}&orden={order}"
                        page, counted = _milliseconds(member, query, counting is None)
                        counting = counted if counting is None else counting
                        taken.append((page + counting, page, unquote_plus(query)))
    taken.sort(reverse=True)
    p50, p95 = percentiles([ms for ms, _page, _query in taken])
    yield Result(
        "tasks:pairs",
        engine(),
        n=rows,
        p50_ms=p50,
        p95_ms=p95,
        more={
            "questions": len(taken),
            "over_70_ms": sum(ms > 70 for ms, _page, _query in taken),
            "worst": [
                f"{ms:.0f} ms (page {page:.0f}) {query}" for ms, page, query in taken[:WORST]
            ],
        },
    )


def _milliseconds(member: Any, query: str, count: bool) -> tuple[float, float]:
    """The best of some times: that of the machine, not of who else uses it."""
    from django.http import QueryDict

    from lonja.tasks.tables import TaskTable

    pages, counts = [], []
    for _n in range(TIMES):
        table = TaskTable(member, QueryDict(query))
        began = time.perf_counter()
        table.page  # noqa: B018
        pages.append((time.perf_counter() - began) * 1000)
        if count:
            began = time.perf_counter()
            table.count  # noqa: B018
            counts.append((time.perf_counter() - began) * 1000)
        if pages[-1] < QUICK or pages[-1] > SLOW:
            break  # once is enough to be told
    return min(pages), min(counts, default=0.0)
