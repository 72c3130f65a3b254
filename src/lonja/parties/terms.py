"""Payment in several terms, written as people do: «30/60/90», «40% 0 / 60% 30»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.money import round_cents

MOST = 24
_PART = re.compile(
    r"(?:(\d{1,3}(?:[.,]\d{1,2})?) ?%(?: ?a)? ?)?(\d{1,4})(?: ?d(?:[ií]as)?\.?)?", re.I
)


@dataclass(frozen=True)
class Term:
    """A due date: so many days after the issue date, and its share in percent."""

    days: int
    pct: Decimal


def parse_terms(text: str, *, field: str = "instalment_terms") -> list[Term]:
    """The terms of a text; empty for no text.

    Without percentages the shares are equal. Raises Refused("terms_invalid") when a part is not
    understood, days do not grow or percentages do not add up to 100.
    """
    if not text.strip():
        return []
    found: list[tuple[int, Decimal | None]] = []
    for part in text.split("/"):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise _refused(text, _("No se entiende «%(part)s».") % {"part": part.strip()}, field)
        pct = Decimal(match.group(1).replace(",", ".")) if match.group(1) else None
        found.append((int(match.group(2)), pct))
    days = [day for day, _pct in found]
    if days != sorted(set(days)) or len(days) > MOST:
        raise _refused(text, _("Los días tienen que ir de menos a más, sin repetirse."), field)
    shares = [pct for _day, pct in found if pct is not None]
    if shares and (len(shares) != len(found) or sum(shares) != 100):
        raise _refused(text, _("Los porcentajes tienen que sumar 100 %."), field)
    equal = Decimal(100) / len(found)
    return [Term(day, pct if pct is not None else equal) for day, pct in found]


def _refused(text: str, why: str, field: str) -> Refused:
    told = _("%(why)s Escribe los plazos como 30/60/90 o 40%% 0 / 60%% 30.") % {"why": why}
    return Refused("terms_invalid", told, field=field)


def split(terms: Sequence[Term], cents: int, issued_on: date) -> list[tuple[date, int]]:
    """(due date, cents) of each term; what rounding leaves goes to the last one."""
    amounts = [int(round_cents(Decimal(cents) * term.pct / 100 / 100) * 100) for term in terms]
    amounts[-1] = cents - sum(amounts[:-1])
    days = [issued_on + timedelta(days=term.days) for term in terms]
    return list(zip(days, amounts, strict=True))


def first_uncovered(rows: Sequence[tuple[date, int]], settled: int) -> date:
    """The due date of the first term that what is settled, in cents, does not cover; with
    everything covered, the last one."""
    covered = 0
    for due_on, cents in rows:
        covered += cents
        if covered > settled:
            return due_on
    return rows[-1][0]
