from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from lonja.ui import registry

PAGES = [
    "",
    "inicio/",
    "ficha/",
    "lista/",
    "lista-vacia/",
    "editor/",
    "cajon/",
    "publica/",
    "acceso/",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_gallery_keeps_the_content_policy(as_lucia, page):
    response = as_lucia.get(f"/ui/galeria/{page}")
    html = response.content.decode()
    assert response.status_code == 200
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert "script-src 'self'; style-src 'self'" in response.headers["Content-Security-Policy"]
    assert html.count("<h1") == 1


def test_the_brand_colour_comes_in_a_style_with_the_word_of_the_policy(as_lucia):
    response = as_lucia.get("/ui/galeria/publica/")
    word = re.search(r'<style nonce="([^"]+)">', response.content.decode()).group(1)
    assert f"'nonce-{word}'" in response.headers["Content-Security-Policy"]


def test_a_page_without_brand_has_no_word(as_lucia):
    assert "nonce-" not in as_lucia.get("/ui/galeria/").headers["Content-Security-Policy"]


def test_the_chosen_theme_is_written_by_the_server(as_lucia):
    as_lucia.post("/ui/tema/", {"tema": "dark", "volver": "/clima-levante/ui/galeria/"})
    assert 'data-bs-theme="dark"' in as_lucia.get("/ui/galeria/").content.decode()
    as_lucia.post("/ui/tema/", {"tema": "verde"})
    assert 'data-bs-theme="dark"' in as_lucia.get("/ui/galeria/").content.decode()


def test_the_theme_form_never_leads_to_another_site(as_lucia):
    response = as_lucia.post("/ui/tema/", {"tema": "dark", "volver": "https://mal.example/"})
    assert "mal.example" not in response["Location"]


def test_a_refusal_is_a_page_with_the_reason_and_a_409(as_lucia):
    response = as_lucia.get("/ui/galeria/negativa/")
    assert response.status_code == 409
    assert "Hay un problema" in response.content.decode()
    assert "dice qué ha pasado" in response.content.decode()


def test_a_refusal_to_htmx_is_a_box_for_the_page(as_lucia):
    response = as_lucia.htmx("/prueba/alta/", {"name": ""}, method="post")
    assert (response.status_code, response["HX-Retarget"]) == (409, "#problema")
    assert response.content.decode().startswith('<div class="problem" role="alert"')


def test_what_does_not_exist_is_said_inside_the_shell(as_lucia):
    response = as_lucia.get("/ui/galeria/nada/")
    assert response.status_code == 404
    assert "Aquí no hay nada" in response.content.decode()
    assert "Clima Levante" in response.content.decode()


def test_outsiders_find_nothing(as_nuria, lonja):
    assert as_nuria.get("/otra-casa/ui/galeria/").status_code == 200
    assert as_nuria.get("http://testserver/clima-levante/ui/galeria/").status_code == 404


def test_a_message_reaches_the_next_page_once(as_lucia):
    as_lucia.post("/prueba/alta/", {"name": "Nueva"})
    assert "Empresa creada" in as_lucia.get("/ui/galeria/").content.decode()
    assert "Empresa creada" not in as_lucia.get("/ui/galeria/").content.decode()


def test_a_drawer_is_a_whole_page_without_htmx(as_lucia):
    whole = as_lucia.get("/ui/galeria/cajon/").content.decode()
    inside = as_lucia.get(
        "/ui/galeria/cajon/", headers={"HX-Request": "true", "HX-Target": "cajon"}
    ).content.decode()
    assert "<html" in whole
    assert "<html" not in inside
    assert "Nueva tarea" in whole and "Nueva tarea" in inside


def test_a_card_opened_by_hand_is_shown_in_the_shell(as_lucia):
    assert "<html" in as_lucia.get("/prueba/tarjeta/").content.decode()
    assert "<html" not in as_lucia.htmx("/prueba/tarjeta/").content.decode()


def test_every_entry_of_the_shell_leads_to_a_page(lonja):
    from django.conf import settings
    from django.urls import reverse

    for entry in registry.registered():
        args = [0] if isinstance(entry, registry.ClientTab) else []
        assert reverse(entry.url_name, urlconf=settings.ORGANISATION_URLCONF, args=args)


def test_entries_follow_the_role(monkeypatch, lucia, marcos):
    entry = registry.NavItem("Galería", "ui:gallery", "home", "ui.nobody", 1, "Ventas")
    monkeypatch.setattr(registry, "_nav", [entry])
    monkeypatch.setattr(registry.Entry, "url", lambda self, *args: "/ui/galeria/")
    monkeypatch.setattr(type(marcos), "can", lambda self, code: self.pk == lucia.pk)
    assert [group for group, _items in registry.nav_for(lucia)] == ["Ventas"]
    assert registry.nav_for(marcos) == []


def test_each_form_gets_its_own_key():
    request = RequestFactory().get("/")
    page = Template("{% load ui %}{% submission_key %}{% submission_key %}").render(
        Context({"request": request})
    )
    first, second = re.findall(r'value="([^"]+)"', page)
    assert first != second


def test_links_keep_the_parameters_of_the_page():
    request = RequestFactory().get("/?a=1&b=2")
    template = Template("{% load ui %}{% query b='' c=3 %}")
    assert template.render(Context({"request": request})) == "?a=1&amp;c=3"


def test_compact_rows_are_kept_for_each_member(as_lucia, as_marcos):
    assert "data-density" not in as_lucia.get("/ui/galeria/").content.decode()
    back = "/clima-levante/ui/galeria/lista/?q=1"
    answer = as_lucia.post("/ui/filas/", {"filas": "compact", "volver": back})
    assert (answer.status_code, answer.url) == (303, back)
    assert 'data-density="compact"' in as_lucia.get("/ui/galeria/").content.decode()
    assert "data-density" not in as_marcos.get("/ui/galeria/").content.decode()
    as_lucia.post("/ui/filas/", {"filas": "enormes"})
    assert 'data-density="compact"' in as_lucia.get("/ui/galeria/").content.decode()
    as_lucia.post("/ui/filas/", {"filas": "normal"})
    assert "data-density" not in as_lucia.get("/ui/galeria/").content.decode()
