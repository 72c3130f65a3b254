"""Tareas › Buscar with a word that most tasks hold."""

from __future__ import annotations

import html
import re

import pytest

from lonja.accounts import textwalk
from lonja.tasks.models import Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


@pytest.fixture
def sixty(lonja, lucia, monkeypatch):
    for name, value in {"MOST": 2, "SAMPLE": 2, "DENSE": 0, "STRETCH": 20, "EFFORT": 57}.items():
        monkeypatch.setattr(textwalk, name, value)
    motive = house.reason()
    first = house.task(motive, lonja.company, lucia)
    rows = [Task.objects.get(pk=first.pk) for _n in range(60)]
    for n, row in enumerate(rows):
        row.pk, row.number, row.priority = None, n + 2, 1 + n % 2
        row.fill_search_text()
    Task.objects.bulk_create(rows)


def shown(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="fila-(\d+)"', page)]


def test_its_pages_turn_without_losing_or_repeating_a_task(as_lucia, sixty):
    first = as_lucia.get("/tareas/buscar/?q=fuga&orden=created_at").content.decode()
    assert "1–50 de más de 50" in first
    following = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    second = as_lucia.get(following[following.index("/tareas/") :]).content.decode()
    ids = shown(first) + shown(second)
    assert ids == list(Task.objects.order_by("created_at", "pk").values_list("pk", flat=True))
    back = html.unescape(re.findall(r'rel="prev" href="([^"]+)"', second)[0])
    assert shown(as_lucia.get(back[back.index("/tareas/") :]).content.decode()) == shown(first)


def test_another_filter_narrows_it_and_a_short_page_is_counted_exactly(as_lucia, sixty):
    page = as_lucia.get("/tareas/buscar/?q=fuga+split&prioridad=2").content.decode()
    expected = Task.objects.filter(priority=2)
    assert set(shown(page)) == set(expected.values_list("pk", flat=True))
    assert f"1–{expected.count()} de {expected.count()}<" in page
    assert "Ninguna tarea coincide" in as_lucia.get("/tareas/buscar/?q=fuga+nada").content.decode()


def test_what_is_exported_is_every_one_of_them(as_lucia, sixty):
    answer = as_lucia.get("/tareas/buscar/?q=fuga&exportar=csv")
    # Nobody counted them all: the list asks before making a file that may be long.
    assert "text/html" in answer["Content-Type"]
    answer = as_lucia.get("/tareas/buscar/?q=fuga&prioridad=2&exportar=csv")
    lines = answer.content.decode("utf-8-sig").strip().splitlines()
    assert len(lines) == Task.objects.filter(priority=2).count() + 1
