"""Doing something to many invoices: a job that tells what happened to each."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing import jobs
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused

MOST = 5000


def start(what: str) -> Callable[[Any, Membership, dict[str, Any]], str]:
    """A function for `BulkAction.many`: it enqueues the job and leaves its id in `started_job`."""

    def run(rows: Any, by: Membership, data: dict[str, Any]) -> str:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            raise Refused(
                "bulk_too_many",
                _("Son más de 5.000 facturas. Filtra menos, por ejemplo por meses, y repítelo."),
            )
        chosen = zlib.crc32(repr((ids, data)).encode())
        job = enqueue_once(
            jobs.bulk,
            key=f"billing.bulk:{what}:{by.pk}:{chosen}",
            by=by,
            what=what,
            ids=ids,
            member_id=by.pk,
            data={name: str(value) for name, value in data.items()},
        )
        by.started_job = job.pk  # type: ignore[attr-defined]
        return _("Trabajo en marcha")

    return run
