"""A jerárquico finds ofertas and presupuestos of their branch only, whichever door they try."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.parties.models import Party
from lonja.sales.actions.opportunities import create_opportunity
from lonja.sales.models import Opportunity, Quote
from lonja.sales.tests.house import make_quote
from lonja.tasks.models import Task
from lonja.tasks.tests.house import reason as a_motive

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(lonja: Any, lucia: Any, mirador: Party) -> tuple[Opportunity, Quote]:
    offer = create_opportunity(company=lonja.company, party=mirador, title="Reforma sur", by=lucia)
    return offer, make_quote(lonja.company, mirador, lucia, opportunity=offer)


@pytest.fixture
def own(lonja: Any, marcos: Any) -> tuple[Opportunity, Quote]:
    bar = Party.objects.create(name="Bar Sol", agent=marcos)
    offer = create_opportunity(company=lonja.company, party=bar, title="Reforma norte", by=marcos)
    return offer, make_quote(lonja.company, bar, marcos, opportunity=offer)


@pytest.mark.parametrize("asked", ["reforma", "e:reforma", "e:", "o:"])
def test_the_palette_finds_only_what_is_of_the_branch(
    as_marcos: Any, as_lucia: Any, theirs: Any, own: Any, asked: str
) -> None:
    found = as_marcos.htmx(f"/buscar/?q={asked}").content.decode()
    shown = [one.number for one in (*theirs, *own) if one.number in found]
    assert shown and not {one.number for one in theirs} & set(shown)
    assert "Reforma sur" not in found and "Mirador" not in found
    everybody = as_lucia.htmx(f"/buscar/?q={asked}").content.decode()
    assert any(one.number in everybody for one in theirs)


@pytest.mark.parametrize("kind", ["sales.opportunity", "sales.quote"])
def test_a_task_is_not_born_from_what_is_of_another_branch(
    as_marcos: Any, theirs: Any, own: Any, kind: str, lonja: Any
) -> None:
    n = 0 if kind == "sales.opportunity" else 1
    where = "/tareas/nueva/?origen={}&id={}"
    assert as_marcos.get(where.format(kind, own[n].pk)).status_code == 200
    assert as_marcos.get(where.format(kind, theirs[n].pk)).status_code == 404
    forged = {"origen": kind, "id": theirs[n].pk, "subject": "Llamar", "reason": a_motive().pk}
    assert as_marcos.post("/tareas/nueva/", forged).status_code == 404
    assert not Task.objects.exists()
