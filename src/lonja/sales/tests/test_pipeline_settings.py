"""Configuración › «Embudo»."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.sales.actions.offer_moves import move_opportunity
from lonja.sales.actions.opportunities import create_opportunity, ensure_pipeline
from lonja.sales.models import LossReason, PipelineStage

HOME = "/configuracion/embudo/"


@pytest.fixture(autouse=True)
def pipeline(lonja: Any) -> None:
    ensure_pipeline(lonja.company)


def names() -> list[str]:
    rows = PipelineStage.objects.active().filter(kind="open").order_by("position")
    return list(rows.values_list("name", flat=True))


def test_a_stage_is_added_renamed_and_moved(as_lucia: Any) -> None:
    as_lucia.post(f"{HOME}etapas/nuevo/", {"name": "Visita", "probability_pct": "60"})
    visit = PipelineStage.objects.get(name="Visita")
    assert names()[-1] == "Visita"
    as_lucia.post(f"{HOME}etapas/{visit.pk}/lugar/", {"hacia": "arriba"})
    assert names()[-2:] == ["Visita", "Negociación"]
    as_lucia.post(f"{HOME}etapas/{visit.pk}/", {"name": "Visita técnica", "probability_pct": "65"})
    visit.refresh_from_db()
    assert (visit.name, visit.probability_pct) == ("Visita técnica", 65)
    ids = list(PipelineStage.objects.filter(kind="open").values_list("pk", flat=True))
    backwards = ",".join(str(pk) for pk in reversed(ids))
    as_lucia.post(f"{HOME}etapas/orden/", {"orden": backwards})
    assert names()[0] == "Negociación"


def test_two_stages_do_not_share_a_name(as_lucia: Any) -> None:
    answer = as_lucia.post(f"{HOME}etapas/nuevo/", {"name": "nueva", "probability_pct": "5"})
    assert answer.status_code == 409
    assert "Ya hay uno con ese nombre" in answer.content.decode()


def test_what_was_used_is_retired_and_what_was_not_is_deleted(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Any
) -> None:
    used, unused = PipelineStage.objects.filter(kind="open")[1:3]
    offer = create_opportunity(company=lonja.company, party=mirador, title="Obra", by=lucia)
    move_opportunity(offer, used, by=lucia)
    for stage in (used, unused):
        as_lucia.post(f"{HOME}etapas/{stage.pk}/retirada/")
    used.refresh_from_db()
    assert used.retired_at is not None
    assert not PipelineStage.objects.filter(pk=unused.pk).exists()
    board = as_lucia.get("/embudo/").content.decode()
    assert "Etapa retirada" in board  # its oferta is still seen
    as_lucia.post(f"{HOME}etapas/{used.pk}/vuelta/")
    used.refresh_from_db()
    assert used.retired_at is None


def test_the_ends_and_the_last_open_stage_stay(as_lucia: Any) -> None:
    won = PipelineStage.objects.get(kind="won")
    assert as_lucia.post(f"{HOME}etapas/{won.pk}/retirada/").status_code == 409
    for stage in list(PipelineStage.objects.filter(kind="open")):
        last = as_lucia.post(f"{HOME}etapas/{stage.pk}/retirada/")
    assert last.status_code == 409
    assert len(names()) == 1


def test_reasons_of_loss_are_the_company_s(as_lucia: Any) -> None:
    as_lucia.post(f"{HOME}motivos/nuevo/", {"name": "Se jubila"})
    assert LossReason.objects.order_by("-position").first().name == "Se jubila"
    reason = LossReason.objects.get(name="Precio")
    as_lucia.post(f"{HOME}motivos/{reason.pk}/retirada/")
    assert not LossReason.objects.filter(name="Precio").exists()
    assert "Se jubila" in as_lucia.get(HOME).content.decode()


def test_a_salesperson_does_not_change_the_stages(as_marcos: Any) -> None:
    assert as_marcos.get(HOME).status_code == 403
