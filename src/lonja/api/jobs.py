"""Background work of the API, thin."""

from django_tasks import task


@task(priority=-5)
def deliver(delivery_id: int, round: int, attempt: int) -> None:
    """One try of a webhook; the actions decide whether it is the one that is due."""
    from lonja.api.actions import deliver as actions

    actions.attempt(delivery_id, round, attempt)


@task()
def forget() -> None:
    """Answers kept for repeated requests, and old deliveries, go."""
    from lonja.api.actions import webhooks
    from lonja.api.door import once

    once.forget()
    webhooks.forget()
