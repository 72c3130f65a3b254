"""Ten thousand tasks: the screen, its filter, its order, the file and the API say the same about
«¿Cumple SLA?» as a slow reference that shares no code with the program."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lonja.jobs.worker import run_until_idle
from lonja.tasks.models import FAILS, HAS_NONE, MEETS, SLA_VALUES, Task
from lonja.tasks.tables import TaskTable
from lonja.tasks.tests import lives, reference

TASKS = 10_000
ROW = re.compile(r'<tr data-row id="fila-(\d+)">.*?</tr>', re.S)
PILL = re.compile(r">(Si cumple|No cumple|No tiene)<")


@pytest.fixture
def expected(lonja, lucia, settings, tmp_path) -> dict[int, str]:
    settings.FILES_ROOT = tmp_path
    settings.API_PER_MINUTE = 100_000
    told = lives.in_bulk(lonja.company, lucia, TASKS, seed=1204)
    now = timezone.now().replace(second=0, microsecond=0)
    return {pk: reference.verdict(stays, now) for pk, stays in told.items()}


def on_screen(client, query: str) -> list[tuple[int, str]]:
    """(id, pill) of every row of the list, page after page."""
    found, address = [], f"/tareas/buscar/?vista=todas{query}"
    while address:
        page = client.get(address).content.decode()
        found += [(int(row[1]), PILL.search(row[0])[1]) for row in ROW.finditer(page)]
        following = re.search(r'href="([^"]*desde=[^"]*)"', page)
        address = (
            f"/tareas/buscar/{html.unescape(following[1]).rpartition('/')[2]}" if following else ""
        )
    return found


def by_api(program, query: str) -> dict[int, str]:
    found, cursor = {}, ""
    while cursor is not None:
        page = program.get(f"/tareas?limit=100{query}&cursor={cursor}").json()
        found |= {one["id"]: one["sla"] for one in page["items"]}
        cursor = page["next"]
    return found


def in_file(client) -> list[tuple[str, str]]:
    """(code, value) of the spreadsheet of the whole list, in its order."""
    data = {"tabla": "tasks.tasks", "formato": "xlsx", "filtro": "vista=todas&orden=sla_fails_at"}
    assert client.post("/ui/exportaciones/0/", data).status_code == 303
    run_until_idle()
    from lonja.files.models import StoredFile
    from lonja.jobs.models import Job

    job = Job.objects.get(task="lonja.ui.jobs.export_list")
    book = StoredFile.objects.get(pk=job.result["file"]).read()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    place = sheet[0].index("¿Cumple SLA?")
    return [(row[0].split(" ")[0], row[place]) for row in sheet[1:]]


@pytest.mark.slow
def test_ten_thousand_tasks_say_the_same_everywhere(
    expected, as_lucia, lucia, program, monkeypatch
):
    monkeypatch.setattr(TaskTable, "page_size", 1000)
    lucia.preferences = {"columns": {TaskTable.slug: ["sla"]}}
    lucia.save()
    assert len(expected) == TASKS
    assert min(Counter(expected.values())[value] for value in SLA_VALUES) > TASKS // 20
    shown = on_screen(as_lucia, "&orden=sla_fails_at")
    assert dict(shown) == expected
    assert len(shown) == TASKS
    order = [FAILS, MEETS, HAS_NONE]
    assert [value for _pk, value in shown] == sorted((v for _pk, v in shown), key=order.index)
    for value in SLA_VALUES:
        wanted = {pk: said for pk, said in expected.items() if said == value}
        filtered = TaskTable(lucia, QueryDict(f"vista=todas&sla={quote(value)}")).narrowed()
        assert set(filtered.values_list("pk", flat=True)) == set(wanted)
        page = as_lucia.get(f"/tareas/buscar/?vista=todas&sla={quote(value)}").content.decode()
        assert {PILL.search(row[0])[1] for row in ROW.finditer(page)} == {value}
        # Each says its own value, and the three together are all of them.
        assert by_api(program, f"&sla={quote(value)}") == wanted
    first = {one["id"]: one["sla"] for one in program.get("/tareas?limit=100").json()["items"]}
    assert len(first) == 100
    assert first.items() <= expected.items()
    codes = dict(Task.objects.values_list("pk", "number"))
    told = in_file(as_lucia)
    assert dict(told) == {f"T-{codes[pk]}": value for pk, value in expected.items()}
    assert [value for _code, value in told] == sorted((v for _c, v in told), key=order.index)
