"""Settings, home, search, and who may open what."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from lonja.accounts.models import Company
from lonja.activity.models import Event
from lonja.kit.text import search_text
from lonja.office import checklist
from lonja.parties.models import Party
from lonja.ui import registry
from lonja.ui.registry import Hit

FISCAL = {
    "nif": "B98765431",
    "legal_name": "Clima Levante, S.L.",
    "address": "C/ Nueva, 3",
    "postcode": "03001",
    "city": "Alacant",
    "territory": "peninsula",
}


def test_the_company_is_changed_and_the_history_says_what(as_lucia, lonja):
    answer = as_lucia.post("/configuracion/empresa/", {**FISCAL, "trade_name": "Clima"})
    assert answer.status_code == 303
    lonja.company.refresh_from_db()
    assert (lonja.company.city, lonja.company.province) == ("Alacant", "Alicante")
    event = Event.objects.get(verb="office.company_changed")
    assert event.data["after"]["address"] == "C/ Nueva, 3"
    assert "nif" not in event.data["after"]


def test_a_double_press_writes_the_history_once(as_lucia):
    for _ in range(2):
        as_lucia.post("/configuracion/empresa/", {**FISCAL, "_key": "la-misma"})
    assert Event.objects.filter(verb="office.company_changed").count() == 1


def test_a_pale_colour_is_darkened_and_told(as_lucia, lonja):
    paper = as_lucia.htmx("/configuracion/marca/papel/?accent=%23ffe680").content.decode()
    assert "cuesta leerlo" in paper
    page = as_lucia.post("/configuracion/marca/", {"accent": "#ffe680"}, follow=True)
    assert "Hemos oscurecido el color" in page.content.decode()
    lonja.company.refresh_from_db()
    assert lonja.company.accent != "#ffe680"


def test_another_issuer_is_added_and_chosen(as_lucia, lonja):
    data = {**FISCAL, "nif": "B12345674", "legal_name": "Clima Sur, S.L."}
    assert as_lucia.post("/configuracion/empresas/", data).status_code == 303
    repeated = as_lucia.post("/configuracion/empresas/", data)
    assert repeated.status_code == 409
    second = Company.objects.get(nif="B12345674")
    as_lucia.post(f"/empresas/{second.pk}/uso/")
    assert "Clima Sur" in as_lucia.get("/configuracion/empresa/").content.decode()


def test_the_index_shows_only_what_the_role_opens(as_lucia, as_marcos):
    assert "Servidor de correo" in as_lucia.get("/configuracion/").content.decode()
    html = as_marcos.get("/configuracion/").content.decode()
    assert "Mi cuenta" in html
    assert "Servidor de correo" not in html


def test_a_person_changes_their_own_name(as_marcos, marcos):
    as_marcos.post("/configuracion/mi-cuenta/", {"full_name": "Marcos Peris Gil"})
    marcos.user.refresh_from_db()
    assert marcos.user.full_name == "Marcos Peris Gil"


# --- home ---------------------------------------------------------------------------------------


@pytest.fixture
def two_cards(monkeypatch):
    cards = [
        registry.HomeCard("Cobros", "office:help", "", None, 10, "cobros", 3),
        registry.HomeCard("Tareas", "office:help", "", None, 20, "tareas", 4),
    ]
    monkeypatch.setattr(registry, "_cards", cards)
    monkeypatch.setattr(checklist, "_steps", [])


def test_home_greets_and_loads_its_cards_lazily(as_lucia, two_cards):
    html = as_lucia.get("/").content.decode()
    assert "Lucía" in html
    assert html.count('hx-get="/clima-levante/ayuda/"') == 2


def test_each_person_arranges_their_own_home(as_lucia, as_marcos, lucia, two_cards):
    as_lucia.post("/inicio/personalizar/", {"order": ["tareas", "cobros"], "shown": ["tareas"]})
    assert "tarjeta-cobros" not in as_lucia.get("/").content.decode()
    assert "tarjeta-cobros" in as_marcos.get("/").content.decode()
    moved = {"order": ["cobros", "tareas"], "shown": ["cobros", "tareas"], "move": "up:tareas"}
    as_lucia.post("/inicio/personalizar/", moved)
    html = as_lucia.get("/inicio/personalizar/").content.decode()
    assert html.index('value="tareas"') < html.index('value="cobros"')


def test_first_steps_stay_until_the_last_one_that_counts_is_done(as_lucia, monkeypatch):
    invoiced = []
    steps: list = []
    monkeypatch.setattr(checklist, "_steps", steps)
    checklist.register(10, "Sube tu logo", lambda m, c: False, "office:brand")
    checklist.register(50, "Primera factura", lambda m, c: bool(invoiced), "office:help", ends=True)
    html = as_lucia.get("/").content.decode()
    assert "Primeros pasos" in html and "Sube tu logo" in html
    invoiced.append(1)
    assert "Primeros pasos" not in as_lucia.get("/").content.decode()


# --- search -------------------------------------------------------------------------------------


@pytest.fixture
def clients_found(monkeypatch):
    def find(member, text, limit):
        rows = Party.objects.visible_to(member).filter(search_text__contains=search_text(text))
        return [Hit(row.name, row.nif, f"/c/{row.pk}", "user") for row in rows[:limit]]

    provider = registry.SearchProvider("Clientes", "c", None, find)
    monkeypatch.setattr(registry, "_search", [provider])


def make_client(name, agent):
    return Party.objects.create(name=name, agent=agent)


def test_search_finds_clients_and_screens(as_lucia, lucia, clients_found):
    make_client("Hotel Mirador", lucia)
    assert "Hotel Mirador" in as_lucia.htmx("/buscar/?q=mirador").content.decode()
    actions = as_lucia.htmx("/buscar/?q=marca").content.decode()
    assert "Acciones" in actions and "/clima-levante/configuracion/marca/" in actions


def test_search_shows_only_what_the_member_may_see(as_marcos, lucia, marcos, clients_found):
    make_client("Hotel Mirador", lucia)
    make_client("Mirador de Marcos", marcos)
    html = as_marcos.htmx("/buscar/?q=mirador").content.decode()
    assert "Mirador de Marcos" in html
    assert "Hotel Mirador" not in html


def test_search_never_crosses_organisations(as_nuria, lucia, clients_found):
    make_client("Hotel Mirador", lucia)
    assert "Hotel Mirador" not in as_nuria.htmx("/buscar/?q=mirador").content.decode()


def test_a_prefix_asks_only_that_group(as_lucia, lucia, clients_found):
    make_client("Marca Blanca", lucia)
    html = as_lucia.htmx("/buscar/?q=c:marca").content.decode()
    assert "Marca Blanca" in html
    assert "Acciones" not in html


def test_nothing_found_says_so(as_lucia, clients_found):
    assert "Nada con «zzz»" in as_lucia.get("/buscar/?q=zzz").content.decode()


def test_an_empty_search_offers_what_was_touched_last(as_lucia, lucia, monkeypatch):
    from lonja.activity import record
    from lonja.office import search

    monkeypatch.setattr(search, "RECENT_PAGES", {"parties.party": ("office:member", "user")})
    party = make_client("Hotel Mirador", lucia)
    record(lucia, "parties.changed", party)
    record(lucia, "parties.changed", party)
    html = as_lucia.htmx("/buscar/?q=").content.decode()
    assert html.count("Hotel Mirador") == 1


def test_search_asks_the_database_little(
    as_lucia, lucia, clients_found, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        as_lucia.htmx("/buscar/?q=mirador")


# --- doors --------------------------------------------------------------------------------------


def office_paths():
    names = ("office", "mail", "jobs")
    resolver = get_resolver("lonja.config.org_urls")
    for included in resolver.url_patterns:
        if getattr(included, "app_name", "") in names:
            for pattern in included.url_patterns:
                yield str(pattern.pattern).replace("<int:pk>", "1").replace("<int:number>", "1")


def test_an_outsider_finds_nothing_anywhere(nuria, lonja):
    outsider = Client()
    outsider.force_login(nuria.user)
    for path in office_paths():
        for method in ("get", "post"):
            answer = getattr(outsider, method)(f"/clima-levante/{path}")
            assert answer.status_code == 404, (method, path)


def test_the_outsider_test_walks_all_the_pages():
    assert len(list(office_paths())) > 30


def test_the_page_of_another_organisation_is_not_found_by_its_id(as_nuria, marcos, lonja):
    assert as_nuria.get(f"/configuracion/usuarios/{marcos.pk}/").status_code == 404
    assert as_nuria.post(f"/configuracion/usuarios/{marcos.pk}/baja/").status_code == 404
    assert as_nuria.post(f"/empresas/{lonja.company.pk}/uso/").status_code == 404
