"""The organisation the running code works for, kept in a context variable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final


class ScopeRequired(RuntimeError):
    """A query on business rows was made outside an organisation's scope."""


class ForeignRow(RuntimeError):
    """A row of another organisation was about to be written."""


EVERY: Final = object()
_current: ContextVar[Any] = ContextVar("lonja_organisation", default=None)


def current() -> Any:
    """The id of the organisation in scope, EVERY inside `all_organisations()`, or None."""
    return _current.get()


def current_organisation_id() -> int:
    """Id of the organisation in scope; raises ScopeRequired when there is none."""
    value = _current.get()
    if value is None or value is EVERY:
        raise ScopeRequired("No hay ninguna organización abierta: usa scope(organisation)")
    return value


@contextmanager
def scope(organisation: Any) -> Iterator[None]:
    """Open the scope of an organisation (object or id) for the block."""
    yield from _open(organisation if isinstance(organisation, int) else organisation.pk)


@contextmanager
def all_organisations() -> Iterator[None]:
    """The one way out of the scope. Only for installation-wide work; lint lists who uses it."""
    yield from _open(EVERY)


def _open(value: Any) -> Iterator[None]:
    from lonja.accounts import tenant_setting

    token = _current.set(value)
    tenant_setting.scope_changed()
    try:
        yield
    finally:
        _current.reset(token)
        tenant_setting.scope_changed()
