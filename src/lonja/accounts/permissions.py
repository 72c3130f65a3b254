"""Permission codes, declared by each room and granted to roles (reliability §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROLES = ("admin", "sales", "office", "accountant", "support", "readonly", "adviser")


@dataclass(frozen=True)
class Permission:
    """Something that may be done, and the roles that may do it."""

    code: str
    label: object
    roles: frozenset[str]


_declared: dict[str, Permission] = {}


def declare(code: str, label: object, *, roles: Iterable[str]) -> str:
    """Declare a permission and the roles that have it; the administrator has every one.

    Returns the code. Raises ValueError for a role that does not exist.
    """
    granted = frozenset(roles) | {"admin"}
    unknown = granted - set(ROLES)
    if unknown:
        raise ValueError(f"{code}: rol desconocido {sorted(unknown)}")
    _declared[code] = Permission(code, label, granted)
    return code


def roles_with(code: str) -> frozenset[str]:
    """Roles granted a code. Raises KeyError for a code nobody declared."""
    return _declared[code].roles


def declared() -> list[Permission]:
    """Every permission of the installation, by code."""
    return sorted(_declared.values(), key=lambda permission: permission.code)
