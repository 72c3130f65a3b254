from __future__ import annotations

from django_tasks import task

from lonja.sales.actions.finish import finish_acceptance
from lonja.sales.models import Signature


@task()
def finish_signature(signature_id: int) -> None:
    """The signed PDF, its copies and the alta of a signature, in case they did not follow it."""
    finish_acceptance(Signature.objects.select_related("version").get(pk=signature_id))
