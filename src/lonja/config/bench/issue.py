"""Emitir por la puerta de verdad: el servidor de Lonja arrancado aparte y varias personas a la vez.

Mide la emisión de borradores de uno en uno, la vista previa del editor y la emisión de muchos de
golpe en un trabajo.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from lonja.config.bench.results import Result, max_rss_mb, percentiles
from lonja.config.bench.scratch import command, engine

help = "emisión por HTTP con varias personas a la vez, vista previa y emisión de muchos borradores"

SLUG = "emision"
PATIENCE = 300.0  # seconds for the job
TOKEN = "b" * 32  # of the cookie against forged forms: any, as long as both say the same


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drafts", type=int, default=400, metavar="N", help="de uno en uno (400)")
    parser.add_argument("--users", type=int, default=8, metavar="N", help="personas a la vez (8)")
    parser.add_argument("--lines", type=int, default=3, metavar="N", help="líneas de cada una (3)")
    parser.add_argument("--previews", type=int, default=40, metavar="N", help="vistas previas (40)")
    parser.add_argument("--bulk", type=int, default=1000, metavar="N", help="de golpe (1000)")
    parser.add_argument("--warm", type=int, default=16, metavar="N", help="sin medir (16)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="procesos web (1)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """One result for the issues one by one, one for the preview and one for the job."""
    from django.db import connection

    from lonja.accounts.scope import scope
    from lonja.billing.models import Invoice
    from lonja.fiscal.models import Record

    alone, many = args.drafts + args.warm, args.bulk
    organisation, sessions, ids = drafts(alone + many + 2, args.lines, users=args.users)
    with scope(organisation):
        writes = _writes(ids.pop())
    connection.close()
    with server(args.workers) as port:
        _until_quiet()
        people = [Person(port, session) for session in sessions]
        _issue_all(people, ids[: args.warm])
        began = time.perf_counter()
        answers = _issue_all(people, ids[args.warm : alone])
        seconds = time.perf_counter() - began
        p50, p95 = percentiles([ms for ms, _status in answers])
        statuses = Counter(status for _ms, status in answers)
        with scope(organisation):
            issued = Invoice.objects.filter(pk__in=ids[args.warm : alone]).exclude(number="")
            recorded = Record.objects.filter(invoice__in=issued).count()
            missing = args.drafts - recorded
        yield Result(
            "issue",
            engine(),
            n=args.drafts,
            seconds=round(seconds, 2),
            per_second=round(args.drafts / seconds, 1),
            p50_ms=p50,
            p95_ms=p95,
            more={
                "users": args.users,
                "errors": max(args.drafts - statuses[303], missing),
                "writes": writes,
            },
        )
        if missing or set(statuses) != {303}:
            raise SystemExit(f"No salió completa: faltan {missing}, respuestas {dict(statuses)}")
        if args.previews:
            yield _preview(people[0], ids[alone], args.previews)
        if many:
            yield _bulk(people[0], organisation, ids[alone : alone + many])


def drafts(many: int, lines: int, *, users: int) -> tuple[Any, list[str], list[int]]:
    """An organisation with saved drafts of as many clients and people with an open session.

    Returns it, the session of each person and the ids of the drafts.
    """
    from decimal import Decimal
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from lonja.accounts.models import Company, Membership, Role, User
    from lonja.accounts.scope import scope
    from lonja.billing.actions.drafts import save_draft
    from lonja.billing.actions.series import ensure_series
    from lonja.billing.models import Invoice, InvoiceLine
    from lonja.config.bench.billing_run import (
        CATEGORIES,
        CLIENTS,
        company_of_clients,
        keep_statistics,
    )
    from lonja.parties.models import Party

    # Plans that are due would be billed by the worker in the middle of what is measured.
    organisation = company_of_clients(min(many, CLIENTS), slug=SLUG)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    sessions = []
    with scope(organisation):
        company = Company.objects.get()
        for n in range(users):
            user = User.objects.create_user(f"emite{n}@example.com", None, full_name=f"Emisor {n}")
            Membership.objects.create(user=user, role=Role.ADMIN)
            session = store()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            sessions.append(str(session.session_key))
        ids = []
        series = ensure_series(company)
        parties = list(Party.objects.order_by("pk"))
        for n in range(many):
            draft = Invoice(
                company=company,
                party=parties[n % len(parties)],
                series=series,
                issued_on=company.today(),
            )
            built = [
                InvoiceLine(
                    concept=f"Servicio {position + 1} de noviembre",
                    quantity=Decimal(1 + position),
                    unit_price=Decimal("33.33"),
                    tax_category=CATEGORIES[position % 3],
                )
                for position in range(lines)
            ]
            ids.append(save_draft(draft, built, by=None).pk)
    keep_statistics()
    return organisation, sessions, ids


def _writes(pk: int) -> int:
    """How many statements that write one issue takes, of all it asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lonja.billing.actions.issue import issue_invoice
    from lonja.billing.models import Invoice

    invoice = Invoice.objects.get(pk=pk)
    with CaptureQueriesContext(connection) as asked:
        issue_invoice(invoice, by=None, on=invoice.issued_on)
    verbs = [query["sql"].lstrip().split(None, 1)[0].upper() for query in asked]
    return sum(verb in ("INSERT", "UPDATE", "DELETE") for verb in verbs)


@contextlib.contextmanager
def server(workers: int) -> Iterator[int]:
    """Lonja started as a user starts it, web and jobs, on a free port."""
    from lonja.config.bench.start import _until_ready

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        command("run", "--port", str(port), "--workers", str(workers)),
        stdout=subprocess.DEVNULL,
        env=os.environ.copy(),
    )
    try:
        _until_ready(port, process, time.perf_counter())
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _until_quiet() -> None:
    """Wait for the jobs that every start does."""
    from lonja.accounts.scope import all_organisations
    from lonja.jobs.models import Job, Status

    time.sleep(2)
    give_up = time.perf_counter() + 60
    while time.perf_counter() < give_up:
        with all_organisations():
            if not Job.objects.filter(status__in=(Status.READY, Status.RUNNING)).exists():
                return
        time.sleep(0.2)


class Person:
    """Somebody with an open session and one connection, as a browser keeps it."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = f"lonja_session={session}; lonja_csrf={TOKEN}"
        self.keys = 0
        self.session = session

    def get(self, path: str) -> str:
        self.connection.request("GET", f"/{SLUG}{path}", headers={"Cookie": self.cookies})
        answer = self.connection.getresponse()
        body = answer.read().decode()
        if answer.status != 200:
            raise SystemExit(f"{path} contesta {answer.status}")
        return body

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[float, int, str]:
        """Milliseconds, status, and the address it sends to or else the body."""
        self.keys += 1
        own = [("csrfmiddlewaretoken", TOKEN), ("_key", f"{self.session[:20]}{self.keys}")]
        body = urlencode([*fields, *own])
        headers = {
            "Cookie": self.cookies,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        began = time.perf_counter()
        self.connection.request("POST", f"/{SLUG}{path}", body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        spent = (time.perf_counter() - began) * 1000
        return spent, answer.status, answer.getheader("Location") or content.decode()


def _issue_all(people: list[Person], ids: list[int]) -> list[tuple[float, int]]:
    """Each draft issued by one of the people, who press again as soon as they are answered."""

    def work(number: int) -> list[tuple[float, int]]:
        mine = ids[number :: len(people)]
        found = []
        for pk in mine:
            spent, status, _told = people[number].post(f"/facturas/{pk}/emision/", [])
            found.append((spent, status))
        return found

    with ThreadPoolExecutor(len(people)) as threads:
        return list(chain.from_iterable(threads.map(work, range(len(people)))))


def _preview(person: Person, pk: int, times: int) -> Result:
    """The document beside the editor, after a change in a line, for one person."""
    from lxml import html

    page: Any = html.fromstring(person.get(f"/facturas/{pk}/editar/"))
    form = next(one for one in page.forms if "lineas-0-concept" in one.fields)
    fields = [(name, value) for name, value in form.form_values() if name[0] != "_"]
    fields = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    spent = []
    for n in range(times + 3):
        typed = [
            (name, f"Servicio con cambio {n}" if name == "lineas-0-concept" else value)
            for name, value in fields
        ]
        ms, status, body = person.post(f"/facturas/{pk}/vista-previa/", typed)
        if status != 200 or "data:image/svg" not in body:
            raise SystemExit(f"La vista previa contesta {status}")
        spent.append(ms)
    p50, p95 = percentiles(spent[3:])
    return Result("issue:preview", engine(), n=times, p50_ms=p50, p95_ms=p95)


def _bulk(person: Person, organisation: Any, ids: list[int]) -> Result:
    """From the order on the list to the last invoice issued, looking at the progress meanwhile."""
    from lonja.accounts.scope import scope
    from lonja.billing.models import Invoice
    from lonja.jobs.models import Job

    chosen = [("accion", "emitir"), *(("id", str(pk)) for pk in ids)]
    began = time.perf_counter()
    _spent, status, told = person.post("/facturas/acciones/", chosen)
    if status != 303:
        raise SystemExit(f"El listado contesta {status}: {told[-2000:]}")
    seen: set[int] = set()
    with scope(organisation):
        while True:
            job = Job.objects.filter(task="lonja.billing.jobs.bulk").latest("pk")
            seen.add(job.progress_done)
            if job.result is not None:
                break
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit("El trabajo no termina")
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        issued = Invoice.objects.filter(pk__in=ids).exclude(number="").count()
    if issued != len(ids):
        raise SystemExit(f"El trabajo emitió {issued} de {len(ids)}: {job.result}")
    return Result(
        "issue:bulk",
        engine(),
        n=len(ids),
        seconds=round(seconds, 2),
        per_second=round(len(ids) / seconds, 1),
        max_rss_mb=max_rss_mb(),
        more={"progress_steps": len(seen)},
    )
