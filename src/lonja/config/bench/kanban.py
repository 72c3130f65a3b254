"""El embudo con miles de ofertas: la página, un filtro, una búsqueda, «Ver más» y mover una."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from lonja.config.bench.results import Result, max_rss_mb, percentiles
from lonja.config.bench.scratch import engine
from lonja.config.demo import names
from lonja.kit.memory import PAGES, quiet_collector

help = "el embudo con miles de ofertas"

WARM_UP, TIMES = 3, 40
AGENTS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--offers", type=int, default=2000, metavar="N", help="ofertas abiertas (2.000)"
    )


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """Server time of each thing through the real views, one result each."""
    from django.test import Client

    began = time.perf_counter()
    house = fill(args.offers)
    yield Result(
        "kanban:fill",
        engine(),
        n=args.offers,
        seconds=round(time.perf_counter() - began, 1),
        max_rss_mb=max_rss_mb(),
    )
    quiet_collector(PAGES)  # as those who serve
    client = Client(headers={"user-agent": "bench"})
    client.force_login(house.user, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/{house.slug}"
    asks: dict[str, Callable[[int], Any]] = {
        "board": lambda n: client.get(f"{base}/embudo/"),
        "filtered": lambda n: client.get(
            f"{base}/embudo/?agente={house.agents[n % AGENTS]}&importe_min=1000"
        ),
        "search": lambda n: client.get(f"{base}/embudo/?q=hotel"),
        "without-task": lambda n: client.get(f"{base}/embudo/?sin-tarea=1"),
        "more": lambda n: client.get(house.more(client, base), headers={"HX-Request": "true"}),
        "move": lambda n: client.post(
            f"{base}/ofertas/{house.offers[n]}/etapa/",
            {"etapa": house.stages[n % len(house.stages)]},
            headers={"HX-Request": "true", "HX-Target": "embudo"},
        ),
        "list": lambda n: client.get(f"{base}/ofertas/"),
        "analysis": lambda n: client.get(f"{base}/ventas/analisis/"),
    }
    for name, ask in asks.items():
        yield _time(name, ask, args.offers)


def _time(name: str, ask: Callable[[int], Any], rows: int) -> Result:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for n in range(WARM_UP):
        _fine(name, ask(n))
    with CaptureQueriesContext(connection) as queries:
        _fine(name, ask(WARM_UP))
    asked = len(queries)
    times = []
    for n in range(TIMES):
        began = time.perf_counter()
        answer = ask(WARM_UP + 1 + n)
        times.append((time.perf_counter() - began) * 1000)
        _fine(name, answer)
    p50, p95 = percentiles(times)
    return Result(
        f"kanban:{name}",
        engine(),
        n=rows,
        p50_ms=p50,
        p95_ms=p95,
        queries=asked,
        max_rss_mb=max_rss_mb(),
        more={"kb": round(len(answer.content) / 1024, 1)},
    )


def _fine(name: str, answer: Any) -> None:
    if answer.status_code != 200:
        raise SystemExit(f"{name} contesta {answer.status_code}")


class House:
    """The organisation of the measure, and ids to ask for."""

    def __init__(self, slug: str, user: Any) -> None:
        self.slug, self.user = slug, user
        self.agents: list[int] = []
        self.offers: list[int] = []
        self.stages: list[int] = []
        self._more = ""

    def more(self, client: Any, base: str) -> str:
        """The address of the first «Ver más»."""
        if not self._more:
            page = client.get(f"{base}/embudo/").content.decode()
            found = re.search(r'hx-get="([^"]*/mas/[^"]*)"', page)
            if found is None:
                raise SystemExit("ninguna columna tiene más tarjetas")
            self._more = found[1].replace("&amp;", "&")
        return self._more


def fill(offers: int) -> House:
    """A company with so many open ofertas, half of them with a task and a third with a
    presupuesto."""
    from django.utils import timezone

    from lonja.accounts.models import Company, Membership, Organisation, Role, User
    from lonja.accounts.scope import scope
    from lonja.parties.models import Party
    from lonja.sales.actions.opportunities import ensure_pipeline, open_stages
    from lonja.sales.models import Opportunity, Quote, StageChange
    from lonja.tasks.actions.config import first_configuration
    from lonja.tasks.models import Reason, State, Task

    organisation = Organisation.objects.create(
        name="Embudo", slug="embudo-medida", setup_done_at=timezone.now()
    )
    now = timezone.now()
    with scope(organisation):
        company = Company.objects.create(legal_name="Embudo, S.L.", nif="B12345674")
        members = []
        for n in range(AGENTS):
            user = User.objects.create_user(f"agente{n}@example.com", None, full_name=f"Agente {n}")
            members.append(Membership.objects.create(user=user, role=Role.ADMIN))
        house = House(organisation.slug, members[0].user)
        ensure_pipeline(company)
        first_configuration(company, members[0])
        stages = open_stages(company)
        parties = [
            Party(
                name=f"{trade} {names.PLACES[n % len(names.PLACES)]} {n}",
                search_text=f"{trade.lower()} {n}",
            )
            for n, (trade, _ending) in enumerate((names.TRADES * 60)[:500])
        ]
        Party.objects.bulk_create(parties)
        made = []
        for n in range(offers):
            stage = stages[n * 7 % len(stages)]
            party = parties[n % len(parties)]
            made.append(
                Opportunity(
                    company=company,
                    party=party,
                    number=f"O2026/{n:05}",
                    title=f"Climatización de la planta {n}",
                    stage=stage,
                    stage_since=now - timedelta(hours=n),
                    probability_pct=stage.probability_pct,
                    amount_cents=50_000 + 1_000 * (n % 900),
                    expected_on=(now + timedelta(days=n % 120)).date(),
                    agent=members[n % AGENTS],
                    created_on=(now - timedelta(days=n % 300)).date(),
                    search_text=f"o2026/{n:05} climatizacion {party.search_text}",
                )
            )
        Opportunity.objects.bulk_create(made, batch_size=500)
        StageChange.objects.bulk_create(
            [StageChange(opportunity=one, to_stage=one.stage, at=now) for one in made],
            batch_size=500,
        )
        Quote.objects.bulk_create(
            [
                Quote(
                    company=company,
                    party=one.party,
                    number=f"P2026/{n:05}",
                    created_on=one.created_on,
                    valid_until=one.expected_on or one.created_on,
                    agent=one.agent,
                    opportunity=one,
                    status="sent",
                    sent_at=now - timedelta(days=n % 300),
                    base_cents=one.amount_cents,
                )
                for n, one in enumerate(made)
                if n % 3 == 0
            ],
            batch_size=500,
        )
        reason, state = Reason.objects.all()[0], State.objects.all()[0]
        Task.objects.bulk_create(
            [
                Task(
                    company=company,
                    number=n + 1,
                    subject="Llamar",
                    reason=reason,
                    state=state,
                    party=one.party,
                    origin_type="sales.opportunity",
                    origin_id=one.pk,
                    due_at=now + timedelta(hours=n % 200 - 60),
                    manager=one.agent,
                )
                for n, one in enumerate(made)
                if n % 2
            ],
            batch_size=500,
        )
        house.agents = [member.pk for member in members]
        house.offers = [one.pk for one in made]
        house.stages = [stage.pk for stage in stages]
    return house
