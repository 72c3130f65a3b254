"""Doing something to many tasks: a job that tells what happened to each."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused

MOST = 10_000


def start(what: str) -> Callable[[Any, Membership, dict[str, Any]], str]:
    """A function for `BulkAction.many`: it enqueues the job and leaves its id in `started_job`."""

    def run(rows: Any, by: Membership, data: dict[str, Any]) -> str:
        from lonja.tasks import jobs

        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            raise Refused(
                "bulk_too_many",
                _("Son más de 10.000 tareas. Filtra menos y repítelo."),
            )
        given = {name: _plain(value) for name, value in data.items() if value not in (None, "")}
        chosen = zlib.crc32(repr((ids, given)).encode())
        job = enqueue_once(
            jobs.bulk,
            key=f"tasks.bulk:{what}:{by.pk}:{chosen}",
            by=by,
            what=what,
            ids=ids,
            member_id=by.pk,
            data=given,
        )
        by.started_job = job.pk  # type: ignore[attr-defined]
        return _("Trabajo en marcha")

    return run


def _plain(value: Any) -> str:
    return str(value.pk) if hasattr(value, "pk") else str(value)
