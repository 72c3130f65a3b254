"""«Embudo» and the pages of an oferta, through the door."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lonja.accounts.models import Company
from lonja.parties.models import LeadSource, Party
from lonja.sales.actions.offer_moves import move_opportunity
from lonja.sales.actions.opportunities import create_opportunity, ensure_pipeline, open_stages
from lonja.sales.models import LossReason, Opportunity, PipelineStage, Quote
from lonja.sales.tests.house import line, make_quote
from lonja.tasks.models import Task
from lonja.tasks.tests.house import reason as a_motive

BOARD = {"HX-Request": "true", "HX-Target": "embudo"}


@pytest.fixture
def stages(lonja: Any) -> list[PipelineStage]:
    ensure_pipeline(lonja.company)
    return open_stages(lonja.company)


def an_offer(company: Company, party: Party, by: Any, **fields: Any) -> Opportunity:
    fields.setdefault("title", "Climatizar 12 habitaciones")
    return create_opportunity(company=company, party=party, by=by, **fields)


@pytest.fixture
def offer(lonja: Any, lucia: Any, mirador: Party, stages: Any) -> Opportunity:
    return an_offer(lonja.company, mirador, lucia, amount_cents=1_200_000)


def stage_named(name: str) -> PipelineStage:
    return PipelineStage.objects.get(name=name)


def move(client: Any, offer: Opportunity, to: PipelineStage, **more: Any) -> Any:
    data = {"etapa": to.pk, "vista": offer.stage_id, **more}
    return client.post(f"/ofertas/{offer.pk}/etapa/", data, headers=BOARD)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode()).replace("\xa0", " ")


def test_the_board_has_a_column_for_each_stage_with_its_count_and_sum(
    as_lucia: Any, offer: Opportunity, lonja: Any, lucia: Any, mirador: Party, stages: Any
) -> None:
    an_offer(lonja.company, mirador, lucia, amount_cents=300_000, stage=stages[3])
    page = text_of(as_lucia.get("/embudo/"))
    for name in ("Nueva", "Cualificada", "Propuesta enviada", "Negociación", "Ganada", "Perdida"):
        assert f'data-name="{name}"' in page
    assert "15.000,00 €" in page  # total
    assert "3.450,00 €" in page  # 12.000 × 10 % + 3.000 × 75 %
    assert "Hotel Mirador de la Bahía" in page


def test_a_company_without_stages_begins_with_the_usual_ones(as_lucia: Any, lonja: Any) -> None:
    assert "Empezar con lo habitual" in text_of(as_lucia.get("/embudo/"))
    as_lucia.post("/embudo/etapas/")
    assert 'data-name="Negociación"' in text_of(as_lucia.get("/embudo/"))


def test_moving_a_card_answers_what_changed_and_how_to_undo_it(
    as_lucia: Any, offer: Opportunity
) -> None:
    answer = move(as_lucia, offer, stage_named("Negociación"))
    page = text_of(answer)
    offer.refresh_from_db()
    assert offer.stage.name == "Negociación"
    assert f'id="oferta-{offer.pk}"' in page
    assert "9.000,00 €" in page  # weighted, 75 %
    undo = re.search(r'action="[^"]*(/ofertas/\d+/vuelta/[^"]*)"', page)
    assert undo
    as_lucia.post(undo[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
    offer.refresh_from_db()
    assert offer.stage.name == "Nueva"


def test_a_card_that_somebody_moved_goes_back_with_the_reason(
    as_lucia: Any, offer: Opportunity, lucia: Any, stages: Any
) -> None:
    seen = offer.stage_id
    move_opportunity(offer, stages[1], by=lucia)
    answer = move(as_lucia, offer, stages[2], vista=seen)
    assert answer.status_code == 409
    assert "ya la había movido a «Cualificada»" in text_of(answer)
    assert "lonja:boardChanged" in answer.headers["HX-Trigger"]
    offer.refresh_from_db()
    assert offer.stage == stages[1]


def test_lost_asks_why_and_the_answer_can_close_its_presupuestos(
    as_lucia: Any, offer: Opportunity, lucia: Any
) -> None:
    answer = move(as_lucia, offer, stage_named("Perdida"))
    assert answer.headers["HX-Redirect"].endswith(f"/ofertas/{offer.pk}/perdida/")
    quote = make_quote(offer.company, offer.party, lucia, opportunity=offer)
    assert as_lucia.post(f"/ofertas/{offer.pk}/perdida/", {"note": ""}).status_code == 422
    reason = LossReason.objects.get(name="Precio")
    data = {"reason": reason.pk, "note": "Un 20 % más", "close_quotes": "on"}
    as_lucia.post(f"/ofertas/{offer.pk}/perdida/", data)
    offer.refresh_from_db()
    quote.refresh_from_db()
    assert (offer.status, offer.lost_reason, quote.status) == ("lost", reason, "rejected")
    page = text_of(as_lucia.get(f"/ofertas/{offer.pk}/"))
    assert "Motivo de pérdida: Precio · Un 20 % más" in page
    as_lucia.post(f"/ofertas/{offer.pk}/reapertura/")
    offer.refresh_from_db()
    assert (offer.status, offer.stage.name) == ("open", "Nueva")


def test_filters_narrow_the_cards_and_the_totals(
    as_lucia: Any, offer: Opportunity, lonja: Any, lucia: Any, marcos: Any, stages: Any
) -> None:
    fair = LeadSource.objects.create(name="Feria")
    other = Party.objects.create(name="Bar Pepe", lead_source=fair)
    an_offer(lonja.company, other, marcos, title="Toldo", amount_cents=50_000, agent=marcos)
    for query in (f"agente={marcos.pk}", f"origen={fair.pk}", "q=toldo"):
        page = text_of(as_lucia.get(f"/embudo/?{query}", headers=BOARD))
        assert "Toldo" in page
        assert "Climatizar" not in page
        assert "500,00 €" in page
        assert "12.500,00 €" not in page


def test_the_dot_of_a_card_says_when_its_next_task_is_due(
    as_lucia: Any, offer: Opportunity, lonja: Any, lucia: Any
) -> None:
    assert "Sin tarea." in text_of(as_lucia.get("/embudo/"))
    now = timezone.now()
    motive = a_motive("Seguimiento")
    for due, said in (
        (now + timedelta(days=5), "Próxima tarea"),
        (now - timedelta(days=1), "Tarea vencida"),
    ):
        Task.objects.create(
            company=lonja.company,
            subject="Llamar",
            reason=motive,
            state=motive.cells.first().state,
            due_at=due,
            origin_type="sales.opportunity",
            origin_id=offer.pk,
        )
        assert said in text_of(as_lucia.get("/embudo/"))
    assert "Climatizar" not in text_of(as_lucia.get("/embudo/?sin-tarea=1"))


def test_a_column_shows_fifteen_and_more_when_asked(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Party, stages: Any
) -> None:
    for n in range(18):
        an_offer(lonja.company, mirador, lucia, title=f"Obra {n:02}")
    page = text_of(as_lucia.get("/embudo/"))
    assert page.count("data-card ") == 15
    more = re.search(r'hx-get="[^"]*(/embudo/etapas/\d+/mas/[^"]*)"', page)
    assert more
    rest = text_of(as_lucia.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"}))
    assert re.findall(r"Obra \d\d", rest) == ["Obra 02", "Obra 01", "Obra 00"]
    assert "Ver más" not in rest


def test_the_board_costs_the_same_with_ten_times_the_cards(
    as_lucia: Any,
    lonja: Any,
    lucia: Any,
    mirador: Party,
    stages: Any,
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(40):
        one = an_offer(lonja.company, mirador, lucia, stage=stages[n % 4])
        make_quote(lonja.company, mirador, lucia, opportunity=one)
    as_lucia.get("/embudo/")
    with django_assert_max_num_queries(26):
        assert as_lucia.get("/embudo/").status_code == 200


def test_a_hierarchical_member_sees_and_moves_only_what_is_of_its_branch(
    as_marcos: Any, offer: Opportunity, lonja: Any, marcos: Any, mirador: Party, stages: Any
) -> None:
    mine = an_offer(lonja.company, mirador, marcos, title="Lo mío", amount_cents=10_000)
    page = text_of(as_marcos.get("/embudo/"))
    assert "Lo mío" in page
    assert "Climatizar" not in page
    assert "12.000,00" not in page
    assert as_marcos.get(f"/ofertas/{offer.pk}/").status_code == 404
    assert move(as_marcos, offer, stages[1]).status_code == 404
    assert move(as_marcos, mine, stages[1]).status_code == 200
    listed = text_of(as_marcos.get("/ofertas/?exportar=csv"))
    assert "Climatizar" not in listed


def test_an_oferta_is_made_for_a_client_who_did_not_exist(as_lucia: Any, stages: Any) -> None:
    answer = as_lucia.post(
        "/ofertas/nueva/",
        {
            "name": "Bar Pepe",
            "contact": "Pepe Ruiz",
            "phone": "612345678",
            "title": "Toldo",
            "amount_cents": "1.500,50",
            "expected_on": "+30",
        },
    )
    offer = Opportunity.objects.select_related("party").get()
    assert answer.url.endswith(f"/ofertas/{offer.pk}/")
    assert (offer.party.name, offer.party.stage) == ("Bar Pepe", "lead")
    assert (offer.amount_cents, offer.amount_by_hand) == (150_050, True)


def test_the_page_offers_the_next_step_and_its_task_comes_from_the_oferta(
    as_lucia: Any, offer: Opportunity, lucia: Any
) -> None:
    page = text_of(as_lucia.get(f"/ofertas/{offer.pk}/"))
    assert "di cuál es el siguiente paso" in page
    assert f"/tareas/nueva/?origen=sales.opportunity&amp;id={offer.pk}" in page
    a_motive("Seguimiento")
    form = text_of(as_lucia.get(f"/tareas/nueva/?origen=sales.opportunity&id={offer.pk}"))
    assert offer.number in form
    assert "Hotel Mirador" in form


def test_presupuestos_of_an_oferta_begin_with_what_it_knows(
    as_lucia: Any, offer: Opportunity
) -> None:
    answer = as_lucia.post(f"/ofertas/{offer.pk}/presupuesto/")
    first = Quote.objects.get()
    assert answer.url.endswith(f"/presupuestos/{first.pk}/editar/")
    assert (first.opportunity, first.title, first.party) == (offer, offer.title, offer.party)
    as_lucia.post(f"/ofertas/{offer.pk}/presupuesto/", {"alternativa": "1"})
    as_lucia.post(f"/presupuestos/{first.pk}/alternativa/copia/")
    labels = list(Quote.objects.order_by("pk").values_list("alternative", flat=True))
    assert labels == ["A", "B", "C"]
    page = text_of(as_lucia.get(f"/ofertas/{offer.pk}/"))
    assert "Alternativas: al aceptar una, las demás se cierran." in page


def test_a_presupuesto_made_apart_becomes_an_oferta(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Party, stages: Any
) -> None:
    lines = [line("Instalación", 1, 1000)]
    quote = make_quote(lonja.company, mirador, lucia, lines=lines)
    panel = text_of(as_lucia.htmx(f"/ofertas/panel/sales.quote/{quote.pk}/"))
    assert "Hacer una oferta con él" in panel
    as_lucia.post(f"/presupuestos/{quote.pk}/oferta/", {"oferta": ""})
    offer = Opportunity.objects.get()
    assert (offer.title, offer.amount_cents) == (quote.title, 100_000)
    panel = text_of(as_lucia.htmx(f"/ofertas/panel/sales.quote/{quote.pk}/"))
    assert offer.number in panel


def test_many_at_once_change_agent_stage_or_are_lost(
    as_lucia: Any, offer: Opportunity, marcos: Any, stages: Any
) -> None:
    chosen = {"id": [offer.pk], "confirmado": "1"}
    as_lucia.post("/ofertas/acciones/", {**chosen, "accion": "agente", "agent": marcos.pk})
    as_lucia.post("/ofertas/acciones/", {**chosen, "accion": "etapa", "stage": stages[2].pk})
    offer.refresh_from_db()
    assert (offer.agent, offer.stage) == (marcos, stages[2])
    reason = LossReason.objects.first()
    as_lucia.post("/ofertas/acciones/", {**chosen, "accion": "perdida", "reason": reason.pk})
    offer.refresh_from_db()
    assert (offer.status, offer.lost_reason) == ("lost", reason)


def test_the_client_page_lists_ofertas_and_presupuestos(
    as_lucia: Any, offer: Opportunity, lucia: Any
) -> None:
    quote = make_quote(offer.company, offer.party, lucia)
    page = text_of(as_lucia.htmx(f"/presupuestos/cliente/{offer.party_id}/"))
    assert offer.number in page
    assert quote.number in page


def test_the_palette_finds_ofertas_by_client(as_lucia: Any, offer: Opportunity) -> None:
    page = text_of(as_lucia.htmx("/buscar/?q=e:mirador"))
    assert f"{offer.number} · Climatizar" in page
