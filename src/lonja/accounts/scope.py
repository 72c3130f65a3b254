"""The names other rooms use for the organisation's scope."""

from lonja.accounts.scoping import (
    EVERY,
    ForeignRow,
    ScopeRequired,
    all_organisations,
    current,
    current_organisation_id,
    scope,
)

__all__ = [
    "EVERY",
    "ForeignRow",
    "ScopeRequired",
    "all_organisations",
    "current",
    "current_organisation_id",
    "scope",
]
