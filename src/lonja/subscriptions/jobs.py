"""When plans are billed."""

from __future__ import annotations

from django_tasks import task

from lonja.accounts.models import Membership
from lonja.jobs import progress
from lonja.subscriptions.actions.bill import bill_due, due_plans
from lonja.subscriptions.billers import in_processes


@task()
def bill_what_is_due() -> None:
    """The regular look: every few minutes, so that the hour of each plan is kept."""
    bill_due(billers=in_processes)


@task()
def bill_now(member_id: int) -> dict:
    """«Ejecutar ahora»: the same, asked for by a person. Returns {"run": id or None}."""
    from django.utils import timezone

    total = due_plans(timezone.now()).count()
    run = bill_due(
        by=Membership.objects.get(pk=member_id),
        trigger="manual",
        billers=in_processes,
        on_progress=lambda done: progress(done, max(total, done)),
    )
    return {"run": run.pk if run else None}
