"""Loading asked for on screen: it takes a while, so it is a job with its progress."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django_tasks import task

from lonja.accounts.models import Company, Membership
from lonja.accounts.scope import current_organisation_id
from lonja.config.demo.load import load_demo
from lonja.jobs import enqueue_once, progress


@task()
def load(company_id: int, member_id: int) -> dict[str, int]:
    """The invented year, signed by the member who asked for it."""
    company = Company.objects.get(pk=company_id)
    member = Membership.objects.get(pk=member_id)
    return load_demo(
        company, [member], told=lambda done, total: progress(done, total, _("Un año de trabajo"))
    )


def ask(member: Membership) -> Any:
    """Enqueue the loading for the organisation of a member. Returns the job."""
    company = Company.objects.order_by("pk").first()
    assert company is not None  # noqa: S101 - offered only when there is one
    key = f"demo:{current_organisation_id()}"
    return enqueue_once(load, key=key, by=member, company_id=company.pk, member_id=member.pk)
