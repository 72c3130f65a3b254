"""Devices: coming in, being kept up to date, being shut out."""

from __future__ import annotations

import base64
import os
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.field.models import OFFLINE_DAYS, FieldDelivery, FieldDevice, FieldSnapshot
from lonja.field.prices import content_of, digest_of
from lonja.field.reports import data_for
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line

MOST_DEVICES = 10
# Copies of prices nobody may sell with any more.
FORGOTTEN = timedelta(days=60)


def device_of(member: Membership, given: Any) -> FieldDevice:
    """The device of that member with that uuid. Raises Refused `device_unknown` or
    `device_revoked`: whoever hears it wipes its copy."""
    rows = FieldDevice.objects.filter(member=member)
    device = rows.filter(uuid=given).first() if isinstance(given, str) else None
    if device is None:
        raise Refused(
            "device_unknown", _("Este dispositivo ya no tiene copia: entra otra vez con conexión.")
        )
    if device.revoked_at is not None:
        raise _revoked()
    return device


def _revoked() -> Refused:
    return Refused(
        "device_revoked",
        _(
            "Han retirado el permiso de este dispositivo. Se ha borrado su copia; lo que quedaba "
            "por enviar sigue cifrado hasta que lo vuelvan a permitir."
        ),
    )


@transaction.atomic
def sync_device(
    member: Membership,
    company: Company,
    *,
    uuid_given: str,
    name: str,
    have: str,
    clock: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """Let a device in, or again, and give it what changed.

    `have` is the digest of the data it holds: the same one is not sent again. A device without uuid
    gets one and a key of its own. A uuid that is not of this member makes nothing: the answer only
    says whose session this is, and the device asks again with the one it keeps for them. Raises
    Refused `device_revoked`, `too_many_devices`.
    """
    device = FieldDevice.objects.filter(member=member, uuid=uuid_given).first()
    if device is None and uuid_given:
        return {"member": member.pk}
    if device is None:
        device = _new_device(member, name)
    elif device.revoked_at is not None:
        raise _revoked()
    device.last_sync_at = now
    device.clock_ahead = _seconds(clock - now) if clock is not None else 0
    device.save(update_fields=["last_sync_at", "clock_ahead"])
    content = content_of(company, company.today())
    snapshot = keep_snapshot(company, content, now)
    data = data_for(member, company, content)
    digest = digest_of(data)
    answer: dict[str, Any] = {
        "device": device.uuid,
        "key": device.key,
        "member": member.pk,
        "company": company.pk,
        "days": OFFLINE_DAYS,
        "now": now.isoformat(),
        "today": company.today().isoformat(),
        "timezone": str(company.zone),
        "digest": digest,
        "snapshot": snapshot.digest,
        "conflicts": open_conflicts(device),
    }
    if have != digest:
        answer["data"] = data
    return answer


def _new_device(member: Membership, name: str) -> FieldDevice:
    live = FieldDevice.objects.filter(member=member, revoked_at=None)
    if live.count() >= MOST_DEVICES:
        raise Refused(
            "too_many_devices",
            _(
                "Ya tienes %(most)s dispositivos. Revoca alguno en Configuración › Dispositivos de "
                "campo."
            )
            % {"most": MOST_DEVICES},
        )
    device = FieldDevice(
        member=member,
        organisation=member.organisation,
        uuid=str(uuid.uuid4()),
        name=clean_line(name)[:120] or _("Navegador"),
    )
    device.keep_key(base64.b64encode(os.urandom(32)).decode())
    device.save()
    record(member, "field.device_added", device, name=device.name)
    return device


def keep_snapshot(company: Company, content: Any, now: datetime) -> FieldSnapshot:
    """The stored copy of these prices, confirmed now."""
    snapshot, fresh = FieldSnapshot.objects.get_or_create(
        digest=digest_of(content),
        defaults={"company": company, "content": content, "created_at": now, "confirmed_at": now},
    )
    if not fresh and snapshot.confirmed_at < now:
        FieldSnapshot.objects.filter(pk=snapshot.pk).update(confirmed_at=now)
    return snapshot


def open_conflicts(device: FieldDevice) -> list[str]:
    """The keys of what waits for a decision on that device."""
    rows = FieldDelivery.objects.filter(device=device, state="conflict").order_by("pk")
    return list(rows.values_list("key", flat=True)[:50])


def _seconds(difference: timedelta) -> int:
    return max(-(2**31), min(2**31 - 1, int(difference.total_seconds())))


@transaction.atomic
def revoke_device(device: FieldDevice, *, by: Membership, at: datetime) -> FieldDevice:
    """Shut a device out: it wipes its copy at its next contact. Twice is once."""
    device = FieldDevice.objects.locked(device)
    if device.revoked_at is None:
        device.revoked_at, device.revoked_by = at, by
        device.save(update_fields=["revoked_at", "revoked_by"])
        record(by, "field.device_revoked", device, name=device.name)
    return device


@transaction.atomic
def allow_device(device: FieldDevice, *, by: Membership) -> FieldDevice:
    """Let a device in again: what it had not sent can be read and sent."""
    device = FieldDevice.objects.locked(device)
    if device.revoked_at is not None:
        device.revoked_at = device.revoked_by = None
        device.save(update_fields=["revoked_at", "revoked_by"])
        record(by, "field.device_allowed", device, name=device.name)
    return device


def forget_snapshots(now: datetime) -> int:
    """Drop the prices nobody may sell with. Returns how many."""
    rows = FieldSnapshot.objects.filter(confirmed_at__lt=now - FORGOTTEN)
    return int(rows.delete()[0])
