"""The first administrator and the first run."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from lonja.accounts.models import Company, Membership, Organisation, SetupLink, User
from lonja.accounts.scope import all_organisations, scope
from lonja.office import demo as demo_registry
from lonja.office import hooks
from lonja.office.actions.organisations import free_slug
from lonja.office.setup import ensure_setup_link

PERSON = {
    "full_name": "Lucía Ferrer",
    "email": "Lucia@Clima.example",
    "password": "una-frase-bien-larga",
    "organisation_name": "Clima Levante",
}
FISCAL = {
    "nif": "b-98765432",
    "legal_name": "Clima Levante, S.L.",
    "address": "C/ de la Ferreria, 8",
    "postcode": "46013",
    "city": "València",
}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def owner(db):
    """A client that has just made the first account: organisation without company."""
    client = Client()
    client.post(ensure_setup_link(), PERSON)
    return client


def right_nif() -> str:
    return "B98765431"


def test_an_empty_installation_says_where_the_link_is(client, db):
    assert "enlace de instalación" in client.get("/").content.decode()


def test_the_link_makes_the_first_administrator_and_leads_to_the_first_run(db):
    client = Client()
    answer = client.post(ensure_setup_link(), PERSON)
    assert answer.url == "/clima-levante/inicio-rapido/"
    user = User.objects.get()
    assert (user.email, user.full_name) == ("lucia@clima.example", "Lucía Ferrer")
    with all_organisations():
        assert Membership.objects.get().role == "admin"
    assert client.get(answer.url, follow=True).status_code == 200


def test_the_link_works_once(db):
    link = ensure_setup_link()
    Client().post(link, PERSON)
    second = Client().post(link, {**PERSON, "email": "otra@clima.example"})
    assert second.status_code == 410
    assert User.objects.count() == 1
    assert ensure_setup_link() is None


def test_a_newer_link_replaces_the_older_one(db):
    old, new = ensure_setup_link(), ensure_setup_link()
    assert Client().get(old).status_code == 410
    assert Client().get(new).status_code == 200


def test_the_link_expires(db):
    link = ensure_setup_link()
    SetupLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert Client().get(link).status_code == 410


def test_a_weak_password_keeps_what_was_typed(db):
    answer = Client().post(ensure_setup_link(), {**PERSON, "password": "12345678"})
    assert answer.status_code == 422
    assert "Lucía Ferrer" in answer.content.decode()
    assert not User.objects.exists()


def test_guessing_tokens_gets_slower(db):
    answers = [Client().get(f"/invitacion/no-existe-{n}/").status_code for n in range(32)]
    assert answers[0] == 410
    assert answers[-1] == 429


def test_a_wrong_nif_says_the_right_letter_and_keeps_what_was_typed(owner):
    answer = owner.post("/clima-levante/inicio-rapido/1/", FISCAL)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "debería ser 1" in html
    assert "C/ de la Ferreria, 8" in html
    assert "b-98765432" in html
    with all_organisations():
        assert not Company.objects.exists()


def test_the_nif_is_checked_when_leaving_the_field(owner):
    wrong = owner.get("/clima-levante/configuracion/empresa/nif/?nif=B98765432").content.decode()
    right = owner.get("/clima-levante/configuracion/empresa/nif/?nif=B98765431").content.decode()
    assert "debería ser 1" in wrong
    assert "Sociedad anónima o limitada" in right


def test_a_post_code_with_a_digit_lost_is_not_taken_for_another_province(owner):
    answer = owner.post(
        "/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif(), "postcode": "4601"}
    )
    assert answer.status_code == 422
    assert "tiene 4 cifras y son 5" in answer.content.decode()


def test_the_first_step_makes_the_company_with_its_province_and_territory(owner):
    answer = owner.post(
        "/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif(), "postcode": "35001"}
    )
    assert answer.url == "/clima-levante/inicio-rapido/2/"
    with all_organisations():
        company = Company.objects.get()
    assert (company.nif, company.province) == ("B98765431", "Las Palmas")
    assert company.territory == "canarias"


def test_other_rooms_hear_of_the_new_company_in_the_same_transaction(owner, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "_company_created", [lambda company, by: heard.append(company.nif)])
    owner.post("/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif()})
    assert heard == ["B98765431"]

    def refuse(company, by):
        raise RuntimeError("no series")

    monkeypatch.setattr(hooks, "_company_created", [refuse])
    with pytest.raises(RuntimeError):
        owner.post("/clima-levante/configuracion/empresas/", {**FISCAL, "nif": "B12345674"})
    with all_organisations():
        assert Company.objects.count() == 1


def test_the_accent_comes_from_the_logo(owner):
    owner.post("/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif()})
    picture = io.BytesIO()
    Image.new("RGB", (80, 40), (200, 30, 60)).save(picture, "PNG")
    answer = owner.post(
        "/clima-levante/inicio-rapido/2/",
        {"accent": "#0e6f78", "logo": SimpleUploadedFile("logo.png", picture.getvalue())},
    )
    assert answer.status_code == 303
    with all_organisations():
        company = Company.objects.get()
    assert company.logo_id is not None
    assert company.accent.startswith("#c")
    preview = owner.get("/clima-levante/configuracion/marca/muestra/?accent=%23223399")
    assert preview["Content-Type"] == "image/svg+xml"
    assert b"<svg" in preview.content


def test_something_that_is_no_image_is_refused_with_a_reason(owner):
    owner.post("/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif()})
    evil = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>'
    )
    answer = owner.post(
        "/clima-levante/inicio-rapido/2/",
        {"accent": "#0e6f78", "logo": SimpleUploadedFile("logo.svg", evil)},
    )
    assert answer.status_code == 409
    assert "SVG" in answer.content.decode()


def test_a_wrong_iban_is_told(owner):
    owner.post("/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif()})
    answer = owner.post(
        "/clima-levante/inicio-rapido/3/",
        {"iban": "ES00 2100 0418 4502 0005 1332", "payment_terms_days": "30"},
    )
    assert answer.status_code == 422
    assert "IBAN" in answer.content.decode()


def test_every_step_may_be_left_for_later(owner):
    for number in (1, 2, 3, 4):
        assert owner.get(f"/clima-levante/inicio-rapido/{number}/", follow=True).status_code == 200
    answer = owner.post("/clima-levante/inicio-rapido/4/", {"choice": "empty"})
    assert answer.status_code == 303
    assert owner.get("/clima-levante/").status_code == 200
    assert Organisation.objects.get().setup_done_at is not None


def test_without_a_company_the_business_rooms_send_to_the_first_run(owner):
    answer = owner.get("/clima-levante/ui/galeria/")
    assert answer.status_code == 200
    home = owner.get("/clima-levante/").content.decode()
    assert "Primeros pasos" in home


def test_demo_data_is_offered_only_when_something_can_load_it(owner, monkeypatch):
    monkeypatch.setattr(demo_registry, "_demo", [])
    owner.post("/clima-levante/inicio-rapido/1/", {**FISCAL, "nif": right_nif()})
    assert "datos de prueba" not in owner.get("/clima-levante/inicio-rapido/4/").content.decode()
    assert owner.post("/clima-levante/inicio-rapido/4/", {"choice": "demo"}).status_code == 404
    loaded = []
    monkeypatch.setattr(
        demo_registry, "_demo", [demo_registry.Demo("", loaded.append, lambda _organisation: None)]
    )
    assert "Cargar datos de prueba" in owner.get("/clima-levante/inicio-rapido/4/").content.decode()
    owner.post("/clima-levante/inicio-rapido/4/", {"choice": "demo"})
    assert len(loaded) == 1


def test_slugs_are_unique_and_never_a_page_of_the_program(db):
    Organisation.objects.create(name="Clima Levante", slug="clima-levante")
    assert free_slug("Clima Levante") == "clima-levante-2"
    assert free_slug("Cuenta") == "cuenta-empresa"
    assert free_slug("¡¡!!") == "empresa"


def test_the_root_goes_to_the_only_organisation_and_otherwise_to_the_last_one(as_lucia, lucia):
    client = Client()
    client.force_login(lucia.user)
    assert client.get("/").url == "/clima-levante/"
    second = client.post("/organizaciones/nueva/", {"name": "Segunda Casa"})
    assert second.url == "/segunda-casa/inicio-rapido/"
    assert client.get("/").url == "/organizaciones/"
    client.get("/segunda-casa/")
    assert client.get("/").url == "/segunda-casa/"
    with scope(Organisation.objects.get(slug="segunda-casa")):
        assert Membership.objects.get().role == "admin"


def test_only_people_who_administer_one_make_another_organisation(as_marcos, marcos):
    client = Client()
    client.force_login(marcos.user)
    assert client.get("/organizaciones/nueva/").status_code == 404
    assert "Crear otra" not in client.get("/organizaciones/").content.decode()
