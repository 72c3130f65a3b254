"""Work of electronic invoices done by the workers: thin, they fetch and call actions."""

from __future__ import annotations

import logging

from django_tasks import task

from lonja.einvoices.actions import face
from lonja.einvoices.face.port import FaceLost, FaceRefused, FaceUnreached
from lonja.einvoices.models import FaceDelivery, FaceState
from lonja.jobs import Retry
from lonja.kit.errors import Refused

logger = logging.getLogger(__name__)

# Seconds until the next try: FACe may be closed for hours.
_WAITS = (60, 300, 900, 1800, 3600)


@task()
def deliver(delivery_id: int) -> None:
    """Present an invoice to FACe. It may run twice: see `actions.face`."""
    try:
        face.deliver(delivery_id)
    except (FaceUnreached, FaceLost) as error:
        attempts = FaceDelivery.objects.get(pk=delivery_id).attempts
        raise Retry(str(error), _WAITS[min(attempts, len(_WAITS)) - 1]) from error


@task()
def follow_one(delivery_id: int) -> None:
    """Ask FACe about one invoice."""
    delivery = FaceDelivery.objects.select_related("copy").get(pk=delivery_id)
    if delivery.state != FaceState.REGISTERED:
        return
    try:
        face.follow(delivery)
    except (FaceUnreached, FaceLost) as error:
        raise Retry(str(error), 600) from error


@task()
def follow() -> None:
    """Ask FACe about every invoice that is still on its way, oldest answer first; and put again
    in the queue what waits to be presented and no job carries any more."""
    for pk in face.waiting():
        face.enqueue(pk)
    for delivery in face.to_follow():
        try:
            face.follow(delivery)
        except FaceUnreached as error:
            logger.warning("FACe: %s", error)
            return
        except (FaceLost, FaceRefused, Refused) as error:
            FaceDelivery.objects.filter(pk=delivery.pk).update(last_error=str(error)[:500])
