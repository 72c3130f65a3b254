"""Settings, home, and who may open what."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from lonja.accounts.models import Company
from lonja.activity.models import Event
from lonja.office import checklist
from lonja.ui import registry

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


def test_the_activity_is_kept_as_the_books_of_the_agency_tell_it(as_lucia, lonja):
    told = {**FISCAL, "iae_kind": "A03", "iae_heading": "653.3"}
    as_lucia.post("/configuracion/empresa/", told)
    lonja.company.refresh_from_db()
    assert (lonja.company.iae_kind, lonja.company.iae_heading) == ("A03", "6533")
    wrong = as_lucia.post("/configuracion/empresa/", {**told, "iae_heading": "fontanería"})
    assert wrong.status_code == 422
    assert "fontanería" in wrong.content.decode()
    half = as_lucia.post("/configuracion/empresa/", {**told, "iae_kind": ""})
    assert "Di de qué tipo es la actividad" in half.content.decode()


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


def test_a_form_of_another_company_is_refused_and_saves_nothing(as_lucia, lonja):
    second = Company.objects.create(legal_name="Clima Sur, S.L.", nif="B12345674")
    as_lucia.post(f"/empresas/{second.pk}/uso/")
    answer = as_lucia.post("/configuracion/empresa/", {**FISCAL, "company": lonja.company.pk})
    assert answer.status_code == 409
    second.refresh_from_db()
    assert second.address == ""


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
