"""Checking and importing in the background."""

from __future__ import annotations

from django_tasks import task

from lonja.imports.actions import working
from lonja.imports.models import ImportRun, Status
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused


@task()
def check_run(run_id: int) -> None:
    _do(run_id, Status.CHECKING)


@task()
def import_run(run_id: int) -> None:
    _do(run_id, Status.IMPORTING)


def _do(run_id: int, expected: Status) -> None:
    run = ImportRun.objects.select_related("file", "by__user").filter(pk=run_id).first()
    if run is None or run.status != expected:
        return
    try:
        if expected == Status.CHECKING:
            working.check(run)
        else:
            working.carry_out(run)
    except Refused as refused:
        working.fail(run, refused)


def keys_of(run: ImportRun) -> list[str]:
    """Keys of the jobs that may be working on a run."""
    return [f"imports.check:{run.pk}", f"imports.import:{run.pk}"]


def start_check(run: ImportRun) -> None:
    """Check in the background. Call it inside the transaction of the request."""
    working.start_over(run, Status.CHECKING)
    go_on(run)


def start_import(run: ImportRun) -> None:
    """Import in the background. Call it inside the transaction of the request."""
    working.start_over(run, Status.IMPORTING)
    go_on(run)


def go_on(run: ImportRun) -> None:
    """Have a worker take the run from where it is, if none is at it."""
    check, work = keys_of(run)
    task, key = (check_run, check) if run.status == Status.CHECKING else (import_run, work)
    enqueue_once(task, key=key, by=run.by, run_id=run.pk)
