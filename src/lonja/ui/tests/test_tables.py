from __future__ import annotations

import io
import re

import pytest

from lonja.accounts.models import Company
from lonja.ui.models import SavedView

LIST = "/prueba/empresas/"


def names(response) -> list[str]:
    return re.findall(r'class="key" href="[^"]*">([^<]+)</a>', response.content.decode())


def link(response, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    return found.group(1).replace("&amp;", "&") if found else ""


def walk(client, url: str) -> list[str]:
    seen = []
    while url:
        response = client.get(url)
        seen += names(response)
        url = link(response, "next")
    return seen


@pytest.mark.parametrize("order", ["legal_name", "-legal_name", "city", "-city", "-logo_id"])
def test_turning_pages_shows_every_row_once(as_lucia, companies, order):
    seen = walk(as_lucia, f"{LIST}?orden={order}")
    assert len(seen) == 26
    assert len(set(seen)) == 26


def test_going_back_shows_the_page_before(as_lucia, companies):
    first = as_lucia.get(f"{LIST}?orden=city")
    second = as_lucia.get(link(first, "next"))
    again = as_lucia.get(link(second, "prev"))
    assert names(again) == names(first)
    assert not link(again, "prev")
    assert "1–10 de 26" in again.content.decode()


def test_a_forged_position_is_the_first_page(as_lucia, companies):
    assert names(as_lucia.get(f"{LIST}?desde=hola")) == names(as_lucia.get(LIST))


def test_an_order_nobody_declared_is_ignored(as_lucia, companies):
    assert names(as_lucia.get(f"{LIST}?orden=organisation__name")) == names(as_lucia.get(LIST))


def test_the_head_says_how_it_is_sorted(as_lucia, companies):
    assert 'aria-sort="descending"' in as_lucia.get(f"{LIST}?orden=-city").content.decode()


def test_filters_and_tabs_narrow_the_rows(as_lucia, companies):
    assert len(walk(as_lucia, f"{LIST}?ciudad=Elx")) == 8
    assert len(walk(as_lucia, f"{LIST}?vista=elx")) == 8
    assert len(walk(as_lucia, f"{LIST}?ciudad=Elx&ciudad=D%C3%A9nia")) == 17
    assert len(walk(as_lucia, f"{LIST}?ciudad=Madrid")) == 26


def test_search_finds_by_name_and_offers_the_way_back(as_lucia, companies):
    assert names(as_lucia.get(f"{LIST}?q=empresa+07")) == ["Empresa 07"]
    page = as_lucia.get(f"{LIST}?q=nadie").content.decode()
    assert "Nada coincide" in page
    assert "Quitar filtros" in page


def test_htmx_gets_only_the_table_and_a_clean_address(as_lucia, companies):
    response = as_lucia.get(
        f"{LIST}?q=&ciudad=Elx", headers={"HX-Request": "true", "HX-Target": "tabla"}
    )
    assert response.content.decode().lstrip().startswith('<div id="tabla"')
    assert response.headers["HX-Push-Url"].endswith("/prueba/empresas/?ciudad=Elx")


def test_the_foot_totals_follow_the_filter(as_lucia, companies):
    page = as_lucia.get(f"{LIST}?ciudad=Elx").content.decode()
    assert re.search(r"<tfoot>.*>8</td>", page, re.S)


def test_rows_of_another_house_are_not_there(as_nuria, companies, nuria):
    assert walk(as_nuria, LIST) == ["Otra Casa, S.L."]


def test_a_list_asks_a_fixed_number_of_questions(
    as_lucia, companies, django_assert_max_num_queries
):
    as_lucia.get(LIST)
    with django_assert_max_num_queries(16):
        page = as_lucia.get(LIST)
    assert page.status_code == 200


def test_chosen_columns_stay_chosen(as_lucia, companies, lucia):
    as_lucia.post("/ui/columnas/tests.companies/", {"columna": ["city", "nif", "inventada"]})
    lucia.refresh_from_db()
    assert lucia.preferences["columns"]["tests.companies"] == ["city", "nif"]
    page = as_lucia.get(LIST).content.decode()
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert head.index("Población") < head.index("NIF")
    assert "Plazo" not in head


def test_a_saved_view_is_a_tab_with_its_filter(as_lucia, as_marcos, companies):
    as_lucia.post(
        "/ui/vistas/tests.companies/",
        {"nombre": "Las de Elx", "filtro": "ciudad=Elx&desde=x", "compartida": "1"},
    )
    view = SavedView.objects.get()
    assert view.query == "ciudad=Elx"
    assert "Las de Elx" in as_marcos.get(LIST).content.decode()


def test_a_view_that_is_not_shared_is_only_mine(as_lucia, as_marcos, companies):
    as_lucia.post("/ui/vistas/tests.companies/", {"nombre": "Mía", "filtro": ""})
    view = SavedView.objects.get()
    assert "Mía" not in as_marcos.get(LIST).content.decode()
    assert as_marcos.post(f"/ui/vistas/borrado/{view.pk}/").status_code == 404
    assert as_lucia.post(f"/ui/vistas/borrado/{view.pk}/").status_code == 303
    assert not SavedView.objects.exists()


def test_a_bulk_action_does_the_rest_when_one_is_refused(as_lucia, companies):
    closed = companies[0]
    Company.objects.filter(pk=closed.pk).update(city="Cerrada")
    response = as_lucia.post(
        f"{LIST}acciones/", {"accion": "marcar", "id": [c.pk for c in companies[:3]]}
    )
    assert "Esta empresa está cerrada." in response.content.decode()
    assert Company.objects.filter(trade_name__endswith="✓").count() == 2


def test_a_bulk_action_reaches_the_whole_filter(as_lucia, companies):
    response = as_lucia.post(
        f"{LIST}acciones/", {"accion": "marcar", "todas": "1", "filtro": "ciudad=Elx"}
    )
    assert response.status_code == 303
    assert Company.objects.filter(trade_name__endswith="✓").count() == 8


def test_a_bulk_action_with_a_form_asks_before_doing(as_lucia, companies):
    data = {"accion": "mudar", "id": [companies[0].pk, companies[1].pk]}
    asked = as_lucia.post(f"{LIST}acciones/", data)
    assert "Se aplicará a 2 filas" in asked.content.decode()
    assert not Company.objects.filter(city="Xàbia").exists()
    as_lucia.post(f"{LIST}acciones/", {**data, "confirmado": "1", "city": "Xàbia"})
    assert Company.objects.filter(city="Xàbia").count() == 2


def test_a_bulk_action_never_touches_another_house(as_nuria, companies):
    as_nuria.post(f"{LIST}acciones/", {"accion": "marcar", "id": [c.pk for c in companies]})
    assert not Company.objects.filter(trade_name__endswith="✓").exists()


def test_without_rows_a_bulk_action_says_so(as_lucia, companies):
    response = as_lucia.post(f"{LIST}acciones/", {"accion": "marcar"})
    assert response.status_code == 409
    assert "No has elegido ninguna fila" in response.content.decode()


def test_the_spreadsheet_has_the_filter_and_the_columns_of_the_screen(as_lucia, companies):
    pytest.importorskip("lonja.kit.spreadsheets")
    from python_calamine import CalamineWorkbook

    response = as_lucia.get(f"{LIST}?ciudad=Elx&exportar=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    table = rows.to_python()
    assert table[0] == ["Razón social", "NIF", "Población", "Plazo"]
    assert len(table) == 9
    assert "empresas-" in response.headers["Content-Disposition"]


def test_a_name_with_markup_is_text_in_the_table_and_in_the_card(as_lucia):
    from lonja.parties.models import Party

    Party.objects.create(name='<img src=x onerror="alert(1)">', nif="B12345674")
    page = as_lucia.get("/clientes/").content.decode()
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 2
