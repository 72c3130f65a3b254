"""What a run found, for its pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min

from lonja.imports.models import ImportIssue, ImportRun
from lonja.imports.texts import title_of

SHOWN = 50
SHOWN_NOTICES = 10


def groups(run: ImportRun, *, errors: bool, only: str = "") -> list[dict[str, Any]]:
    """Kinds of trouble, the most frequent first: title, column, how many, whether it is the one
    asked for (`only`, its code) and the query that shows just it, or all again."""
    rows = (
        ImportIssue.objects.filter(run=run, is_error=errors)
        .values("code", "column")
        .annotate(n=Count("pk"), first=Min("pk"))
        .order_by("-n", "code")[:30]
    )
    found = list(rows)
    texts = dict(
        ImportIssue.objects.filter(pk__in=[row["first"] for row in found]).values_list(
            "pk", "message"
        )
    )
    name = "error" if errors else "aviso"
    return [
        {
            **row,
            "title": title_of(row["code"], texts[row["first"]]),
            "on": row["code"] == only,
            "query": "?" if row["code"] == only else "?" + urlencode({name: row["code"]}),
        }
        for row in found
    ]


def first_issues(run: ImportRun, *, errors: bool, only: str = "") -> list[ImportIssue]:
    """The first of them (of the kind `only`, when there is any) in the order of the file."""
    issues = ImportIssue.objects.filter(run=run, is_error=errors)
    if only and issues.filter(code=only[:60]).exists():
        issues = issues.filter(code=only[:60])
    return list(issues.order_by("row", "pk")[: SHOWN if errors else SHOWN_NOTICES])
