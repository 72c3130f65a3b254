"""Writing a quote through the door."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from lonja.activity.models import Event
from lonja.catalogue.models import Product
from lonja.parties.models import Contact, Party, Stage
from lonja.sales.models import Quote, QuoteStatus


def rows(*lines: dict[str, Any]) -> dict[str, Any]:
    posted: dict[str, Any] = {"lineas-TOTAL_FORMS": len(lines), "lineas-INITIAL_FORMS": 0}
    for n, line in enumerate(lines):
        values = {"quantity": "1", "tax_category": "iva_general", "ORDER": n + 1, **line}
        posted |= {f"lineas-{n}-{name}": value for name, value in values.items()}
    return posted


def form(quote: Quote, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "party": quote.party_id,
        "agent": quote.agent_id,
        "valid_until": "21/12/2030",
        "title": quote.title,
        "version": quote.edited,
        **rows(*lines),
        **changes,
    }


@pytest.fixture
def draft(as_lucia: Any, mirador: Party) -> Quote:
    answer = as_lucia.post("/presupuestos/nuevo/", {"party": mirador.pk, "title": "Obra"})
    quote = Quote.objects.get()
    assert answer.url.endswith(f"/presupuestos/{quote.pk}/editar/")
    return quote


def test_a_new_quote_takes_the_next_number_and_what_is_known_of_the_client(draft: Quote) -> None:
    assert draft.number == f"P{draft.created_on.year}/0001"
    assert draft.contact_name == "Carmen Roselló"
    assert draft.email == "compras@mirador.example"
    assert (draft.valid_until - draft.created_on).days == 30


def test_a_client_who_does_not_exist_is_made_as_a_lead(as_lucia: Any) -> None:
    as_lucia.post(
        "/presupuestos/nuevo/",
        {
            "name": "Bar Pepe",
            "kind": "company",
            "contact": "Pepe Ruiz",
            "email": "pepe@bar.example",
        },
    )
    quote = Quote.objects.get()
    assert quote.party.stage == Stage.LEAD
    assert quote.party.name == "Bar Pepe"
    assert Contact.objects.get().name == "Pepe Ruiz"
    assert quote.contact_name == "Pepe Ruiz"


def test_saving_writes_the_lines_and_the_totals_of_the_server(as_lucia: Any, draft: Quote) -> None:
    answer = as_lucia.post(
        f"/presupuestos/{draft.pk}/editar/",
        form(
            draft,
            {"concept": "Split", "quantity": "4", "unit_price": "689,00"},
            {
                "concept": "Montaje",
                "quantity": "3*2",
                "unit_price": "1.000,50",
                "discount_pct": "5",
            },
            {"concept": "Plan", "unit_price": "35", "unit_of_time": "month", "every": "3"},
            {"concept": ""},
            global_discount_pct="10",
        ),
    )
    assert answer.status_code == 302
    draft.refresh_from_db()
    # 2.756,00 + 5.702,85 = 8.458,85, less 10 % is 7.612,96 (rounded 845,89), plus 21 %
    assert draft.base_cents == 761296
    assert draft.total_cents == 921168
    assert draft.recurring_base_cents == 3150
    assert draft.recurring_monthly_cents == 1050
    assert [line.concept for line in draft.lines.all()] == ["Split", "Montaje", "Plan"]


def test_the_order_and_the_removed_lines_of_the_screen_are_kept(
    as_lucia: Any, draft: Quote
) -> None:
    as_lucia.post(
        f"/presupuestos/{draft.pk}/editar/",
        form(
            draft,
            {"concept": "Segundo", "unit_price": "1", "ORDER": 2},
            {"concept": "Primero", "unit_price": "1", "ORDER": 1},
            {"concept": "Fuera", "unit_price": "1", "ORDER": 3, "DELETE": "on"},
        ),
    )
    assert [line.concept for line in draft.lines.all()] == ["Primero", "Segundo"]


def test_the_autosave_answers_with_the_new_count_and_writes_history_once(
    as_lucia: Any, draft: Quote
) -> None:
    url = f"/presupuestos/{draft.pk}/editar/"
    first = as_lucia.post(url, form(draft, {"concept": "A"}), headers={"X-Lonja-Autosave": "1"})
    assert first.status_code == 204
    assert first.headers["X-Lonja-Version"] == "1"
    data = form(draft, {"concept": "AB"}, version=1)
    assert as_lucia.post(url, data, headers={"X-Lonja-Autosave": "1"}).status_code == 204
    verbs = list(Event.objects.filter(target_type="sales.quote").values_list("verb", flat=True))
    assert verbs == ["sales.quote_created"]


def test_two_people_editing_are_told_and_nothing_is_lost(as_lucia: Any, draft: Quote) -> None:
    url = f"/presupuestos/{draft.pk}/editar/"
    as_lucia.post(url, form(draft, {"concept": "La primera"}))
    late = as_lucia.post(url, form(draft, {"concept": "La otra"}))
    assert late.status_code == 409
    assert "Lucía Ferrer guardó cambios" in late.content.decode()
    assert "La otra" in late.content.decode()
    assert draft.lines.get().concept == "La primera"


def test_what_is_not_understood_comes_back_as_it_was_typed(as_lucia: Any, draft: Quote) -> None:
    data = form(draft, {"concept": "Split", "unit_price": "1,2,3"}, valid_until="31/02/2027")
    answer = as_lucia.post(f"/presupuestos/{draft.pk}/editar/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "no existe en el calendario" in page
    assert 'value="1,2,3"' in page
    assert not draft.lines.exists()


def test_the_calculation_answers_each_line_and_saves_nothing(as_lucia: Any, draft: Quote) -> None:
    data = form(draft, {"concept": "A", "unit_price": "100"}, {"concept": "B", "unit_price": "x"})
    page = as_lucia.htmx(f"/presupuestos/{draft.pk}/calculo/", data, method="post").content.decode()
    assert '<div class="edit-sum-n" id="total-movil">121,00\xa0€</div>' in page
    assert 'id="lineas-0-importe">100,00\xa0€' in page
    assert 'id="lineas-1-importe">—' in page
    assert not draft.lines.exists()


def test_the_preview_draws_what_is_on_the_screen(as_lucia: Any, draft: Quote) -> None:
    data = form(draft, {"concept": "Algo", "unit_price": "100"})
    page = as_lucia.htmx(f"/presupuestos/{draft.pk}/vista-previa/", data, method="post")
    assert page.content.decode().count("data:image/svg+xml;base64,") == 1


def test_choosing_a_product_fills_the_row(as_lucia: Any, draft: Quote) -> None:
    Product.objects.create(
        code="F7", name="Filtro «F7»", price=Decimal("41.9"), unit="ud.", kind="subscription"
    )
    editor = as_lucia.get(f"/presupuestos/{draft.pk}/editar/").content.decode()
    address = re.search(r'data-catalogue="/[^/]+([^"]+)"', editor)[1]
    page = as_lucia.htmx(f"{address}?q=filt").content.decode()
    assert "&quot;unit_price&quot;: &quot;41,90&quot;" in page
    assert "&quot;unit&quot;: &quot;ud.&quot;" in page
    assert "&quot;unit_of_time&quot;: &quot;month&quot;" in page


def test_a_limited_seller_sees_only_their_quotes(
    as_marcos: Any, as_lucia: Any, draft: Quote, marcos: Any, lonja: Any
) -> None:
    assert as_marcos.get(f"/presupuestos/{draft.pk}/").status_code == 404
    own = Party.objects.create(name="De Marcos", agent=marcos)
    as_marcos.post("/presupuestos/nuevo/", {"party": own.pk})
    assert Quote.objects.get(party=own).agent == marcos
    other = as_marcos.post("/presupuestos/nuevo/", {"party": draft.party_id})
    assert other.status_code == 422
    page = as_marcos.get("/presupuestos/").content.decode()
    assert "De Marcos" in page
    assert "Mirador" not in page


def test_another_house_finds_nothing(as_nuria: Any, draft: Quote, lucia: Any) -> None:
    for path in ("", "editar/", "envio/", "pdf/", "alta/", "enlace/"):
        assert as_nuria.get(f"/presupuestos/{draft.pk}/{path}").status_code == 404


def test_a_copy_is_another_draft(as_lucia: Any, quote: Quote) -> None:
    as_lucia.post(f"/presupuestos/{quote.pk}/copia/")
    copy = Quote.objects.exclude(pk=quote.pk).get()
    assert copy.number.endswith("/0002")
    assert copy.status == QuoteStatus.DRAFT
    assert copy.total_cents == quote.total_cents == 437536
    assert copy.lines.count() == 4


def test_the_list_asks_the_same_queries_for_one_or_many(
    as_lucia: Any, quote: Quote, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        as_lucia.post(f"/presupuestos/{quote.pk}/copia/")
    with django_assert_max_num_queries(22):
        page = as_lucia.get("/presupuestos/").content.decode()
    assert page.count("Hotel Mirador") >= 4
