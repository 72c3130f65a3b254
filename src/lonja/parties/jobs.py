"""Work of this room done in the background."""

from __future__ import annotations

from django_tasks import task

from lonja.parties.actions.score import rescore_all


@task()
def rescore_leads() -> int:
    """Score every lead again with the rules of now. How many changed."""
    return rescore_all()
