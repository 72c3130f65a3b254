"""Putting work in the table, scheduling it, and telling how far it is."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_tasks.base import Task

    from lonja.jobs.models import Job


class Retry(Exception):
    """Raised by a task to be tried again later without counting as a fault of the program."""

    def __init__(self, reason: str, seconds: int | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class Schedule:
    """A task that runs for each organisation every so many minutes."""

    name: str
    minutes: int
    task: Any


_schedules: dict[str, Schedule] = {}
_running: ContextVar[int | None] = ContextVar("lonja_job", default=None)


def every(name: str, *, minutes: int, task: Task) -> None:
    """Run a task for every organisation each so many minutes (declared in `apps.ready()`).

    The task takes no arguments and must ask what is due, never what time it is (R6).
    """
    _schedules[name] = Schedule(name, minutes, task)


def schedules() -> list[Schedule]:
    """What was declared with `every`."""
    return list(_schedules.values())


def path_of(task: Task) -> str:
    """`module.function` of a task, as its rows keep it."""
    return task.module_path


def task_at(path: str) -> Task:
    """The task stored as `module.function`. Raises ImportError or AttributeError."""
    module, _dot, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def build(task: Task, kwargs: dict[str, Any], **fields: Any) -> Job:
    """An unsaved job row for a task, in the organisation of the scope."""
    from lonja.jobs.models import Job

    return Job(task=path_of(task), args=kwargs, queue=task.queue_name, **fields)


def enqueue_at(task: Task, when: datetime, **kwargs: Any) -> Job:
    """Enqueue for an aware moment."""
    job = build(task, kwargs, run_at=when, priority=task.priority)
    job.save(force_insert=True)
    return job


def enqueue_many(task: Task, calls: Iterable[dict[str, Any]]) -> int:
    """Enqueue one job per dict of keyword arguments with a single insert. Returns how many."""
    from lonja.jobs.models import Job

    return len(Job.objects.bulk_create([build(task, kw, priority=task.priority) for kw in calls]))


def enqueue_once(task: Task, *, key: str, by: Any = None, **kwargs: Any) -> Job:
    """Enqueue unless a live job has the key; either way the live job is returned."""
    from django.db import IntegrityError, transaction

    from lonja.jobs.models import Job

    try:
        with transaction.atomic():
            job = build(task, kwargs, key=key, priority=task.priority, requested_by=by)
            job.save(force_insert=True)
            return job
    except IntegrityError:
        existing = Job.objects.filter(key=key).first()
        if existing is None:  # it has just finished: try once more
            job = build(task, kwargs, key=key, priority=task.priority, requested_by=by)
            job.save(force_insert=True)
            return job
        return existing


def current_job_id() -> int | None:
    """The id of the job being run, or None outside one."""
    return _running.get()


def progress(done: int, total: int, note: str = "") -> None:
    """Tell how far the running job is; outside a job it does nothing."""
    from lonja.jobs.models import Job

    job_id = _running.get()
    if job_id is not None:
        Job.objects.filter(pk=job_id).update(
            progress_done=done, progress_total=total, progress_note=note[:200]
        )
