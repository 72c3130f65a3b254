"""Choosing where one works, from the head of the side bar; and leaving the invented data."""

from __future__ import annotations

from lonja.accounts.models import Company, Organisation
from lonja.parties.models import Party


def test_the_side_bar_offers_the_issuers_and_another_organisation(as_lucia, lonja):
    other = Company.objects.create(legal_name="Levante Obras, S.L.", nif="B12345674")
    page = as_lucia.get("/").content.decode()
    assert f'action="/clima-levante/empresas/{other.pk}/uso/"' in page
    assert 'href="/organizaciones/nueva/"' in page
    as_lucia.post(f"/empresas/{other.pk}/uso/")
    assert "Levante Obras" in as_lucia.get("/").content.decode()


def test_who_sells_cannot_make_organisations(as_marcos):
    assert "/organizaciones/nueva/" not in as_marcos.get("/").content.decode()


def test_the_invented_data_go_and_the_company_stays(as_lucia, lonja):
    Organisation.objects.update(is_demo=True)
    Party.objects.create(name="Inventada, S.L.")
    assert "Borrarlos y empezar" in as_lucia.get("/").content.decode()
    assert "No se pueden recuperar" in as_lucia.get("/configuracion/datos-de-prueba/").text
    answer = as_lucia.post("/configuracion/datos-de-prueba/")
    assert answer.status_code in (200, 303)
    assert not Party.objects.exists()
    assert Company.objects.filter(pk=lonja.company.pk).exists()
    assert as_lucia.get("/configuracion/datos-de-prueba/").status_code == 404


def test_real_data_are_not_offered_to_be_deleted(as_lucia):
    Party.objects.create(name="De verdad, S.L.")
    assert as_lucia.post("/configuracion/datos-de-prueba/").status_code == 404
    assert Party.objects.exists()


def test_pages_travel_compressed(as_lucia):
    answer = as_lucia.get("/clientes/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
