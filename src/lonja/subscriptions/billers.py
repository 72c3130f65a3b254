"""A long billing run on every core.

Checking and adding up an invoice needs no lock: with two processes, one prepares its next batch
while the other writes. They are spawned, because the worker has threads.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connections

from lonja.accounts.models import Membership
from lonja.accounts.scope import current_organisation_id
from lonja.subscriptions.actions.bill import Share, bill_share, due_plans
from lonja.subscriptions.biller_process import bill_there
from lonja.subscriptions.models import BillingRun

log = logging.getLogger("lonja.billing")

# With fewer, starting a process costs more than it saves.
WORTH_IT = 1500


def in_processes(
    run: BillingRun,
    by: Membership | None,
    now: datetime,
    batch: int,
    on_progress: Callable[[int], None] | None = None,
    *,
    processes: int | None = None,
    worth_it: int = WORTH_IT,
) -> int:
    """Bill what is due with one process a core, this one among them. Returns how many periods.

    If another one dies, what it left is billed by whoever called (`bill_due`).
    """
    processes = processes or min(len(os.sched_getaffinity(0)), 4)
    if processes < 2 or due_plans(now).count() < worth_it:
        return 0
    context = multiprocessing.get_context("spawn")
    organisation, name = current_organisation_id(), connections["default"].settings_dict["NAME"]
    # In pairs, from both ends: who began later, or goes slower, does less.
    pairs = (processes + 1) // 2
    shares = [Share(n // 2, pairs, bool(n % 2)) for n in range(processes)]
    counters = [context.Value("l", 0) for _share in shares[1:]]
    others = []
    for share, counter in zip(shares[1:], counters, strict=True):
        told = (str(name), organisation, run.pk, by.pk if by else None, now, batch)
        where = (share.part, share.of, share.backwards, counter)
        other = context.Process(target=bill_there, args=(*told, *where), daemon=True)
        other.start()
        others.append(other)

    def tell(done: int) -> None:
        if on_progress is not None:
            on_progress(done + sum(counter.value for counter in counters))

    done = bill_share(run, by, now, batch, share=shares[0], on_progress=tell)
    while any(other.is_alive() for other in others):
        time.sleep(0.02)
        tell(done)
    for other in others:
        other.join()
        if other.exitcode:
            log.error("Un proceso de facturación acabó con el código %s", other.exitcode)
    return done + sum(counter.value for counter in counters)
