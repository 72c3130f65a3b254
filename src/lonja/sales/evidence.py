"""The record that proves a signature: a log in which each entry carries the hash of the one before.

A simple electronic signature with evidence (eIDAS art. 3.10 and 25): who, what, when, from where,
and what was accepted. Signature dynamics are not kept (RGPD art. 9): only the picture.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Visitor:
    """Who is at the other end of a public page."""

    ip: str = ""
    device: str = ""  # user agent, cut to 300 characters


def moment(at: datetime) -> str:
    """An instant in UTC, to the second: 2026-11-21T09:42:10Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def chained(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries with `previous` and `hash` added: sha256 of the previous hash and the entry."""
    log: list[dict[str, Any]] = []
    previous = GENESIS
    for entry in entries:
        linked = {**entry, "previous": previous}
        previous = _digest(linked)
        log.append({**linked, "hash": previous})
    return log


def is_intact(log: list[dict[str, Any]]) -> bool:
    """Whether no entry was changed, added or taken away since it was chained."""
    previous = GENESIS
    for entry in log:
        body = {key: value for key, value in entry.items() if key != "hash"}
        if body.get("previous") != previous or _digest(body) != entry.get("hash"):
            return False
        previous = entry["hash"]
    return bool(log)


def code_of(log: list[dict[str, Any]]) -> str:
    """The evidence code printed on the document: 80 bits of the last hash, in groups of four."""
    raw = bytes.fromhex(log[-1]["hash"])[:10]
    text = base64.b32encode(raw).decode()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(body: dict[str, Any]) -> str:
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
