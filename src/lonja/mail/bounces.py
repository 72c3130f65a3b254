"""Reading the answers of mail servers: what could not be delivered, to whom and why (RFC 3464)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message

MAX_BYTES = 256 * 1024  # the report comes first: the rest is our own mail coming back
_MAX_PARTS = 60
_OUR_ID = re.compile(r"<?([0-9a-f]{32})@")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# Permanent by its number, passing by its meaning: full boxes, systems too busy, sizes.
_SOFT_CODES = ("5.2.2", "5.2.3", "5.3.1", "5.3.2", "5.3.4", "5.4.4", "5.4.5", "5.4.7")


@dataclass(frozen=True)
class Failure:
    """A recipient: `hard` when the address does not work, `final` when nobody will try again."""

    recipient: str
    code: str
    reason: str
    hard: bool
    final: bool


@dataclass
class Report:
    """What a delivery report says of a message of ours; `ids`: possible local parts of its id."""

    failures: list[Failure]
    ids: list[str]
    fingerprint: str
    original_recipients: dict[str, str] = field(default_factory=dict)


def looks_like_report(content_type: str, sender: str) -> bool:
    """Whether the head of a message is worth reading the rest for."""
    kind = content_type.lower()
    return (
        "multipart/report" in kind
        or "delivery-status" in kind
        or re.search(r"mailer-daemon|postmaster@", sender[:400].lower()) is not None
    )


def read_report(raw: bytes) -> Report | None:
    """The delivery report in a message, or None when it is none or cannot be understood.

    A message made to hurt (hundreds of nested parts, thousands of recipients) is None too.
    """
    raw = raw[:MAX_BYTES]
    try:
        return _read(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return None


def _read(raw: bytes) -> Report | None:
    message = message_from_bytes(raw, policy=policy.compat32)
    blocks: list[Message] = []
    for number, part in enumerate(message.walk()):
        if number > _MAX_PARTS:
            return None
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            if isinstance(payload, list):
                blocks += [block for block in payload if isinstance(block, Message)]
    if not blocks:
        return None
    failures = [found for block in blocks[:50] if (found := _failure(block)) is not None]
    if not failures:
        return None
    return Report(
        failures=failures,
        ids=list(dict.fromkeys(_OUR_ID.findall(raw.decode("latin-1"))))[:20],
        fingerprint=hashlib.sha256(raw).hexdigest(),
    )


def _failure(block: Message) -> Failure | None:
    action = str(block.get("Action", "")).strip().lower().split(" ")[0]
    if action not in ("failed", "delayed"):
        return None
    recipient = _address(str(block.get("Original-Recipient") or block.get("Final-Recipient", "")))
    if not recipient:
        return None
    said = " ".join(str(block.get("Diagnostic-Code", "")).split())
    said = said.partition(";")[2].strip() or said
    status = _STATUS.search(str(block.get("Status", ""))) or _STATUS.search(said)
    code = status[1] if status else ""
    final = action == "failed"
    hard = final and code.startswith("5") and code not in _SOFT_CODES
    return Failure(recipient, code, said[:300], hard, final)


def _address(text: str) -> str:
    """«rfc822; Ana@cliente.example» → «ana@cliente.example»."""
    plain = text.rpartition(";")[2].strip().strip("<>").lower()
    return plain[:254] if "@" in plain and " " not in plain else ""
