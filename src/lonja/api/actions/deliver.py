"""Telling an endpoint what happened: signed, tried again for days, and given up in sight."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership, Role
from lonja.accounts.secrets import BrokenSecret
from lonja.activity import record
from lonja.api.actions.webhooks import DELIVER
from lonja.api.models import Delivery, DeliveryState, WebhookEndpoint
from lonja.jobs import enqueue_at
from lonja.jobs.queue import task_at
from lonja.kit.outgoing import Answer, Unreachable, post
from lonja.kit.text import clean_line
from lonja.mail import queue_mail

# Wait after each failure; after the last one it is «No entregado», with a button (R13).
WAITS = (60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
SWITCHED_OFF_AFTER = timedelta(days=5)
_KEPT_TRIES = 20
_SAID = 300


def signature(secret: str, body: bytes, at: int) -> str:
    """The header `Lonja-Signature`: the HMAC-SHA256 of «time.body», with the time in seconds."""
    told = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={told}"


def attempt(delivery_id: int, round: int, attempt: int) -> None:
    """Try once, if this is the try that is due; on failure, leave the next one in the queue.

    The request goes out of any transaction. If the process dies in the middle it goes again: who
    receives it tells by its id.
    """
    rows = Delivery.objects.select_related("endpoint")
    delivery = rows.filter(
        pk=delivery_id, state=DeliveryState.WAITING, round=round, attempts=attempt
    ).first()
    if delivery is None:
        return
    if not delivery.endpoint.is_on:
        _write(delivery, DeliveryState.FAILED, 0, 0, _("El webhook está desactivado."))
        return
    if not delivery.body:
        from lonja.api.payloads import payload  # pydantic and the shapes: only who delivers

        delivery.body = payload(delivery)
        Delivery.objects.filter(pk=delivery.pk).update(body=delivery.body)
    now = timezone.now()
    try:
        answer = _send(delivery, now)
    except (Unreachable, BrokenSecret) as error:
        _failed(delivery, now, 0, 0, str(error))
        return
    said = clean_line(answer.body[:_SAID].decode(errors="replace"))
    if 200 <= answer.status < 300:
        _taken(delivery, answer.status, answer.milliseconds, said)
    else:
        _failed(delivery, now, answer.status, answer.milliseconds, said)


def _send(delivery: Delivery, now: datetime) -> Answer:
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Lonja-Webhooks/1",
        "Lonja-Event": delivery.event,
        "Lonja-Delivery": delivery.event_id,
        "Lonja-Signature": signature(delivery.endpoint.secret(), body, int(now.timestamp())),
    }
    return post(delivery.endpoint.url, body, headers, private=settings.OUTGOING_PRIVATE)


@transaction.atomic
def _taken(delivery: Delivery, status: int, milliseconds: int, said: str) -> None:
    _write(delivery, DeliveryState.DELIVERED, status, milliseconds, said)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(
        failing_since=None
    )


@transaction.atomic
def _failed(delivery: Delivery, now: datetime, status: int, milliseconds: int, said: str) -> None:
    over = delivery.attempts >= len(WAITS)
    state = DeliveryState.FAILED if over else DeliveryState.WAITING
    following = now + timedelta(seconds=0 if over else WAITS[delivery.attempts])
    delivery.next_at = following
    if not _write(delivery, state, status, milliseconds, said):
        return  # another process told it meanwhile
    if not over:
        enqueue_at(
            task_at(DELIVER),
            following,
            delivery_id=delivery.pk,
            round=delivery.round,
            attempt=delivery.attempts + 1,
        )
    _count_failure(delivery.endpoint, now)


def _write(delivery: Delivery, state: str, status: int, milliseconds: int, said: str) -> bool:
    """Keep what came of a try, unless this try was already written."""
    now = timezone.now()
    told: dict[str, Any] = {
        "at": now.isoformat(timespec="seconds"),
        "status": status,
        "ms": milliseconds,
        "said": said,
    }
    due = Delivery.objects.filter(
        pk=delivery.pk,
        state=DeliveryState.WAITING,
        round=delivery.round,
        attempts=delivery.attempts,
    )
    return bool(
        due.update(
            state=state,
            attempts=delivery.attempts + 1,
            tries=[*delivery.tries, told][-_KEPT_TRIES:],
            next_at=delivery.next_at if state == DeliveryState.WAITING else None,
            delivered_at=now if state == DeliveryState.DELIVERED else delivery.delivered_at,
        )
    )


def _count_failure(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Days failing without a single success switch it off, and the administrators are told."""
    mine = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    mine.filter(failing_since=None).update(failing_since=now)
    long_ago = now - SWITCHED_OFF_AFTER
    if not mine.filter(failing_since__lt=long_ago, disabled_at=None).update(disabled_at=now):
        return
    record(None, "api.webhook_switched_off", endpoint, url=endpoint.url)
    admins = Membership.objects.filter(role=Role.ADMIN, deactivated_at=None).select_related("user")
    to = [member.user.email for member in admins if member.is_active][:20]
    if to:
        queue_mail(
            to=to,
            subject=_("Un webhook lleva días fallando y se ha desactivado"),
            text=_(
                "Hola:\n\nLa dirección %(url)s lleva %(days)s días sin contestar bien, y Lonja ha "
                "dejado de avisarla.\n\nCuando esté arreglada, actívala en Configuración › API y "
                "webhooks: allí está lo que no se pudo entregar, con un botón para enviarlo otra "
                "vez.\n"
            )
            % {"url": endpoint.url, "days": SWITCHED_OFF_AFTER.days},
            about=endpoint,
            kind="webhook",
            key=f"api.webhook_off:{endpoint.pk}:{now.timestamp():.0f}",
        )
