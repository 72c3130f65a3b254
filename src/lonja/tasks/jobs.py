"""Work of tasks done by the workers: thin, they fetch and call actions."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_tasks import task

from lonja.accounts.models import Company, Department, Membership
from lonja.jobs import progress


@task()
def bulk(what: str, ids: list[int], member_id: int, data: dict[str, str]) -> dict[str, Any]:
    """Do one thing to each task. The result tells how many were done and why each other was not.

    It may run twice: what was done the first time is not repeated.
    """
    from lonja.tasks.actions import many

    by = Membership.objects.select_related("user").get(pk=member_id)

    def told(done: int) -> None:
        progress(done, len(ids))

    if what == "reassign":
        asked = Membership.objects.select_related("user").get(pk=int(data["manager"]))
        done, refused = many.reassign_many(ids, asked, by=by, told=told)
    else:
        done, refused = many.each(what, ids, data, by=by, told=told)
    progress(len(ids), len(ids))
    return {
        "done": done,
        "refused": refused[:1000],
        "refused_count": len(refused),
        "what": what,
    }


@task()
def measure_again(company_id: int, department_id: int | None = None) -> None:
    """The limits of open tasks after a change of hours."""
    from lonja.tasks.actions import many

    company = Company.objects.get(pk=company_id)
    department = (
        Department.objects.filter(pk=department_id).first() if department_id is not None else None
    )
    many.measure_again(company, department, told=progress)


@task()
def warn() -> None:
    """Tell managers about the SLAs that are about to fail."""
    from lonja.tasks.actions.warn import warn_of_what_is_near

    warn_of_what_is_near(at=timezone.now())


@task()
def automate() -> None:
    """Let every rule that is on look at what there is."""
    from lonja.tasks.actions.automation import run_all

    run_all(at=timezone.now())


@task()
def remind() -> None:
    """Send the reminders that are due and tell of the SLAs that are near."""
    from lonja.tasks import notices
    from lonja.tasks.actions.agenda import send_reminders

    send_reminders(at=timezone.now())
    notices.tell_of_the_sla(at=timezone.now())


@task()
def digest() -> None:
    """The morning mail of each member; what was read long ago is dropped."""
    from lonja.activity.notices import forget_old
    from lonja.tasks.actions.agenda import send_digests

    send_digests(at=timezone.now())
    forget_old(timezone.now())
