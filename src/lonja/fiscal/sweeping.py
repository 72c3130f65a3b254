"""Finding, now and then, whose records it is time to send."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from lonja.accounts.scope import all_organisations, scope
from lonja.fiscal.jobs import send_records
from lonja.fiscal.models import Chain, Channel
from lonja.jobs import enqueue_once

MOST = 200


def sweep() -> int:
    """Enqueue a job for each taxpayer whose queue is due. Returns how many."""
    now = timezone.now()
    with transaction.atomic(), all_organisations():
        waiting = set(
            Chain.objects.filter(
                last_position__gt=F("settled_position"), organisation__is_demo=False
            )
            .order_by()
            .values_list("organisation_id", "nif", "environment")
            .distinct()[:5000]
        )
        if not waiting:
            return 0
        later = Q(lease_until__gt=now) | Q(wait_until__gt=now) | Q(retry_at__gt=now)
        waiting -= set(
            Channel.objects.filter(later).values_list("organisation_id", "nif", "environment")
        )
    for organisation_id, nif, environment in sorted(waiting)[:MOST]:
        with scope(organisation_id), transaction.atomic():
            key = f"fiscal.send:{nif}:{environment}"
            enqueue_once(send_records, key=key, nif=nif, environment=environment)
    return len(waiting)
