"""F1, F2 and F3: the billing run while its workers, its database or the calendar fail."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import OperationalError, close_old_connections, connection, transaction

from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.config.faults.base import Actor, Fault, Outcome, kill_now_and_then, wait_all
from lonja.config.verification import verify


def killed_workers(fault: Fault) -> Outcome:
    """F1: `kill -9` of workers in the middle of a billing run."""
    plans, kills, workers = (2000, 5, 3) if fault.small else (10_000, 20, 4)
    if fault.naive:
        return _naive(fault, 300, kills, workers)
    organisation = plans_due(plans, 3, slug=f"f1-{fault.seed}")
    began = time.monotonic()
    killed, said = kill_now_and_then(
        fault,
        lambda: Actor("bill", organisation.pk, 50 if fault.small else 100),
        actors=workers,
        kills=kills,
        done=lambda: _left(organisation) == 0,
        pause=(0.1, 0.5) if fault.small else (0.3, 1.2),
    )
    seconds = time.monotonic() - began
    outcome = Outcome("F1", fault.seed, wrong=said)
    outcome.facts = {"facturas": plans, "muertes": killed, "por_segundo": round(plans / seconds)}
    return examine(outcome, organisation, plans)


def _left(organisation: Any) -> int:
    from django.utils import timezone

    from lonja.subscriptions.actions.bill import due_plans

    with scope(organisation):
        return due_plans(timezone.now()).count()


def examine(outcome: Outcome, organisation: Any, expected: int) -> Outcome:
    """No number missing or repeated, nothing unbilled, each invoice with its mail, chain whole."""
    from lonja.billing.models import Invoice
    from lonja.fiscal.models import Record
    from lonja.mail.models import OutgoingMail
    from lonja.subscriptions.models import Obligation

    with scope(organisation):
        found = {
            "facturas": Invoice.objects.exclude(number="").count(),
            "obligaciones": Obligation.objects.filter(outcome="issued").count(),
            "registros": Record.objects.count(),
            "correos": OutgoingMail.objects.count(),
        }
        sequences = list(
            Invoice.objects.exclude(number="")
            .order_by("year", "sequence")
            .values_list("sequence", flat=True)
        )
    for name, count in found.items():
        if count != expected:
            outcome.wrong.append(f"{name}: {count} en vez de {expected}")
    if sequences != list(range(1, len(sequences) + 1)):
        outcome.wrong.append("hay huecos o números repetidos")
    report = verify(organisation.slug)
    outcome.wrong += [f"{p.code} {p.where}: {p.message}" for p in report.problems[:5]]
    return outcome


def _naive(fault: Fault, plans: int, kills: int, workers: int) -> Outcome:
    """The same examination of a version without locks, constraints or one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE naive_plan (id integer, done integer)")
        cursor.execute("CREATE TABLE naive_invoice (number integer, plan integer)")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO naive_plan VALUES (%s, 0)", [(number,) for number in range(plans)]
        )

    def left() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM naive_plan WHERE done = 0")
            return cursor.fetchone() == (0,)

    killed, said = kill_now_and_then(
        fault,
        lambda: Actor("bill-naive", 0),
        actors=workers,
        kills=kills,
        done=left,
        pause=(0.2, 0.6),
    )
    outcome = Outcome("F1 ingenuo", fault.seed, facts={"muertes": killed}, wrong=said)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT number), count(DISTINCT plan) FROM naive_invoice"
        )
        rows, numbers, billed = cursor.fetchone()
        cursor.execute("DROP TABLE naive_plan")
        cursor.execute("DROP TABLE naive_invoice")
    if rows != numbers:
        outcome.wrong.append(f"{rows - numbers} números repetidos")
    if rows != billed:
        outcome.wrong.append(f"{rows - billed} facturas de más")
    return outcome


def restarted_database(fault: Fault) -> Outcome:
    """F2: PostgreSQL stopped at once and started again while workers bill."""
    plans, restarts = (1500, 2) if fault.small else (10_000, 5)
    outcome = Outcome("F2", fault.seed)
    if connection.vendor != "postgresql" or not _own_server():
        outcome.facts["omitida"] = "solo con --postgres, que arranca un servidor propio"
        return outcome
    organisation = plans_due(plans, 3, slug=f"f2-{fault.seed}")
    connection.close()
    restarted, finished = 0, threading.Event()

    def billers() -> None:
        while not finished.is_set():
            wait_all([Actor("bill", organisation.pk, 100) for _n in range(3)])
            finished.wait(0.1)

    work = threading.Thread(target=billers)
    work.start()
    try:
        for _n in range(restarts):
            time.sleep(fault.rng.uniform(0.8, 2.0))
            _restart()
            restarted += 1
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            with contextlib.suppress(OperationalError):
                close_old_connections()
                if _left(organisation) == 0:
                    break
                time.sleep(0.3)
                continue
            connection.close()
    finally:
        finished.set()
        work.join()
    outcome.facts = {"facturas": plans, "reinicios": restarted}
    return examine(outcome, organisation, plans)


def _own_server() -> Path | None:
    """The folder of the temporary server that `--postgres` started, or None."""
    folder = parse_qs(urlsplit(os.environ.get("LONJA_DATABASE_URL", "")).query).get("host", [""])[0]
    path = Path(folder)
    return path if path.name.startswith("lonja-pg-") and (path / "data").exists() else None


def _restart() -> None:
    """Stop the server at once, as a power cut would, and start it again."""
    from lonja.config.workbench.cluster import _programs, _wait_until_up

    folder, programs = _own_server(), _programs()
    assert folder is not None and programs is not None  # noqa: S101
    pid = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    while Path(f"/proc/{pid}").exists() and "Z" not in _state(pid):
        time.sleep(0.02)
    account: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with open(folder / "log", "ab") as log:
        server = subprocess.Popen(  # noqa: S603
            [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder),
             "-c", "max_connections=200", "-c", "listen_addresses="],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            process_group=0, **account,
        )  # fmt: skip
    _servers.append(server)
    _wait_until_up(programs, folder, server)


_servers: list[subprocess.Popen[bytes]] = []


def stop_servers() -> None:
    """End the servers started after a restart: the one who made the cluster does not know them."""
    for server in _servers:
        if server.poll() is None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(server.args[4], ignore_errors=True)  # type: ignore[index,arg-type]
    _servers.clear()


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def late_schedulers(fault: Fault) -> Outcome:
    """F3: three days stopped, then two schedulers and two billers at once."""
    from lonja.jobs.models import Job, Tick
    from lonja.subscriptions.calendar import schedule
    from lonja.subscriptions.models import Obligation, Plan, Unit

    plans = 200 if fault.small else 1000
    organisation = plans_due(plans, 1, slug=f"f3-{fault.seed}")
    with scope(organisation), transaction.atomic():
        for plan in Plan.objects.select_related("company", "party"):
            plan.unit = Unit.DAY
            plan.send_time = time_of_day(0, 0)  # today's is due whatever the hour this runs
            plan.anchor -= timedelta(days=1)  # it was due three times while we were stopped
            schedule(plan)
            plan.save()
    Tick.objects.all().delete()
    said = wait_all([Actor("schedule"), Actor("schedule")])
    with scope(organisation):
        ticks = list(Job.objects.filter(key__startswith="tick:").values_list("key", flat=True))
    said += wait_all([Actor("bill", organisation.pk) for _n in range(2)])
    outcome = Outcome("F3", fault.seed, wrong=said, facts={"contratos": plans})
    if len(ticks) != len(set(ticks)):
        outcome.wrong.append("una tarea programada se encoló dos veces")
    with scope(organisation):
        today = Plan.objects.first().company.today()  # type: ignore[union-attr]
        starts = sorted(set(Obligation.objects.values_list("period_start", flat=True)))
    if starts != [today - timedelta(days=n) for n in (2, 1, 0)]:
        outcome.wrong.append(f"periodos facturados: {starts}")
    return examine(outcome, organisation, plans * 3)
