"""The words and moments that say whether a task meets its SLA."""

from __future__ import annotations

from datetime import UTC, datetime

# The three values of «¿Cumple SLA?», to the letter.
MEETS, FAILS, HAS_NONE = "Si cumple", "No cumple", "No tiene"
SLA_VALUES = (MEETS, FAILS, HAS_NONE)

# `sla_fails_at` of a task whose SLA cannot fail any more, and of one that has none.
SAFE = datetime(9000, 1, 1, tzinfo=UTC)
WITHOUT = datetime(9500, 1, 1, tzinfo=UTC)
# A task without due date goes after those that have one.
NO_DUE = datetime(9000, 1, 1, tzinfo=UTC)
