"""Django's task API over our own rows, so that another backend is only a setting."""

from __future__ import annotations

from typing import Any

from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError
from django_tasks.utils import normalize_json


class RowBackend(BaseTaskBackend):
    """A job is a row in the transaction of the caller; arguments are given by name."""

    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        from lonja.jobs.queue import build

        if args:
            raise InvalidTaskError("Los argumentos de una tarea se dan por nombre")
        fields: dict[str, Any] = {"priority": task.priority}
        if task.run_after is not None:
            fields["run_at"] = task.run_after
        job = build(task, normalize_json(kwargs), **fields)
        job.save(force_insert=True)
        return TaskResult(
            task=task,
            id=str(job.pk),
            status=TaskResultStatus.READY,
            enqueued_at=job.created_at,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=[],
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
