"""Looking at the seal of a PDF that a stranger brings, in a process with limits."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

MAX_BYTES = 12_000_000
TIMEOUT = 15
# One at a time in this process: a document made to be slow takes one thread and not them all.
_turn = threading.BoundedSemaphore(1)
_CHILD = Path(__file__).with_name("_check_child.py")
# The evidence code stands in clear in the seal, as its reason; PDF may write the dashes as \055.
_CODE = re.compile(rb"[A-Z2-7]{4}(?:(?:-|\\055)[A-Z2-7]{4}){3}")


@dataclass(frozen=True)
class Seal:
    """What the seal of a PDF says. `intact`: not a byte changed since; `whole`: it covers all."""

    intact: bool
    whole: bool
    subject: str
    issuer: str
    certificate_sha256: str
    reason: str
    at: datetime | None
    stamped_at: datetime | None

    @property
    def good(self) -> bool:
        return self.intact and self.whole


@dataclass(frozen=True)
class Looked:
    """`readable` is False when it is not a PDF, or too broken to look inside."""

    readable: bool
    seals: tuple[Seal, ...] = ()
    code: str = ""  # an evidence code that is written in it, whatever its state


class Busy(Exception):
    """Another document is being looked at."""


def look(content: bytes) -> Looked:
    """What the seals of these bytes say. Never raises for what they contain.

    Raises Busy at once while another document is being looked at.
    """
    code = code_in(content)
    if not content.startswith(b"%PDF-") or len(content) > MAX_BYTES:
        return Looked(False, code=code)
    if not _turn.acquire(blocking=False):
        raise Busy
    try:
        return _looked(content, code)
    finally:
        _turn.release()


def _looked(content: bytes, code: str) -> Looked:
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(_CHILD)],
            input=content,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        told: Any = json.loads(done.stdout or b"{}")
    except (subprocess.TimeoutExpired, ValueError):
        return Looked(False, code=code)
    if "seals" not in told:
        return Looked(False, code=code)
    return Looked(True, tuple(_seal(one) for one in told["seals"]), code)


def code_in(content: bytes) -> str:
    """An evidence code readable in the bytes, «» when there is none."""
    found = _CODE.search(content)
    return found.group().decode().replace("\\055", "-") if found else ""


def _seal(told: dict[str, Any]) -> Seal:
    return Seal(
        intact=told["intact"],
        whole=told["whole"],
        subject=told["subject"],
        issuer=told["issuer"],
        certificate_sha256=told["sha256"],
        reason=told["reason"],
        at=_moment(told["at"]),
        stamped_at=_moment(told["stamped_at"]),
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
