"""The numbers of the side bar: asked for after the page, with the bell."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


def _said(client) -> tuple[str, str]:
    """(classes, number) that the fragment puts beside «Tareas»."""
    html = client.htmx("/avisos/numero/").content.decode()
    found = re.search(r'class="([^"]*)" data-nav-count="tasks:search"[^>]*>([^<]*)<', html)
    assert found is not None
    return found[1], found[2]


def test_the_number_of_tasks_comes_with_the_bell_and_not_with_the_page(as_lucia, lucia, lonja):
    motive = house.reason(pendiente={"sla_seconds": 600, "sla_working": False})
    now = timezone.now()
    assert _said(as_lucia) == ("side-count", "")
    house.task(motive, lonja.company, lucia, asked=lucia, due_at=now)
    assert _said(as_lucia) == ("side-count", "1")
    house.task(motive, lonja.company, lucia, at=now - timedelta(days=1), asked=lucia, due_at=now)
    assert _said(as_lucia) == ("side-count hot", "2")
    page = as_lucia.get("/clientes/").content.decode()
    assert '<span class="side-count" data-nav-count="tasks:search"></span>' in page


def test_no_page_asks_what_its_side_bar_counts(as_lucia):
    as_lucia.get("/configuracion/mis-avisos/")
    with CaptureQueriesContext(connection) as asked:
        as_lucia.get("/configuracion/mis-avisos/")
    counted = ("tasks_task", "sales_quote", "einvoices_receivedinvoice")
    assert not [q["sql"] for q in asked if any(f'"{table}"' in q["sql"] for table in counted)]
