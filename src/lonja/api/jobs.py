"""Background work of the API."""

from django_tasks import task


@task()
def forget() -> None:
    """Answers kept for repeated requests go after 72 hours."""
    from lonja.api.door import once

    once.forget()
