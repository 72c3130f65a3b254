"""Plans due become issued, chained and posted invoices with their mail in the outbox."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from lonja.config.bench.results import Result, max_rss_mb, own_memory_mb
from lonja.config.bench.scratch import engine

help = "facturación recurrente: plantillas vencidas a facturas emitidas"

CATEGORIES = ("iva_general", "iva_reducido", "iva_general")
CLIENTS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plans", type=int, default=1000, metavar="N", help="plantillas (1000)")
    parser.add_argument("--lines", type=int, default=3, metavar="N", help="líneas de cada una (3)")
    parser.add_argument("--batch", type=int, default=0, metavar="N", help="facturas por lote")
    parser.add_argument(
        "--processes", type=int, default=None, metavar="N", help="procesos (uno por núcleo)"
    )
    parser.add_argument("--profile", action="store_true", help="dónde se va el tiempo (cProfile)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    from lonja.accounts.scope import scope
    from lonja.billing.models import Entry
    from lonja.fiscal.models import Record
    from lonja.mail.models import OutgoingMail
    from lonja.subscriptions.actions import bill
    from lonja.subscriptions.billers import WORTH_IT, in_processes

    organisation = plans_due(args.plans, args.lines)
    options: dict[str, Any] = {"batch": args.batch} if args.batch else {}
    if not args.profile and args.processes != 1:
        worth_it = WORTH_IT if args.processes is None else 0
        options["billers"] = partial(in_processes, processes=args.processes, worth_it=worth_it)
    with scope(organisation):
        before, own_before = max_rss_mb(), own_memory_mb()
        cpu, began = time.process_time(), time.perf_counter()
        if args.profile:
            run = _profiled(bill.bill_due, options)
        else:
            run = bill.bill_due(**options)
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu
        assert run is not None  # noqa: S101
        counts = {
            "records": Record.objects.count(),
            "entries": Entry.objects.count(),
            "mails": OutgoingMail.objects.count(),
        }
    if run.issued != args.plans or set(counts.values()) != {args.plans}:
        raise SystemExit(f"No salió completa: {run.issued} emitidas, {counts}")
    yield Result(
        "billing-run",
        engine(),
        n=args.plans,
        seconds=round(seconds, 2),
        per_second=round(args.plans / seconds, 1),
        max_rss_mb=max_rss_mb(),
        more={
            "lines": args.lines,
            "cpu_seconds": round(cpu, 2),
            "grown_mb": round(max_rss_mb() - before, 1),
            "own_grown_mb": round(own_memory_mb() - own_before, 1),
        },
    )


def company_of_clients(clients: int, *, slug: str) -> Any:
    """An organisation with a company, its series and so many clients, and nothing to bill. Returns
    it."""
    from lonja.accounts.models import Company, Organisation
    from lonja.accounts.scope import scope
    from lonja.billing.actions.series import ensure_series
    from lonja.parties.models import Party

    organisation = Organisation.objects.create(name="Medidas", slug=slug)
    with scope(organisation):
        company = Company.objects.create(
            legal_name="Medidas, S.L.",
            nif="B98765431",
            address="C/ de la Ferreria, 8",
            postcode="46013",
            city="València",
        )
        ensure_series(company)
        parties = [
            Party(
                name=f"Cliente {n} de prueba, S.L.",
                nif="B12345674",
                address=f"C/ Mayor, {n}",
                postcode="46001",
                city="València",
                email=f"cliente{n}@example.com",
            )
            for n in range(clients)
        ]
        for party in parties:
            party.fill_search_text()
        Party.objects.bulk_create(parties, batch_size=500)
    return organisation


def plans_due(plans: int, lines: int, *, clients: int = CLIENTS, slug: str = "bench") -> Any:
    """An organisation with so many monthly plans whose first invoice is due. Returns it."""
    from lonja.accounts.models import Company
    from lonja.accounts.scope import scope
    from lonja.parties.models import Party
    from lonja.subscriptions.calendar import schedule
    from lonja.subscriptions.models import Plan, PlanLine, Unit

    organisation = company_of_clients(min(clients, plans), slug=slug)
    with scope(organisation):
        company = Company.objects.get()
        parties = list(Party.objects.order_by("pk"))
        anchor = company.today() - timedelta(days=1)
        for start in range(0, plans, 2000):
            rows = [
                Plan(
                    company=company,
                    party=parties[n % len(parties)],
                    name=f"Mantenimiento {n}",
                    unit=Unit.MONTH,
                    anchor=anchor,
                )
                for n in range(start, min(start + 2000, plans))
            ]
            for plan in rows:
                schedule(plan)
                plan.fill_search_text()
            Plan.objects.bulk_create(rows, batch_size=500)
            PlanLine.objects.bulk_create(
                [
                    PlanLine(
                        plan=plan,
                        position=position,
                        concept=f"Servicio {position + 1} de {{periodo}}",
                        quantity=Decimal(1 + position),
                        unit_price=Decimal("33.33"),
                        tax_category=CATEGORIES[position % 3],
                    )
                    for plan in rows
                    for position in range(lines)
                ],
                batch_size=1000,
            )
    keep_statistics()
    return organisation


def keep_statistics() -> None:
    """What an installation that lives has done: the worker on SQLite, when it starts; PostgreSQL
    by itself, some time after so many rows. Without it PostgreSQL checks each reference to a
    client by reading all the clients."""
    from django.db import connection

    from lonja.jobs import worker

    worker.keep_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _profiled(function: Any, options: dict[str, Any]) -> Any:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    result = profile.runcall(function, **options)
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    return result
