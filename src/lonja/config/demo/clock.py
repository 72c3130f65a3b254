"""A clock to live a past day: what the loader does is dated when it would have happened.

Only the code inside `at` sees that day; other threads keep the real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from typing import Any

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("lonja_demo_moment", default=None)


class _AnyMoment(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, datetime)


class _Clock(datetime, metaclass=_AnyMoment):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        told = _moment.get()
        return datetime.now(tz) if told is None else told.astimezone(tz)


@contextmanager
def installed() -> Iterator[None]:
    """Have `timezone.now()` (and every default that is it) ask this clock during the block."""
    before = timezone.datetime  # type: ignore[attr-defined]
    timezone.datetime = _Clock  # type: ignore[attr-defined]
    try:
        yield
    finally:
        timezone.datetime = before  # type: ignore[attr-defined]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Live the block at an aware moment (inside `installed`)."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
