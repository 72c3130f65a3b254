"""A field of the ficha changed where it is read."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.parties.models import Kind, Party

HTMX = {"HX-Request": "true"}


@pytest.fixture
def hotel(lonja: Any) -> Party:
    return Party.objects.create(
        name="Hotel Mirador, S.L.", nif="B12345674", phone="+34975789328", kind=Kind.CONSUMER
    )


def change(client: Any, party: Party, name: str, value: str, **more: Any) -> Any:
    path = f"/clientes/{party.pk}/campo/{name}/"
    return client.post(path, {name: value, **more}, headers=HTMX)


def test_the_field_opens_and_is_saved_in_its_place(as_lucia, hotel):
    form = as_lucia.htmx(f"/clientes/{hotel.pk}/campo/phone/").content.decode()
    assert 'value="975 78 93 28"' in form
    answer = change(as_lucia, hotel, "phone", "600 111 222")
    assert answer.status_code == 200
    assert "600 111 222" in answer.content.decode()
    hotel.refresh_from_db()
    assert (hotel.phone, hotel.kind, hotel.nif) == ("+34600111222", Kind.CONSUMER, "B12345674")


def test_without_javascript_it_is_a_page(as_lucia, hotel):
    path = f"/clientes/{hotel.pk}/campo/email/"
    assert "<h1>Hotel Mirador, S.L.</h1>" in as_lucia.get(path).content.decode()
    answer = as_lucia.post(path, {"email": "compras@mirador.example"})
    assert answer.status_code == 303
    assert answer.url.endswith(f"/clientes/{hotel.pk}/")
    hotel.refresh_from_db()
    assert hotel.email == "compras@mirador.example"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("email", "esto no es", "correo"),
        ("nif", "B12345675", "NIF"),
        ("name", " ", "Falta «Nombre o razón social»"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(as_lucia, hotel, name, value, said):
    answer = change(as_lucia, hotel, name, value)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "aria-describedby" in answer.content.decode()
    hotel.refresh_from_db()
    assert (hotel.nif, hotel.name) == ("B12345674", "Hotel Mirador, S.L.")


def test_cancelling_reads_it_again(as_lucia, hotel):
    text = as_lucia.htmx(f"/clientes/{hotel.pk}/campo/phone/?ver=1").content.decode()
    assert "tel:+34975789328" in text
    assert "<form" not in text


def test_a_nif_of_another_client_leads_to_it(as_lucia, hotel):
    other = Party.objects.create(name="Otro, S.L.", nif="B98765431")
    answer = change(as_lucia, hotel, "nif", "B98765431")
    assert answer.status_code == 409
    assert "Ya existe Otro, S.L." in answer.content.decode()
    assert f"/clientes/{other.pk}/" in answer.content.decode()


def test_what_changed_meanwhile_is_not_lost(as_lucia, hotel):
    seen = hotel.updated_at.isoformat()
    change(as_lucia, hotel, "phone", "600111222")
    answer = change(as_lucia, hotel, "email", "a@b.example", seen=seen)
    assert answer.status_code == 409
    assert "Otra persona guardó cambios" in answer.content.decode()


def test_only_some_fields_and_only_whoever_may(as_lucia, as_marcos, hotel):
    assert as_lucia.get(f"/clientes/{hotel.pk}/campo/iban/").status_code == 404
    assert as_marcos.get(f"/clientes/{hotel.pk}/campo/phone/").status_code == 404
    assert (
        f"/clientes/{hotel.pk}/campo/phone/"
        in as_lucia.get(f"/clientes/{hotel.pk}/").content.decode()
    )
