"""Housekeeping of the road."""

from django.utils import timezone
from django_tasks import task

from lonja.field.actions.devices import forget_snapshots


@task()
def forget() -> None:
    """Prices that no device may sell with any more."""
    forget_snapshots(timezone.now())
