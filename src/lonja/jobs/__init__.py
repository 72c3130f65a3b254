"""Work done later. Rooms declare tasks with `django_tasks.task` and enqueue them here or there."""

from lonja.jobs.queue import Retry, enqueue_at, enqueue_many, enqueue_once, every, progress

__all__ = ["Retry", "enqueue_at", "enqueue_many", "enqueue_once", "every", "progress"]
