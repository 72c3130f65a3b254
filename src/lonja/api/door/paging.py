"""Pages by key: each begins after the last row of the one before, however deep (F13)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from lonja.api.door.problems import Problem


def page(
    queryset: Any,
    query: Any,
    show: Callable[[Any], Any],
    *,
    by: str = "",
    many: Callable[[list[Any]], list[Any]] | None = None,
) -> dict[str, Any]:
    """`{"items": […], "next": cursor}`, newest first: by a date column if given, then by id.

    `show` tells a row; `many` tells the whole page instead, when rows need something together.
    """
    order = [f"-{by}", "-pk"] if by else ["-pk"]
    rows = queryset.order_by(*order)
    if query.cursor:
        rows = rows.filter(_after(query.cursor, by))
    found = list(rows[: query.limit + 1])
    shown, more = found[: query.limit], len(found) > query.limit
    items = many(shown) if many is not None else [show(row) for row in shown]
    return {"items": items, "next": _cursor(shown[-1], by) if more else None}


def _cursor(row: Any, by: str) -> str:
    key = [getattr(row, by).isoformat()] if by else []
    return base64.urlsafe_b64encode(json.dumps([*key, row.pk]).encode()).decode().rstrip("=")


def _after(cursor: str, by: str) -> Q:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        parts = json.loads(text)
        *key, pk = parts if isinstance(parts, list) else [None]
        if type(pk) is not int or not 0 < pk < 10**18 or len(key) != bool(by):
            raise ValueError
        if not by:
            return Q(pk__lt=pk)
        day = date.fromisoformat(str(key[0]))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        said = _("Ese cursor no vale. Empieza por la primera página.")
        raise Problem(422, "cursor_invalid", said, fields={"cursor": said}) from error
    return Q(**{f"{by}__lt": day}) | Q(**{by: day, "pk__lt": pk})
