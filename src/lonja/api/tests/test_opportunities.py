"""Ofertas through the API."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.sales.actions import create_quote
from lonja.sales.models import LossReason, Opportunity, PipelineStage


@pytest.fixture
def made(program: Any, hotel: Any) -> dict[str, Any]:
    sent = {"client_id": hotel.pk, "title": "Climatizar 12 habitaciones", "amount": "12000.00"}
    answer = program.post("/ofertas", sent)
    assert answer.status_code == 201
    return answer.json()


def test_an_oferta_is_made_read_and_changed(program: Any, made: Any) -> None:
    assert (made["status"], made["stage"], made["probability_pct"]) == ("open", "Nueva", 10)
    assert program.get(f"/ofertas/{made['id']}").json() == made
    changed = program.patch(f"/ofertas/{made['id']}", {"expected_on": "2026-12-15"}).json()
    assert (changed["expected_on"], changed["amount"]) == ("2026-12-15", "12000.00")
    listed = program.get("/ofertas?q=climatizar&status=open").json()
    assert [one["number"] for one in listed["items"]] == [made["number"]]
    assert program.get("/ofertas?status=won").json()["items"] == []


def test_it_moves_by_the_stages_of_its_company(program: Any, made: Any) -> None:
    told = program.get("/ofertas/embudo").json()
    stages = {one["name"]: one["id"] for one in told["stages"]}
    path = f"/ofertas/{made['id']}/etapa"
    moved = program.post(path, {"stage_id": stages["Negociación"]}).json()
    assert (moved["stage"], moved["probability_pct"]) == ("Negociación", 75)
    late = {"stage_id": stages["Cualificada"], "seen_stage_id": stages["Nueva"]}
    refused = program.post(path, late)
    assert (refused.status_code, refused.json()["code"]) == (409, "opportunity_moved")
    assert program.post(path, {"stage_id": 999_999}).status_code == 422


def test_losing_it_needs_a_reason_and_it_opens_again(program: Any, made: Any) -> None:
    path = f"/ofertas/{made['id']}"
    lost = PipelineStage.objects.get(kind="lost")
    refused = program.post(f"{path}/etapa", {"stage_id": lost.pk})
    assert refused.json()["code"] == "loss_reason_missing"
    reason = LossReason.objects.get(name="Precio")
    told = program.post(f"{path}/perdida", {"loss_reason_id": reason.pk, "note": "Caro"}).json()
    assert (told["status"], told["loss_reason"], told["loss_note"]) == ("lost", "Precio", "Caro")
    assert program.post(f"{path}/reapertura").json()["stage"] == "Nueva"


def test_it_says_which_presupuestos_it_has(program: Any, made: Any, hotel: Any, lonja: Any) -> None:
    offer = Opportunity.objects.get()
    quote = create_quote(company=lonja.company, party=hotel, by=None, opportunity=offer)
    assert program.get(f"/ofertas/{made['id']}").json()["quote_ids"] == [quote.pk]


def test_a_negative_amount_is_refused(program: Any, hotel: Any) -> None:
    sent = {"client_id": hotel.pk, "title": "Obra", "amount": "-1.00"}
    assert program.post("/ofertas", sent).status_code == 422
    assert not Opportunity.objects.exists()
