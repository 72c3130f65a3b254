"""When hours change, the deadlines counted with them are measured again by a job."""

from __future__ import annotations

from typing import Any


def hours_changed(
    sender: Any = None, company_id: int = 0, department_id: int | None = None, **_more: Any
) -> None:
    """Receiver of `calendar_changed`: it runs inside the transaction that changes the hours."""
    from lonja.tasks import jobs

    if company_id:
        # No key: a job that already runs may have read the hours of before.
        jobs.measure_again.enqueue(company_id=company_id, department_id=department_id)
