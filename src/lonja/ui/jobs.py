"""Long exports, and housekeeping."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django_tasks import task

from lonja.accounts.models import Membership
from lonja.files import store
from lonja.jobs import progress


@task()
def forget_old_keys() -> None:
    from lonja.ui import once

    once.forget()


@task()
def export_list(table: str, query: str, kind: str, member_id: int) -> dict[str, Any]:
    """Write the whole list, with the filter and columns of `query`, to a stored file.

    The file's id goes to the job's result.
    """
    from lonja.ui.tables import export, table_named

    member = Membership.objects.get(pk=member_id)
    state = table_named(table)(member, QueryDict(query))
    total = state.total_rows()

    def told(rows: Any) -> Any:
        for number, row in enumerate(rows, start=1):
            if number % 500 == 0:
                progress(number, total)
            yield row

    name, content, content_type = export.write(state, kind, through=told)
    file = store(name, content, content_type)
    progress(total, total)
    return {"file": file.pk, "name": name}
