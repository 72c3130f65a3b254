"""Doing something to many invoices: a job that tells what happened to each."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing import jobs
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused

MOST = 5000
MOST_RECEIPTS = 100


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


def exchange(rows: Any, by: Membership, data: dict[str, Any]) -> str:
    """For `BulkAction.many`: the page that exchanges those receipts is left in `go_to`."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_RECEIPTS + 1])
    if len(ids) > MOST_RECEIPTS:
        raise Refused(
            "exchange_too_many", _("Son más de 100 tiques. Cámbialos en varias facturas.")
        )
    query = urlencode([("con", pk) for pk in ids])
    by.go_to = f"{reverse('billing:exchange_new')}?{query}"  # type: ignore[attr-defined]
    return _("Elige a quién va la factura completa")
