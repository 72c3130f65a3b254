"""The process that takes jobs, runs them with their organisation open, and never loses one.

A job is taken with a lease that a heartbeat renews; when the process dies the lease expires and
another worker takes the job up. At-least-once: every task must be idempotent.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.scope import all_organisations, scope
from lonja.jobs.models import Job, Status, Tick, WorkerBeat
from lonja.jobs.queue import Retry, _running, schedules, task_at
from lonja.kit.errors import Refused

log = logging.getLogger("lonja.jobs")
LEASE = timedelta(seconds=30)
POLL_SECONDS = 0.5

_CLAIM = """UPDATE jobs_job SET status = 'running', worker = %s, lease_until = %s,
 attempts = attempts + 1 WHERE id IN (SELECT id FROM jobs_job WHERE status = 'ready'
 AND run_at <= %s ORDER BY priority DESC, run_at, id LIMIT %s {lock}) RETURNING id"""

# Work that other rooms keep in tables of their own (the outbox): called between jobs, each returns
# how many things it did.
_sweepers: list[Callable[[], int]] = []


def sweep_with(function: Callable[[], int]) -> None:
    """Have each worker call a function regularly; it opens its own scopes."""
    if function not in _sweepers:
        _sweepers.append(function)


def claim(worker: str, limit: int = 1) -> list[int]:
    """Take up to `limit` ready jobs, marking them ours until the lease ends. Returns their ids."""
    now = timezone.now()
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), all_organisations(), connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(lock=lock), [worker, now + LEASE, now, limit])
        return [row[0] for row in cursor.fetchall()]


def reap() -> int:
    """Put jobs whose worker died back in the queue, or fail them after their last attempt."""
    now = timezone.now()
    with transaction.atomic(), all_organisations():
        expired = Job.objects.filter(status=Status.RUNNING, lease_until__lt=now)
        dead = expired.filter(attempts__gte=F("max_attempts")).update(
            status=Status.FAILED,
            key=None,
            finished_at=now,
            error=_("El proceso que lo hacía murió demasiadas veces"),
        )
        back = Job.objects.filter(status=Status.RUNNING, lease_until__lt=now).update(
            status=Status.READY, run_at=now, lease_until=None
        )
    return dead + back


def renew(worker: str, job_ids: list[int]) -> None:
    """Say that the worker lives and keeps these jobs for another lease."""
    with transaction.atomic(), all_organisations():
        if job_ids:
            Job.objects.filter(pk__in=job_ids, worker=worker, status=Status.RUNNING).update(
                lease_until=timezone.now() + LEASE
            )
        WorkerBeat.objects.update_or_create(worker=worker, defaults={"at": timezone.now()})


def run_job(job_id: int, worker: str) -> bool:
    """Run one claimed job to its end. Returns whether it was done."""
    with transaction.atomic(), all_organisations():
        job = Job.objects.filter(pk=job_id, worker=worker, status=Status.RUNNING).first()
    if job is None:
        return False
    token = _running.set(job.pk)
    try:
        with scope(job.organisation_id):
            result = task_at(job.task).call(**job.args)
            _finish(job, worker, result)
        return True
    except Retry as reason:
        _again(job, worker, str(reason), reason.seconds)
    except Refused as refused:
        _fail(job, worker, str(refused))
    except Exception:
        log.exception("Falló el trabajo %s", job)
        _again(job, worker, traceback.format_exc(limit=-8), None)
    finally:
        _running.reset(token)
    return False


def _mine(job: Job, worker: str) -> Any:
    return Job.objects.filter(pk=job.pk, worker=worker, status=Status.RUNNING)


def _finish(job: Job, worker: str, result: Any) -> None:
    with transaction.atomic():
        mine = _mine(job, worker)
        if result is None and job.requested_by_id is None:
            mine.delete()
        else:
            mine.update(
                status=Status.DONE,
                key=None,
                lease_until=None,
                finished_at=timezone.now(),
                result=result,
                error="",
            )


def _fail(job: Job, worker: str, error: str) -> None:
    with transaction.atomic(), scope(job.organisation_id):
        _mine(job, worker).update(
            status=Status.FAILED,
            key=None,
            lease_until=None,
            finished_at=timezone.now(),
            error=error[:8000],
        )


def _again(job: Job, worker: str, error: str, seconds: int | None) -> None:
    if job.attempts >= job.max_attempts:
        _fail(job, worker, error)
        return
    wait = seconds if seconds is not None else min(3600, 5 * 3 ** (job.attempts - 1))
    with transaction.atomic(), scope(job.organisation_id):
        _mine(job, worker).update(
            status=Status.READY,
            lease_until=None,
            run_at=timezone.now() + timedelta(seconds=wait),
            error=error[:8000],
        )


def tick() -> int:
    """Enqueue, for every organisation, the scheduled tasks whose time has come.

    However many schedulers look, the conditional update lets only one of them through (F3).
    """
    from lonja.accounts.models import Organisation
    from lonja.jobs.queue import enqueue_once

    done = 0
    now = timezone.now()
    known = {tick.name: tick for tick in Tick.objects.all()}
    for schedule in schedules():
        row = known.get(schedule.name)
        if row is None:
            row, _created = Tick.objects.get_or_create(name=schedule.name)
        if row.next_at > now:
            continue
        won = Tick.objects.filter(pk=row.pk, next_at=row.next_at).update(
            next_at=now + timedelta(minutes=schedule.minutes), last_at=now
        )
        if not won:
            continue
        for organisation_id in Organisation.objects.values_list("pk", flat=True):
            with transaction.atomic(), scope(organisation_id):
                enqueue_once(schedule.task, key=f"tick:{schedule.name}")
            done += 1
    return done


def keep_statistics() -> None:
    """Let SQLite choose its indexes well: a sample of each is enough, and takes a tenth of a second
    with a million invoices. With one of a thousand rows it believes that an organisation has a
    thousand of each, and reads all of a year to find those of a client.

    PostgreSQL does it by itself.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 30000")
            cursor.execute("ANALYZE")


class Worker:
    """Threads that run jobs, plus one that keeps leases alive, schedules and sweeps."""

    def __init__(self, stop: threading.Event, concurrency: int = 2) -> None:
        self.stop = stop
        self.name = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.concurrency = concurrency
        self.running: set[int] = set()
        self.guard = threading.Lock()

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._work, name=f"job-{n}", daemon=True)
            for n in range(self.concurrency)
        ]
        threads.append(threading.Thread(target=self._keep_alive, name="lease", daemon=True))
        for thread in threads:
            thread.start()
        self._attend()
        for thread in threads:
            thread.join(timeout=20)

    def _safely(self, what: str, function: Callable[[], Any]) -> Any:
        try:
            close_old_connections()
            return function()
        except Exception:
            log.exception("%s: error", what)
            connection.close()
            self.stop.wait(1)
            return None

    def _work(self) -> None:
        while not self.stop.is_set():
            claimed = self._safely("reparto", lambda: claim(self.name)) or []
            if not claimed:
                self.stop.wait(POLL_SECONDS)
            for job_id in claimed:
                with self.guard:
                    self.running.add(job_id)
                try:
                    self._safely("trabajo", lambda job_id=job_id: run_job(job_id, self.name))
                finally:
                    with self.guard:
                        self.running.discard(job_id)
        connection.close()

    def _keep_alive(self) -> None:
        while not self.stop.wait(LEASE.total_seconds() / 4):
            with self.guard:
                ids = list(self.running)
            self._safely("latido", lambda ids=ids: renew(self.name, ids))
        connection.close()

    def _attend(self) -> None:
        last_reap = last_statistics = 0.0
        while not self.stop.is_set():
            if time.monotonic() - last_reap > 5:
                self._safely("recogida", reap)
                self._safely("agenda", tick)
                last_reap = time.monotonic()
            if time.monotonic() - last_statistics > 3600:
                self._safely("muestreo", keep_statistics)
                last_statistics = time.monotonic()
            did = 0
            for sweeper in _sweepers:
                did += self._safely(sweeper.__name__, sweeper) or 0
            if not did:
                self.stop.wait(1)
        connection.close()


def run_forever(stop: threading.Event, concurrency: int = 2) -> None:
    """Work until `stop` is set: jobs, schedule, leases and sweepers, in this process."""
    Worker(stop, concurrency).run()


def run_until_idle(worker: str = "here", limit: int = 100_000) -> int:
    """Run ready jobs one after another in this thread until none is left. Returns how many.

    For commands and tests; jobs scheduled for later stay.
    """
    done = 0
    while done < limit:
        claimed = claim(worker)
        if not claimed:
            return done
        for job_id in claimed:
            run_job(job_id, worker)
            done += 1
    return done
