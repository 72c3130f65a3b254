"""What a device sends, read field by field: nothing else goes in (R23)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from lonja.field.prices import MAX_LINES
from lonja.kit.errors import Refused
from lonja.kit.text import clean_block, clean_line

MAX_BYTES = 2_000_000
# A device that was switched off for longer than this tells no time.
LONGEST_AWAY = timedelta(days=60)
PNG = "data:image/png;base64,"
NEW_CLIENT = {
    "name": 120,
    "company": 120,
    "phone": 30,
    "email": 254,
    "nif": 20,
    "notes": 2000,
    "source": 80,
}
_KEY = re.compile(r"[0-9a-f-]{36}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises Refused `too_big` or `unreadable`."""
    if len(body) > MAX_BYTES:
        raise Refused(
            "too_big",
            _("Lo que envía el dispositivo es demasiado grande. Borra la firma y hazla otra vez."),
        )
    try:
        data = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise unreadable("json") from None
    if not isinstance(data, dict):
        raise unreadable("json")
    return data


def fingerprint(data: Mapping[str, Any]) -> str:
    """The hash of what is delivered: all but when it is sent, which changes at each attempt."""
    kept = {key: value for key, value in data.items() if key != "sent_at_device"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def strokes_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the signature was drawn, if it came. `read` says whether it can be."""
    signature = data.get("signature")
    found = signature.get("strokes") if isinstance(signature, dict) else None
    return found if isinstance(found, dict) else None


def without_strokes(data: Mapping[str, Any]) -> dict[str, Any]:
    """The delivery with the hash of its strokes in their place."""
    strokes = strokes_of(data)
    if strokes is None:
        return dict(data)
    signature = {**data["signature"], "strokes": None, "strokes_sha256": fingerprint(strokes)}
    return {**data, "signature": signature}


def refuse_other_strokes(kept: Mapping[str, Any], strokes: dict[str, Any] | None) -> None:
    """Raise Refused("strokes_missing") unless they are those that came with the signature."""
    expected = (kept.get("signature") or {}).get("strokes_sha256", "")
    if expected and (strokes is None or fingerprint(strokes) != expected):
        raise Refused(
            "strokes_missing",
            _("Falta el trazo de la firma. Actualiza la aplicación y vuelve a decidirlo."),
        )


def unreadable(what: str) -> Refused:
    return Refused(
        "unreadable",
        _("No se entiende lo que ha enviado el dispositivo (%(what)s). Actualiza la aplicación.")
        % {"what": what},
        field=what,
    )


def key_of(data: Mapping[str, Any]) -> str:
    key = data.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise unreadable("key")
    return key


def read(data: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery with every field checked and typed. Raises Refused("unreadable")."""
    lines = data.get("lines")
    if not isinstance(lines, list) or not 0 < len(lines) <= MAX_LINES:
        raise unreadable("lines")
    client = data.get("client")
    if not isinstance(client, dict):
        raise unreadable("client")
    return {
        "snapshot": text(data, "snapshot", 64),
        "reference": text(data, "reference", 12),
        "title": text(data, "title", 160),
        "email": text(data, "email", 254),
        "mail": data.get("mail") is True,
        "starts_on": _day(data, "starts_on"),
        "day": _day(data, "day"),
        "global_discount_pct": number(data, "global_discount_pct", 0, 100),
        "client": {
            "id": _id(client["id"]) if client.get("id") is not None else None,
            "new": _new(client.get("new")),
        },
        "lines": [_line(one) for one in lines],
        "terms": _terms(data.get("terms")),
        "seen": _seen(data.get("seen")),
        "made_at_device": moment(data, "made_at_device"),
        "signature": _signature(data.get("signature")),
    }


def clocks(data: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime | None]:
    """(when it was made by our clock, when by the clock of the device).

    The telephone says when it made it and when it sends it: the difference is right even if its
    clock is not. A difference that cannot be leaves the moment it arrived.
    """
    made, sent = moment(data, "made_at_device"), moment(data, "sent_at_device")
    if made is None or sent is None:
        return now, made
    away = sent - made
    return (now - away, made) if timedelta(0) <= away <= LONGEST_AWAY else (now, made)


def text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(name)
    return clean_line(value)[:longest]


def number(data: Mapping[str, Any], name: str, least: int, most: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise unreadable(name)
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise unreadable(name) from None
    if not least <= found <= most:
        raise unreadable(name)
    return value


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    value = data.get(name)
    if value is None:
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise unreadable(name)
    return found


def _day(data: Mapping[str, Any], name: str) -> date | None:
    value = data.get(name)
    if value in (None, ""):
        return None
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise unreadable(name)
    return found


def _id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**62:
        raise unreadable("id")
    return value


def _line(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise unreadable("lines")
    return {
        "product": _id(one.get("product")),
        "quantity": number(one, "quantity", 0, 1_000_000),
        "discount_pct": number(one, "discount_pct", 0, 100),
        "optional": one.get("optional") is True,
        "chosen": one.get("chosen") is True,
        "section": text(one, "section", 120),
        "group": text(one, "group", 60),
    }


def _new(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise unreadable("client")
    found: dict[str, Any] = {name: text(value, name, most) for name, most in NEW_CLIENT.items()}
    found["notes"] = clean_block(found["notes"])
    return found


def _terms(value: Any) -> dict[str, Any] | None:
    """With what the device counted for this client; None: it did not say."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise unreadable("terms")
    tarifa = value.get("price_list")
    return {
        "price_list": None if tarifa is None else _id(tarifa),
        "surcharge": value.get("surcharge") is True,
        "tax_category": text(value, "tax_category", 40),
    }


def _seen(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unreadable("seen")
    recurring = value.get("recurring")
    if not isinstance(recurring, dict) or len(recurring) > 5:
        raise unreadable("seen")
    return {
        "base": _cents(value.get("base")),
        "total": _cents(value.get("total")),
        "recurring": {str(unit)[:8]: _cents(amount) for unit, amount in recurring.items()},
    }


def _cents(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**17:
        raise unreadable("seen")
    return value


def _signature(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise unreadable("signature")
    strokes, consents = value.get("strokes"), value.get("consents")
    if strokes is not None and not isinstance(strokes, dict):
        raise unreadable("strokes")
    if not isinstance(consents, dict) or not all(
        isinstance(one, bool | int) for one in consents.values()
    ):
        raise unreadable("consents")
    return {
        "name": text(value, "name", 120),
        "nif": text(value, "nif", 20),
        "image": _picture(value.get("image")),
        "strokes": strokes,
        "consents": {str(kind)[:12]: given for kind, given in consents.items()},
        "at_device": moment(value, "at_device"),
        "seen_sha256": text(value, "seen_sha256", 64),
    }


def _picture(value: Any) -> bytes | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise unreadable("image")
    try:
        return base64.b64decode(value.removeprefix(PNG), validate=True)
    except (binascii.Error, ValueError):
        raise unreadable("image") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)
