"""What a run found, for its pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min

from lonja.imports.models import ImportIssue, ImportRun
from lonja.imports.texts import title_of

SHOWN = 50
SHOWN_NOTICES = 10


def groups(run: ImportRun, *, errors: bool) -> list[dict[str, Any]]:
    """Kinds of trouble, the most frequent first: title, column, how many."""
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
    return [{**row, "title": title_of(row["code"], texts[row["first"]])} for row in found]


def first_issues(run: ImportRun, *, errors: bool) -> list[ImportIssue]:
    """The first of them in the order of the file."""
    issues = ImportIssue.objects.filter(run=run, is_error=errors)
    return list(issues.order_by("row", "pk")[: SHOWN if errors else SHOWN_NOTICES])
