from __future__ import annotations

from django_tasks import task

from lonja.accounts.models import Company
from lonja.sales.actions.finish import finish_acceptance
from lonja.sales.actions.validity import remind_due
from lonja.sales.models import Signature


@task()
def finish_signature(signature_id: int) -> None:
    """The signed PDF, its copies and the alta of a signature, in case they did not follow it."""
    finish_acceptance(Signature.objects.select_related("version").get(pk=signature_id))


@task()
def remind_expiring() -> int:
    """Reminders of the quotes about to expire: on working days, from nine to seven."""
    sent = 0
    for company in Company.objects.all():
        now = company.now_local()
        if now.weekday() < 5 and 9 <= now.hour < 19:
            sent += remind_due(company, now.date())
    return sent
