"""Registros de VERI*FACTU: construir, comprobar, recorrer la cadena y enviarlos.

El envío es a una AEAT de mentira en este mismo equipo, que comprueba esquema, huellas, orden y
ritmo.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lonja.config.bench.results import Result, max_rss_mb
from lonja.config.bench.scratch import engine

help = "registros de VERI*FACTU: hacerlos, comprobarlos y enviarlos"
NIF, PASSWORD = "B98765431", "pruebas"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=10_000, metavar="N", help="registros")
    parser.add_argument("--only-verify", action="store_true", help="solo recorrer la cadena")
    parser.add_argument("--profile", action="store_true", help="dónde se va el tiempo (cProfile)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    if not args.only_verify:
        yield from _build(args.records)
    organisation = _issued(args.records)
    yield _verify(organisation, args)
    if args.only_verify:
        return
    yield _drain(organisation, args.records)


def _build(records: int) -> Iterator[Result]:
    """Values to huella to XML; and with every rule and the official schema besides."""
    from lonja.fiscal.verifactu import rules
    from lonja.fiscal.verifactu.records import Alta, Breakdown, Previous, Recipient, System
    from lonja.fiscal.verifactu.xml import record_xml, validate

    system = System("Medidas, S.L.", NIF, "Lonja", "LJ", "1", "BENCH")
    at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    rows = (
        Breakdown(Decimal("100.00"), Decimal(21), Decimal("21.00"), qualification="S1"),
        Breakdown(Decimal("50.00"), Decimal(10), Decimal("5.00"), qualification="S1"),
    )
    client = (Recipient("Cliente de prueba, S.L.", nif="B12345674"),)
    for name, checked in (("verifactu-build", False), ("verifactu-build-checked", True)):
        previous: Previous | None = None
        began = time.perf_counter()
        for n in range(records):
            record = Alta(
                nif=NIF,
                number=f"F2026/{n:06d}",
                issued_on=at.date(),
                issuer="Medidas, S.L.",
                kind="F1",
                description="Servicio de mantenimiento",
                breakdown=rows,
                quota=Decimal("26.00"),
                total=Decimal("176.00"),
                system=system,
                generated_at=at,
                previous=previous,
                recipients=client,
            )
            xml = record_xml(record)
            if checked:
                rules.check(record)
                validate(xml)
            previous = record.as_previous()
        seconds = time.perf_counter() - began
        yield Result(
            name,
            "",
            n=records,
            seconds=round(seconds, 2),
            per_second=round(records / seconds),
            max_rss_mb=max_rss_mb(),
        )


def _issued(records: int) -> Any:
    from lonja.accounts.scope import scope
    from lonja.config.bench.billing_run import keep_statistics, plans_due
    from lonja.subscriptions.actions.bill import bill_due

    organisation = plans_due(records, 2, slug="registros")
    with scope(organisation):
        bill_due()
    # Those made with the plans say that there is no invoice: nobody would read a chain with them.
    keep_statistics()
    return organisation


def _verify(organisation: Any, args: argparse.Namespace) -> Result:
    from lonja.accounts.scope import scope
    from lonja.accounts.snapshot import one_view
    from lonja.config.verification.records import check_chain
    from lonja.fiscal.models import Chain

    with scope(organisation), one_view():
        chain = Chain.objects.select_related("organisation").get()
        cpu, began = time.process_time(), time.perf_counter()
        if args.profile:
            from lonja.config.bench.billing_run import _profiled

            problems, _broken = _profiled(check_chain, {"chain": chain, "checked": Counter()})
        else:
            problems, _broken = check_chain(chain, Counter())
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if problems:
        raise SystemExit(f"La cadena no cuadra: {problems[0]}")
    return Result(
        "verifactu-verify",
        engine(),
        n=args.records,
        seconds=round(seconds, 2),
        per_second=round(args.records / seconds),
        max_rss_mb=max_rss_mb(),
        more={"per_cpu_second": round(args.records / cpu)},
    )


def _drain(organisation: Any, records: int) -> Result:
    """Empty the queue into the stand-in, obeying a wait of one second."""
    from django.conf import settings
    from django.db.models import F

    from lonja.accounts.models import Company
    from lonja.accounts.scope import scope
    from lonja.fiscal.actions.certificates import keep_certificate
    from lonja.fiscal.actions.sending import send_next
    from lonja.fiscal.models import Chain, Channel, Record
    from lonja.fiscal.verifactu.agency import Agency, AgencyServer

    with (
        tempfile.TemporaryDirectory(prefix="lonja-agency-") as folder,
        AgencyServer(Path(folder), agency=Agency(wait=1)) as server,
        scope(organisation),
    ):
        settings.VERIFACTU_TEST_URL, settings.VERIFACTU_TEST_CA = server.url, server.ca
        company = Company.objects.get()
        content = server.authority.pkcs12("MEDIDAS SL", NIF, PASSWORD)
        keep_certificate(company, content, PASSWORD, is_representative=False, by=None)
        Channel.objects.create(company=company, nif=NIF, environment="test", wait_seconds=1)
        began = time.perf_counter()
        while Chain.objects.filter(last_position__gt=F("settled_position")).exists():
            if send_next(NIF, "test") is None:
                time.sleep(0.05)
        seconds = time.perf_counter() - began
        states = Counter(Record.objects.values_list("state", flat=True))
        in_order = list(Record.objects.order_by("position").values_list("huella", flat=True))
        agency = server.agency
        if agency.received != in_order or agency.early or agency.biggest > 1000:
            raise SystemExit("Los envíos no respetaron el orden, el ritmo o el tamaño")
    return Result(
        "verifactu-drain",
        engine(),
        n=records,
        seconds=round(seconds, 2),
        per_second=round(records / seconds),
        max_rss_mb=max_rss_mb(),
        more={
            "submissions": len(agency.exchanges),
            "biggest": agency.biggest,
            "early": len(agency.early),
            **dict(states),
        },
    )
