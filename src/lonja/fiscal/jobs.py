"""Work of the fiscal room done by the workers: thin."""

from __future__ import annotations

from django_tasks import task


@task(priority=10)
def send_records(nif: str, environment: str) -> None:
    """One submission of a taxpayer, if it is time. What fails is kept on its channel."""
    from lonja.fiscal.actions.asking import ask_about_strangers
    from lonja.fiscal.actions.sending import send_next

    submission = send_next(nif, environment)
    if submission is not None:
        ask_about_strangers(submission)


@task()
def watch_certificates() -> None:
    """Warn of the certificates that are about to expire."""
    from lonja.fiscal.actions.certificates import warn_of_expiry

    warn_of_expiry()
