"""Webhooks: the endpoints, and the rows that owe each of them an event (R13)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.prepared import Prepared
from lonja.activity import record
from lonja.api.events import EVENTS, MAY_PAY, OF_VERB, PAID, PING
from lonja.api.models import Delivery, DeliveryState, WebhookEndpoint
from lonja.billing.models import Invoice
from lonja.jobs import enqueue_many
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.kit.outgoing import check_url

DELIVER = "lonja.api.jobs.deliver"  # by name: jobs stand over actions
MOST_ENDPOINTS = 20
KEPT = {DeliveryState.DELIVERED: timedelta(days=30), DeliveryState.FAILED: timedelta(days=90)}

_switched_on = Prepared(lambda: WebhookEndpoint.objects.filter(disabled_at=None, deleted_at=None))


# --- endpoints ------------------------------------------------------------------------------------
@transaction.atomic
def create_endpoint(
    *, url: str, description: str, events: Sequence[str], by: Membership
) -> tuple[WebhookEndpoint, str]:
    """An endpoint, and the secret that signs what it gets, shown once. Raises Refused."""
    _refuse_unless_sound(events)
    if WebhookEndpoint.objects.filter(deleted_at=None).count() >= MOST_ENDPOINTS:
        raise Refused("too_many_webhooks", _("Ya hay muchos webhooks: borra alguno antes."))
    endpoint = WebhookEndpoint.objects.create(
        url=check_url(url, private=settings.OUTGOING_PRIVATE),
        description=description,
        events=[code for code in EVENTS if code in events],
        created_by=by,
    )
    record(by, "api.webhook_created", endpoint, url=endpoint.url)
    return endpoint, _new_secret(endpoint)


def _refuse_unless_sound(events: Sequence[str]) -> None:
    if not events:
        raise Refused("events_missing", _("Elige al menos un aviso."), field="events")
    if set(events) - set(EVENTS):
        raise Refused("event_unknown", _("Ese aviso no existe."), field="events")


def _new_secret(endpoint: WebhookEndpoint) -> str:
    secret = "whsec_" + secrets.token_urlsafe(32)
    endpoint.put_secret(secret)
    return secret


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint, *, url: str, description: str, events: Sequence[str], by: Membership
) -> None:
    """What waits goes to the new address. Raises Refused."""
    _refuse_unless_sound(events)
    endpoint.url = check_url(url, private=settings.OUTGOING_PRIVATE)
    endpoint.description = description
    endpoint.events = [code for code in EVENTS if code in events]
    endpoint.save(update_fields=["url", "description", "events"])
    record(by, "api.webhook_changed", endpoint, url=endpoint.url)


@transaction.atomic
def renew_secret(endpoint: WebhookEndpoint, *, by: Membership) -> str:
    """A new secret; from now on everything is signed with it, what waits too."""
    secret = _new_secret(endpoint)
    record(by, "api.webhook_secret_renewed", endpoint, url=endpoint.url)
    return secret


@transaction.atomic
def delete_endpoint(endpoint: WebhookEndpoint, *, by: Membership) -> None:
    """It gets nothing more; its log stays. Twice is once."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None)
    if rows.update(deleted_at=timezone.now(), sealed_secret=""):
        record(by, "api.webhook_deleted", endpoint, url=endpoint.url)


@transaction.atomic
def switch_on(endpoint: WebhookEndpoint, *, by: Membership) -> None:
    """Try again with one that was switched off; what it missed is sent by hand, if wanted."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False)
    if rows.update(disabled_at=None, failing_since=None):
        record(by, "api.webhook_switched_on", endpoint, url=endpoint.url)


# --- what is owed ---------------------------------------------------------------------------------
def note(rows: Sequence[dict[str, Any]]) -> None:
    """Owe each endpoint what it asked to know of what was just recorded (same transaction).

    Nothing is asked of the database for verbs that no event comes from.
    """
    told = [(row, OF_VERB[row["verb"]]) for row in rows if row["verb"] in OF_VERB]
    may_pay = [row for row in rows if row["verb"] in MAY_PAY]
    if not told and not may_pay:
        return
    endpoints = _switched_on.all()
    wanted = {code for endpoint in endpoints for code in endpoint.events}
    if PAID in wanted:
        told += [(row, PAID) for row in _paid(may_pay)]
    owed = [
        Delivery(
            endpoint=endpoint,
            event=code,
            target_type=row["target_type"],
            target_id=row["target_id"],
            target_label=row["target_label"],
            data=row["data"],
        )
        for row, code in told
        if code in wanted
        for endpoint in endpoints
        if code in endpoint.events
    ]
    if owed:
        _enqueue(Delivery.objects.bulk_create(owed))


def _paid(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of these events, those that left their invoice with nothing to collect."""
    asked = {row["target_id"]: row for row in rows if row["target_type"] == "billing.invoice"}
    if not asked:
        return []
    done = Invoice.objects.filter(pk__in=asked, outstanding_cents=0)
    return [asked[pk] for pk in done.values_list("pk", flat=True)]


def _enqueue(deliveries: Sequence[Delivery]) -> None:
    calls = [
        {"delivery_id": one.pk, "round": one.round, "attempt": one.attempts} for one in deliveries
    ]
    enqueue_many(task_at(DELIVER), calls)


@transaction.atomic
def ping(endpoint: WebhookEndpoint, *, by: Membership) -> Delivery:
    """Owe it a `ping`, to try the address and the signature. Raises Refused if it is off."""
    if not endpoint.is_on:
        raise Refused("webhook_off", _("Está desactivado: actívalo antes de probarlo."))
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        event=PING,
        target_type="api.webhookendpoint",
        target_id=endpoint.pk,
        target_label=endpoint.url[:160],
        data={"by": by.name},
    )
    _enqueue([delivery])
    return delivery


@transaction.atomic
def resend(delivery: Delivery, *, by: Membership) -> None:
    """Send it again now, the same bytes, whether it was taken or not. Raises Refused if it is off.

    The count of attempts starts again, so that it gets all its tries.
    """
    delivery = Delivery.objects.select_related("endpoint").locked(delivery)
    if not delivery.endpoint.is_on:
        raise Refused("webhook_off", _("El webhook está desactivado o borrado."))
    delivery.state, delivery.next_at = DeliveryState.WAITING, timezone.now()
    delivery.attempts = 0
    delivery.round += 1
    delivery.save(update_fields=["state", "next_at", "attempts", "round"])
    record(by, "api.webhook_resent", delivery.endpoint, event=delivery.event)
    _enqueue([delivery])


def forget() -> int:
    """Delete what was delivered a month ago, or given up three months ago. Returns how many."""
    now, done = timezone.now(), 0
    for state, kept in KEPT.items():
        done += Delivery.objects.filter(state=state, happened_at__lt=now - kept).delete()[0]
    return done
