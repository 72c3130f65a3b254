"""F4, F10, F14 and F16: many writers, one form sent twenty times, copies, altered rows."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from django.db import close_old_connections, connection

from lonja.accounts import locks
from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.config.faults.base import Actor, Fault, Outcome, wait_all
from lonja.config.verification import verify


def many_writers(fault: Fault) -> Outcome:
    """F4: eight processes writing at once on SQLite wait for each other and never fail."""
    from lonja.billing.models import SeriesYear

    outcome = Outcome("F4 ingenuo" if fault.naive else "F4", fault.seed)
    if connection.vendor != "sqlite":
        outcome.facts["omitida"] = "solo con SQLite"
        return outcome
    processes, times = (4, 150) if fault.small else (8, 2000)
    organisation = plans_due(1, 1, slug=f"f4-{fault.seed}-{int(fault.naive)}")
    with scope(organisation):
        from lonja.billing.models import Series

        counter = SeriesYear.objects.create(series=Series.objects.get(), year=2000)
    mode = "DEFERRED" if fault.naive else "IMMEDIATE"
    said = wait_all([Actor("write", organisation.pk, times, mode) for _n in range(processes)])
    outcome.wrong += said
    with scope(organisation):
        counter.refresh_from_db()
    written, wanted = counter.next_number - 1, processes * times
    outcome.facts = {"transacciones": wanted, "escritas": written}
    if written != wanted:
        outcome.wrong.append(f"se escribieron {written} de {wanted}")
    return outcome


def parallel_submits(fault: Fault) -> Outcome:
    """F10: the same form sent by twenty requests at once makes one row, and all get its answer."""
    from django.test import Client

    from lonja.accounts.models import Membership, Role, User
    from lonja.parties.models import Party

    organisation = plans_due(1, 1, slug=f"f10-{fault.seed}")
    with scope(organisation):
        user = User.objects.create_user(f"f10-{fault.seed}@example.com", "una-contraseña-larga")
        Membership.objects.create(user=user, role=Role.ADMIN)
        before = Party.objects.count()
    key = uuid.UUID(int=fault.rng.getrandbits(128)).hex
    form = {"name": "Cliente repetido", "country": "ES", "_key": "" if fault.naive else key}
    form |= {"kind": "company", "id_type": "nif", "language": "es", "payment_method": "transfer"}
    submits = 8 if fault.small else 20
    barrier, answers = threading.Barrier(submits, timeout=60), []
    clients = [Client(raise_request_exception=False) for _n in range(submits)]
    # One after another: a session that failed would leave the others waiting at the barrier.
    for client in clients:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def submit(client: Client) -> None:
        barrier.wait()
        response = client.post(f"/{organisation.slug}/clientes/nuevo/", form)
        answers.append((response.status_code, response.headers.get("Location", "")))
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=submit, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(organisation):
        made = Party.objects.count() - before
    name = "F10 ingenuo" if fault.naive else "F10"
    outcome = Outcome(name, fault.seed, facts={"envíos": submits, "filas": made})
    if made != 1:
        outcome.wrong.append(f"{made} filas en vez de una; respuestas: {sorted(set(answers))[:3]}")
    if len(set(answers)) != 1:
        outcome.wrong.append(f"respuestas distintas: {sorted(set(answers))[:4]}")
    return outcome


def copy_under_load(fault: Fault) -> Outcome:
    """F14: a copy made while invoices are issued is whole, and what it holds agrees."""
    from lonja.config.backups import manifest
    from lonja.config.backups.make import make_copy

    plans = 1000 if fault.small else 5000
    organisation = plans_due(plans, 3, slug=f"f14-{fault.seed}")
    outcome = Outcome("F14", fault.seed)
    with tempfile.TemporaryDirectory(prefix="lonja-f14-") as folder:
        billing = [Actor("bill", organisation.pk, 50) for _n in range(2)]
        while not _billed(organisation) and any(p.poll() is None for p in billing):
            time.sleep(0.05)
        time.sleep(fault.rng.uniform(0, 0.5))
        began = time.monotonic()
        copy = make_copy(Path(folder))
        took = time.monotonic() - began
        outcome.wrong += wait_all(billing)
        facts = manifest.read(copy)
        outcome.wrong += list(manifest.differences(copy, facts))
    checked = facts["checked"]
    outcome.facts = {"copia_s": round(took, 1), "registros_en_la_copia": checked.get("records", 0)}
    if not checked.get("records") or checked["records"] != checked["invoices"]:
        outcome.wrong.append(f"en la copia no hay un registro por factura: {checked}")
    report = verify()
    outcome.wrong += [f"{p.code} {p.where}" for p in report.problems[:5]]
    return outcome


def _billed(organisation: Any) -> bool:
    from lonja.fiscal.models import Record

    with scope(organisation):
        return Record.objects.exists()


def altered_by_hand(fault: Fault) -> Outcome:
    """F16: whoever has the password of the database alters a record; it is named, and fast."""
    from collections import Counter

    from lonja.billing.models import Invoice
    from lonja.config.verification.records import check_chain
    from lonja.fiscal.models import Chain
    from lonja.subscriptions.actions.bill import bill_due

    plans = 1000 if fault.small else 10_000
    organisation = plans_due(plans, 3, slug=f"f16-{fault.seed}")
    with scope(organisation):
        bill_due()
        began = time.process_time()
        problems, _broken = check_chain(Chain.objects.get(), Counter())
        rate = plans / (time.process_time() - began)
        position = fault.rng.randint(2, plans)
        number = Invoice.objects.order_by("sequence")[position - 1].number
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                locks.drop_sqlite_triggers(connection)
            else:
                cursor.execute("ALTER TABLE fiscal_record DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE fiscal_record SET xml = replace(xml, %s, %s) "
                "WHERE position = %s AND organisation_id = %s",
                ["<ImporteTotal>", "<ImporteTotal>1", position, organisation.pk],
            )
            if connection.vendor == "sqlite":
                locks.put_back()
            else:
                cursor.execute("ALTER TABLE fiscal_record ENABLE TRIGGER USER")
    broken = verify(organisation.slug).first_broken
    outcome = Outcome("F16", fault.seed, facts={"registros": plans, "por_s_de_cpu": round(rate)})
    outcome.wrong += [problem.message for problem in problems]
    if broken is None or (broken.position, broken.number) != (position, number):
        outcome.wrong.append(f"se alteró {number} (posición {position}) y dice {broken}")
    return outcome
