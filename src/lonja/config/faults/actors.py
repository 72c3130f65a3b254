"""The parts of the processes that work while things fail (`lonja.config.faults.base.Actor`)."""

from __future__ import annotations

import random
import time
from typing import Any


def bill(organisation_id: str, batch: str = "100") -> None:
    """A worker on the night of the billing run: goes on until nothing is due."""
    from lonja.accounts.scope import scope
    from lonja.subscriptions.actions.bill import bill_due

    with scope(int(organisation_id)):
        while bill_due(batch=int(batch)) is not None:
            pass


def bill_naive(_organisation_id: str, _batch: str = "1") -> None:
    """What must not be done: the number read and then used, the plan marked in another step."""
    from django.db import connection, transaction

    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM naive_plan WHERE done = 0 LIMIT 1")
            row = cursor.fetchone()
            if row is None:
                return
            cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM naive_invoice")
            (number,) = cursor.fetchone()
            time.sleep(random.uniform(0.005, 0.02))  # noqa: S311 - the time a document takes
            with transaction.atomic():
                cursor.execute("INSERT INTO naive_invoice VALUES (%s, %s)", [number, row[0]])
            with transaction.atomic():
                cursor.execute("UPDATE naive_plan SET done = 1 WHERE id = %s", [row[0]])


def write(organisation_id: str, times: str, mode: str) -> None:
    """Transactions that read and then write the same row (the pattern of every counter)."""
    from django.db import OperationalError, connection, transaction

    from lonja.accounts.scope import scope
    from lonja.activity import record
    from lonja.billing.models import Series, SeriesYear

    connection.ensure_connection()
    connection.transaction_mode = mode  # type: ignore[attr-defined]
    locked = 0
    with scope(int(organisation_id)):
        series = Series.objects.get()
        for _n in range(int(times)):
            try:
                with transaction.atomic():
                    counter = SeriesYear.objects.select_for_update().get(series=series)
                    counter.next_number += 1
                    counter.save(update_fields=["next_number"])
                    record(None, "faults.write", series)
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                locked += 1
    if locked:
        raise SystemExit(f"locked: {locked}")


def send(seconds: str) -> None:
    """A worker that empties the outbox until there is nothing it may send now."""
    from lonja.mail import sending

    sending.TIMEOUT_SECONDS = 1
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until and sending.sweep():
        pass


def schedule() -> None:
    """A scheduler: enqueues what is due a few times."""
    from lonja.jobs.worker import tick

    for _n in range(5):
        tick()
        time.sleep(0.05)


def send_records(organisation_id: str, seconds: str, batch: str) -> None:
    """A worker that sends records to the agency."""
    from lonja.config.faults import agency

    agency.send_records(organisation_id, seconds, batch)


def send_records_naive(organisation_id: str, seconds: str, batch: str) -> None:
    """What must not be done with them."""
    from lonja.config.faults import agency

    agency.send_records_naive(organisation_id, seconds, batch)


PARTS: dict[str, Any] = {
    "send-records": send_records,
    "send-records-naive": send_records_naive,
    "bill": bill,
    "bill-naive": bill_naive,
    "write": write,
    "send": send,
    "schedule": schedule,
}
