"""F8: an agency that falls, stalls, refuses and loses answers, and a sender that is killed."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.config.faults.base import Actor, Fault, Outcome
from lonja.config.verification import verify

NIF, PASSWORD = "B98765431", "pruebas"
_WAIT = 1  # seconds that this agency asks to wait


def unreliable_agency(fault: Fault) -> Outcome:
    """Every mode in turn with kills in between; at the end each record is in one known state."""
    from lonja.fiscal.verifactu.agency import Agency, AgencyServer, Mode

    records, kills, batch = (120, 3, 8) if fault.small else (1000, 15, 25)
    organisation = plans_due(records, 1, slug=f"f8-{fault.seed}-{int(fault.naive)}")
    modes = [
        *(Mode("down"), Mode("slow", seconds=0.4), Mode("fault", "3501"), Mode("lost")),
        *(Mode("partial"), Mode("reject", "1110", every=4), Mode("duplicate"), Mode("http500")),
        *(Mode("certificate"), Mode("garbage"), Mode("bomb"), Mode("slow", seconds=4.0)),
    ]
    fault.rng.shuffle(modes)
    outcome = Outcome("F8 ingenuo" if fault.naive else "F8", fault.seed)
    with (
        tempfile.TemporaryDirectory(prefix="lonja-f8-") as folder,
        AgencyServer(Path(folder), agency=Agency(wait=_WAIT)) as server,
    ):
        _point_at(server)
        _issue(organisation, server, batch)
        # One good answer between two bad ones: what goes wrong has something to go wrong with.
        for mode in modes:
            server.agency.then(mode, Mode())
        killed = _send_all(fault, organisation, kills, batch)
        _examine(outcome, organisation, server.agency, records, killed)
    return outcome


def _point_at(server: Any) -> None:
    """This process and its children send to the stand-in."""
    os.environ["LONJA_VERIFACTU_TEST_URL"] = settings.VERIFACTU_TEST_URL = server.url
    os.environ["LONJA_VERIFACTU_TEST_CA"] = settings.VERIFACTU_TEST_CA = server.ca


def _issue(organisation: Any, server: Any, batch: int) -> None:
    """Everything is issued while nothing can be sent, in one go: nobody waits for the agency."""
    from lonja.accounts.models import Company
    from lonja.fiscal.actions.certificates import keep_certificate
    from lonja.fiscal.models import Channel
    from lonja.subscriptions.actions.bill import bill_due

    with scope(organisation):
        company = Company.objects.get()
        content = server.authority.pkcs12("MEDIDAS SL", NIF, PASSWORD)
        keep_certificate(company, content, PASSWORD, is_representative=False, by=None)
        Channel.objects.create(
            company=company, nif=NIF, environment="test", batch_size=batch, wait_seconds=_WAIT
        )
        bill_due()


def _send_all(fault: Fault, organisation: Any, kills: int, batch: int) -> int:
    from lonja.fiscal.models import Chain

    killed, deadline = 0, time.monotonic() + 1200
    name = "send-records-naive" if fault.naive else "send-records"
    while time.monotonic() < deadline:
        senders = [Actor(name, organisation.pk, 60, batch) for _n in range(2)]
        if killed < kills:
            time.sleep(fault.rng.uniform(0.3, 1.5))
            for sender in senders[: kills - killed]:
                if sender.poll() is None:
                    sender.kill()
                    killed += 1
        for sender in senders:
            sender.wait()
        with scope(organisation):
            if not Chain.objects.filter(last_position__gt=F("settled_position")).exists():
                return killed
    return killed


def _examine(outcome: Outcome, organisation: Any, agency: Any, records: int, killed: int) -> None:
    from lonja.fiscal.models import Record, Submission

    with scope(organisation):
        rows = list(
            Record.objects.order_by("position").values_list("huella", "state", "error_code")
        )
        lost = Submission.objects.filter(state="lost").count()
        biggest = max(Submission.objects.values_list("count", flat=True), default=0)
    huellas = [huella for huella, _state, _code in rows]
    states = Counter(state for _huella, state, _code in rows)
    outcome.facts = {
        "registros": records,
        "muertes": killed,
        "mensajes": len(agency.exchanges),
        "sin_respuesta": lost,
        **dict(states),
    }
    if set(states) - {"accepted", "with_errors", "rejected"}:
        outcome.wrong.append(f"registros sin estado conocido: {dict(states)}")
    if len(rows) != records:
        outcome.wrong.append(f"{len(rows)} registros en vez de {records}")
    first_seen = list(dict.fromkeys(agency.received))
    if first_seen != huellas:
        outcome.wrong.append("no llegaron todos, o no en su orden")
    if agency.early:
        outcome.wrong.append(f"{len(agency.early)} envíos antes de tiempo")
    if max(biggest, agency.biggest) > 1000:
        outcome.wrong.append("un envío pasó de mil registros")
    _compare(outcome, rows, agency)
    _repeats(outcome, agency, killed)
    outcome.wrong += [f"{p.code} {p.where}" for p in verify(organisation.slug).problems[:5]]


def _compare(outcome: Outcome, rows: list[tuple[str, str, str]], agency: Any) -> None:
    """What we believe is what the agency keeps."""
    kept = {kept.huella: kept for kept in agency.kept.values()}
    ours = {"Correcta": "accepted", "AceptadaConErrores": "with_errors"}
    for huella, state, _code in rows:
        there = ours.get(kept[huella].state, "") if huella in kept else "rejected"
        if there != state:
            outcome.wrong.append(f"creemos {state} y la AEAT tiene {there}")
            return


def _repeats(outcome: Outcome, agency: Any, killed: int) -> None:
    """Nothing goes again that was answered, but for what a killed sender did not live to read."""
    answered: set[bytes] = set()
    again = 0
    for exchange in agency.exchanges:
        own = set(_own_huellas(exchange.request))
        again += bool(own & answered)
        if exchange.delivered and exchange.status == 200 and exchange.mode in _READABLE:
            answered |= own
    outcome.facts["repetidos"] = again
    if again > killed:
        outcome.wrong.append(f"{again} envíos repetidos tras su respuesta, y {killed} muertes")


_READABLE = {"ok", "slow", "partial", "reject", "duplicate"}


def _own_huellas(message: bytes) -> list[bytes]:
    return re.findall(rb"<Huella>([0-9A-F]{64})</Huella></Registro(?:Alta|Anulacion)>", message)


def send_records(organisation_id: str, seconds: str, batch: str) -> None:
    """A worker that sends what is due until nothing is left."""
    from lonja.fiscal import transport
    from lonja.fiscal.actions import sending, settling
    from lonja.fiscal.actions.asking import ask_about_strangers
    from lonja.fiscal.models import Chain

    _hurry(sending, transport)
    settling.LARGEST = int(batch)
    until = time.monotonic() + float(seconds)
    with scope(int(organisation_id)):
        while time.monotonic() < until:
            if not Chain.objects.filter(last_position__gt=F("settled_position")).exists():
                return
            submission = sending.send_next(NIF, "test")
            if submission is None:
                time.sleep(0.05)
            else:
                ask_about_strangers(submission)


def _hurry(sending: Any, transport: Any) -> None:
    """Hours become seconds; their order stays: an answer is waited for less than a lease lasts."""
    transport.READ_SECONDS, transport.TOTAL_SECONDS = 1.0, 2.0
    sending.LEASE = timedelta(seconds=3)
    sending.BACKOFF_SECONDS = (1, 1, 2)


def send_records_naive(organisation_id: str, seconds: str, _batch: str) -> None:
    """What must not be done: no lease, no pace, and what got no answer is marked as sent."""
    import contextlib

    from lonja.fiscal import transport
    from lonja.fiscal.certificates import tls_context
    from lonja.fiscal.models import Certificate, Chain, Record
    from lonja.fiscal.verifactu.xml import Header, envelope

    transport.READ_SECONDS = 1.0
    until = time.monotonic() + float(seconds)
    with scope(int(organisation_id)):
        content, password = Certificate.objects.get().content()
        context = tls_context(content, password, settings.VERIFACTU_TEST_CA)
        while time.monotonic() < until:
            rows = Record.objects.filter(state="pending").order_by("position")[:40]
            records = list(rows.values_list("pk", "xml"))
            if not records:
                Chain.objects.update(settled_position=F("last_position"))
                return
            message = envelope(Header("MEDIDAS SL", NIF), [xml.encode() for _pk, xml in records])
            failures = (transport.Lost, transport.Unreached, transport.CertificateRefused)
            with contextlib.suppress(*failures):
                transport.post(settings.VERIFACTU_TEST_URL, message, context)
            Record.objects.filter(pk__in=[pk for pk, _xml in records]).update(
                state="accepted", settled_at=timezone.now()
            )
