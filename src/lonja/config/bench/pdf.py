"""Facturas en PDF/A con su QR, con todos los núcleos."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

from lonja.config.bench.billing_run import plans_due
from lonja.config.bench.results import Result, max_rss_mb
from lonja.config.bench.scratch import engine

help = "facturas en PDF (con todos los núcleos)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=500, metavar="N", help="cuántas (500)")
    parser.add_argument("--processes", type=int, default=0, metavar="N", help="procesos")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """From issued invoices to the bytes of their PDF; the time of starting the pool included."""
    from lonja.accounts.scope import scope
    from lonja.billing.models import Invoice
    from lonja.documents.pool import render_many
    from lonja.subscriptions.actions.bill import bill_due

    organisation = plans_due(args.count, 3)
    with scope(organisation):
        bill_due()
        invoices = Invoice.objects.exclude(number="").select_related("company", "party")
        began = time.perf_counter()
        done, size = 0, 0
        for rendered in render_many(_jobs(invoices), processes=args.processes or None):
            if rendered.content is None:
                raise SystemExit(f"No salió la {rendered.key}: {rendered.error}")
            done, size = done + 1, size + len(rendered.content)
        seconds = time.perf_counter() - began
    if done != args.count:
        raise SystemExit(f"Salieron {done} de {args.count}")
    yield Result(
        "pdf",
        engine(),
        n=done,
        seconds=round(seconds, 2),
        per_second=round(done / seconds, 1),
        max_rss_mb=max_rss_mb(),
        more={"kb_each": round(size / done / 1024, 1)},
    )


def _jobs(invoices: Any) -> Iterator[Any]:
    from lonja.billing.document import invoice_document
    from lonja.documents.pool import Job
    from lonja.documents.render import INVOICE

    for invoice in invoices.prefetch_related("lines", "taxes").iterator(chunk_size=200):
        document, images = invoice_document(invoice, invoice.lines.all(), invoice.taxes.all())
        yield Job(invoice.pk, INVOICE, document, invoice.issued_at, images=images)
