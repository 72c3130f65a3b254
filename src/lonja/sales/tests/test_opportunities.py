"""Ofertas: their number, their stages, and what winning or losing does."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.sales.actions import create_quote, save_quote
from lonja.sales.actions.offer_moves import (
    lose_opportunity,
    move_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from lonja.sales.actions.opportunities import (
    create_opportunity,
    end_stage,
    ensure_pipeline,
    open_stages,
)
from lonja.sales.models import LossReason, Opportunity, PipelineStage, Quote, StageChange
from lonja.sales.tests.house import line


@pytest.fixture
def offer(lonja: Any, lucia: Any, mirador: Any) -> Opportunity:
    return create_opportunity(
        company=lonja.company, party=mirador, title="Climatizar 12 habitaciones", by=lucia
    )


def priced(offer: Opportunity, by: Any, price: int, alternative: str = "", **extra: Any) -> Quote:
    quote = create_quote(
        company=offer.company,
        party=offer.party,
        by=by,
        opportunity=offer,
        alternative=alternative,
    )
    lines = [line("Instalación", 1, price), *extra.get("lines", [])]
    return save_quote(quote, fields={}, lines=lines, edited=quote.edited, by=by)


def test_a_company_begins_with_its_stages_and_never_gets_them_twice(lonja: Any) -> None:
    ensure_pipeline(lonja.company)
    ensure_pipeline(lonja.company)
    names = list(PipelineStage.objects.values_list("name", "kind"))
    assert names[0] == ("Nueva", "open")
    assert names[-2:] == [("Ganada", "won"), ("Perdida", "lost")]
    assert len(names) == 6
    assert LossReason.objects.count() == 7


def test_ofertas_are_numbered_in_a_row(offer: Opportunity, lonja: Any, lucia: Any) -> None:
    second = create_opportunity(company=lonja.company, party=offer.party, title="Otra", by=lucia)
    year = offer.created_on.year
    assert [offer.number, second.number] == [f"O{year}/0001", f"O{year}/0002"]
    assert offer.stage.name == "Nueva"
    assert offer.probability_pct == 10
    assert offer.agent == lucia


def test_a_move_takes_the_probability_of_the_stage_and_leaves_a_trace(
    offer: Opportunity, lucia: Any
) -> None:
    proposal = open_stages(offer.company)[2]
    moved = move_opportunity(offer, proposal, by=lucia, seen=offer.stage_id)
    move_opportunity(offer, proposal, by=lucia)  # there already
    assert moved.probability_pct == 50
    changes = list(StageChange.objects.order_by("id").values_list("to_stage__name", flat=True))
    assert changes == ["Nueva", "Propuesta enviada"]
    assert Event.objects.filter(verb="sales.opportunity_moved").count() == 1


def test_whoever_moves_a_card_that_somebody_moved_is_told(offer: Opportunity, lucia: Any) -> None:
    first, second, third, _last = open_stages(offer.company)
    move_opportunity(offer, second, by=lucia, seen=first.pk)
    with pytest.raises(Refused) as refused:
        move_opportunity(offer, third, by=lucia, seen=first.pk)
    assert refused.value.code == "opportunity_moved"
    assert "Cualificada" in str(refused.value)


def test_losing_needs_a_reason_and_opening_again_returns_where_it_was(
    offer: Opportunity, lucia: Any
) -> None:
    second = open_stages(offer.company)[1]
    move_opportunity(offer, second, by=lucia)
    with pytest.raises(Refused) as refused:
        move_opportunity(offer, end_stage(offer.company, "lost"), by=lucia)  # type: ignore[arg-type]
    assert refused.value.code == "loss_reason_missing"
    reason = LossReason.objects.get(name="Precio")
    lost = lose_opportunity(offer, by=lucia, reason=reason, note="Un 20 % más barato")
    assert (lost.status, lost.probability_pct, lost.lost_reason) == ("lost", 0, reason)
    again = reopen_opportunity(offer, by=lucia)
    assert (again.status, again.stage, again.lost_reason) == ("open", second, None)


def test_winning_with_an_alternative_closes_the_others_once(offer: Opportunity, lucia: Any) -> None:
    basic = priced(offer, lucia, 1000, "Básica")
    full = priced(offer, lucia, 3000, "Completa")
    apart = priced(offer, lucia, 500)
    for _again in range(2):
        won = win_opportunity(offer, by=lucia, quote=basic)
    assert won.status == "won"
    assert won.amount_cents == 100_000
    states = dict(Quote.objects.values_list("pk", "status"))
    assert states == {basic.pk: "draft", full.pk: "rejected", apart.pk: "draft"}
    assert "Básica" in Quote.objects.get(pk=full.pk).reject_reason
    assert Event.objects.filter(verb="sales.opportunity_won").count() == 1


def test_an_oferta_is_worth_its_presupuestos_until_a_person_says_so(
    offer: Opportunity, lucia: Any
) -> None:
    monthly = line("Mantenimiento", 1, 10, unit_of_time="month")
    priced(offer, lucia, 1000, "A")
    priced(offer, lucia, 3000, "B", lines=[monthly])
    priced(offer, lucia, 500)
    offer.refresh_from_db()
    assert offer.amount_cents == 300_000 + 12 * 1_000 + 50_000
    Opportunity.objects.filter(pk=offer.pk).update(amount_by_hand=True, amount_cents=777)
    priced(offer, lucia, 9000)
    offer.refresh_from_db()
    assert offer.amount_cents == 777
