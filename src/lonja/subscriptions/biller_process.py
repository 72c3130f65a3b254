"""What runs in the other process of a long billing run.

Imported before Django is ready there: everything else is imported inside.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any


def bill_there(
    database: str,
    organisation: int,
    run: int,
    by: int | None,
    now: datetime,
    batch: int,
    part: int,
    of: int,
    backwards: bool,
    counter: Any,
) -> None:
    """Bill one share of a run, telling in `counter` how many periods; stops if its parent dies."""
    parent = os.getppid()

    import django

    django.setup(set_prefix=False)
    from django.db import connections

    from lonja.accounts.models import Membership
    from lonja.accounts.scope import scope
    from lonja.kit.memory import quiet_collector
    from lonja.subscriptions.actions.bill import Share, bill_share
    from lonja.subscriptions.models import BillingRun

    connections["default"].settings_dict["NAME"] = database
    quiet_collector()

    def tell(done: int) -> None:
        counter.value = done
        if os.getppid() != parent:
            raise SystemExit(1)

    with scope(organisation):
        member = Membership.objects.get(pk=by) if by else None
        the_run = BillingRun.objects.get(pk=run)
        bill_share(the_run, member, now, batch, share=Share(part, of, backwards), on_progress=tell)
