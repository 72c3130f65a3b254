"""Creating, changing, archiving and blocking clients through the door."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import OrganisationClient, make_member

from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.parties.actions.clients import give_agent
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Contact, Party
from lonja.parties.tests.cast import make_client, new_client


def test_a_client_is_created_with_everything_that_was_typed(as_lucia: Any) -> None:
    answer = as_lucia.post(
        "/clientes/nuevo/",
        new_client(
            nif="b-12345674", phone="965 78 00 00", postcode="03700", tags="Costa, Hoteles",
            invoice_emails="a@mirador.example; b@mirador.example", risk_limit_cents="3.000",
            client_since="01/03/2021",
        ),
    )  # fmt: skip
    party = Party.objects.get()
    assert answer.headers["Location"].endswith(f"/clientes/{party.pk}/")
    assert (party.nif, party.phone, party.postcode) == ("B12345674", "+34965780000", "03700")
    assert (party.province, party.risk_limit_cents) == ("Alicante", 300_000)
    assert party.invoice_emails == ["a@mirador.example", "b@mirador.example"]
    assert sorted(t.tag.name for t in party.party_tags.all()) == ["Costa", "Hoteles"]
    assert Event.objects.get(verb="parties.created").party_id == party.pk


def test_the_drawer_asks_little_and_opens_the_new_page(as_lucia: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "cajon"}
    form = as_lucia.get("/clientes/nuevo/", headers=headers).content.decode()
    assert 'name="nif"' in form and 'name="iban"' not in form
    answer = as_lucia.post(
        "/clientes/nuevo/", {"name": "Carmen Roselló", "nif": "12345678Z"}, headers=headers
    )
    party = Party.objects.get()
    assert answer.headers["HX-Redirect"].endswith(f"/clientes/{party.pk}/")
    assert (party.kind, party.country) == ("professional", "ES")


def test_a_wrong_nif_says_which_letter_was_right_and_keeps_what_was_typed(as_lucia: Any) -> None:
    answer = as_lucia.post("/clientes/nuevo/", new_client(nif="B12345675", city="Dénia"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "debería ser 4" in text and 'value="Dénia"' in text
    assert not Party.objects.exists()


def test_a_nif_we_already_have_offers_to_open_that_client(as_lucia: Any) -> None:
    mirador = make_client(nif="B12345674")
    answer = as_lucia.post("/clientes/nuevo/", new_client(name="Mirador"))
    text = answer.content.decode()
    assert answer.status_code == 409 and "Ya existe Hotel Mirador" in text
    assert f"/clientes/{mirador.pk}/" in text and "Crear igualmente" in text
    assert Party.objects.count() == 1
    as_lucia.post("/clientes/nuevo/", new_client(name="Mirador", igualmente="1"))
    assert Party.objects.filter(nif="B12345674").count() == 2


def test_without_the_right_nobody_insists(as_marcos: Any, marcos: Any) -> None:
    make_client(nif="B12345674", agent=marcos)
    answer = as_marcos.post("/clientes/nuevo/", new_client(name="Otro", igualmente="1"))
    assert answer.status_code == 409 and "Crear igualmente" not in answer.content.decode()
    assert Party.objects.count() == 1


def test_marcos_learns_nothing_of_a_client_that_is_not_his(as_marcos: Any, lucia: Any) -> None:
    secret = make_client("Secreto, S.A.", nif="B12345674", agent=lucia)
    text = as_marcos.post("/clientes/nuevo/", new_client(name="Otro")).content.decode()
    assert "lo" in text and "lleva otra persona" in text
    assert "Secreto" not in text and f"/clientes/{secret.pk}/" not in text


def test_someone_alike_is_mentioned_gently(as_lucia: Any) -> None:
    make_client("Hotel Mirador de la Bahía, S.L.", email="a@mirador.example")
    by_name = as_lucia.get("/clientes/parecidos/?name=hotel+mirador+de+la+bahia+SL")
    assert "se llama casi igual" in by_name.content.decode()
    by_mail = as_lucia.get("/clientes/parecidos/?email=A@mirador.example")
    assert "tiene el mismo correo" in by_mail.content.decode()
    assert "Ya existe" not in as_lucia.get("/clientes/parecidos/?name=Bar+Pepe").content.decode()


def test_a_german_client_needs_no_spanish_nif(as_lucia: Any) -> None:
    as_lucia.post("/clientes/nuevo/", new_client(nif="811569869", country="DE"))
    party = Party.objects.get()
    assert (party.nif, party.id_type) == ("DE811569869", "02")


def test_editing_writes_down_what_changed(as_lucia: Any) -> None:
    party = make_client(nif="B12345674")
    page = as_lucia.get(f"/clientes/{party.pk}/edicion/")
    seen = page.context["form"]["seen"].value()
    as_lucia.post(
        f"/clientes/{party.pk}/edicion/", new_client(name=party.name, city="Dénia", seen=seen)
    )
    party.refresh_from_db()
    assert party.city == "Dénia"
    assert Event.objects.get(verb="parties.updated").data["fields"] == ["city"]


def test_two_people_editing_do_not_overwrite_each_other(as_lucia: Any) -> None:
    party = make_client(nif="B12345674")
    seen = as_lucia.get(f"/clientes/{party.pk}/edicion/").context["form"]["seen"].value()
    party.phone = "+34612345678"
    party.save()
    answer = as_lucia.post(
        f"/clientes/{party.pk}/edicion/", new_client(name="Nuevo nombre", seen=seen)
    )
    assert answer.status_code == 409 and "otra persona guardó" in answer.content.decode()
    party.refresh_from_db()
    assert party.phone == "+34612345678" and party.name != "Nuevo nombre"


def test_what_is_typed_on_one_that_was_merged_meanwhile_says_where_to_write(
    as_lucia: Any, lucia: Any
) -> None:
    kept, other = make_client("Mirador"), make_client("Miramar")
    merge_parties(kept, other, by=lucia)
    other.refresh_from_db()
    seen = other.updated_at.isoformat()
    typed = new_client(name="Miramar", city="Dénia", seen=seen)
    answer = as_lucia.post(f"/clientes/{other.pk}/edicion/", typed)
    assert answer.status_code == 409 and "se unió a «Mirador»" in answer.content.decode()
    person = as_lucia.post(f"/clientes/{other.pk}/contactos/nuevo/", {"name": "Carmen"})
    assert person.status_code == 409 and not Contact.objects.exists()
    with pytest.raises(Refused, match="se unió a"):
        give_agent(other, lucia, by=lucia)
    other.refresh_from_db()
    assert (other.city, other.agent) == ("", None)
    moved = as_lucia.get(f"/clientes/{other.pk}/edicion/")
    assert moved["Location"].endswith(f"/clientes/{kept.pk}/edicion/")


def test_control_and_hidden_characters_do_not_get_in(as_lucia: Any) -> None:
    as_lucia.post("/clientes/nuevo/", new_client(name="Hotel\u202e \u200bMirador\t 🏨"))
    assert Party.objects.get().name == "Hotel Mirador 🏨"


def test_archiving_can_be_undone(as_lucia: Any) -> None:
    party = make_client()
    page = as_lucia.post(f"/clientes/{party.pk}/archivo/", follow=True).content.decode()
    assert f"/clientes/{party.pk}/restauracion/" in page
    assert "Hotel Mirador de la Bahía, S.L.</a>" not in page
    as_lucia.post(f"/clientes/{party.pk}/restauracion/")
    assert Party.objects.get().archived_at is None


def test_a_blocked_client_says_why_on_its_page(as_lucia: Any) -> None:
    party = make_client()
    as_lucia.post(f"/clientes/{party.pk}/bloqueo/", {"reason": "Dos recibos devueltos"})
    page = as_lucia.get(f"/clientes/{party.pk}/").content.decode()
    assert "Cliente bloqueado." in page and "Dos recibos devueltos" in page
    as_lucia.post(f"/clientes/{party.pk}/desbloqueo/")
    assert Party.objects.get().blocked_reason == ""


def test_the_first_contact_is_the_main_one_and_there_is_only_one(as_lucia: Any) -> None:
    party = make_client()
    url = f"/clientes/{party.pk}/contactos/nuevo/"
    as_lucia.post(url, {"name": "Carmen Roselló", "phone": "612 345 678"})
    as_lucia.post(url, {"name": "Pau Soler", "is_main": "on"})
    assert list(Contact.objects.filter(is_main=True).values_list("name", flat=True)) == [
        "Pau Soler"
    ]
    pau = Contact.objects.get(name="Pau Soler")
    as_lucia.post(f"/clientes/{party.pk}/contactos/{pau.pk}/borrado/")
    assert Contact.objects.get().is_main


def test_a_double_click_makes_one_client(as_lucia: Any) -> None:
    for _time in range(2):
        as_lucia.post("/clientes/nuevo/", new_client(_key="misma"))
    assert Party.objects.count() == 1


@pytest.mark.parametrize("role", ["accountant", "support", "readonly", "adviser"])
def test_who_only_looks_cannot_write(lonja: Any, role: str) -> None:
    client = OrganisationClient(make_member(lonja, "Ver Solo", role))
    party = make_client()
    assert client.get(f"/clientes/{party.pk}/").status_code == 200
    assert client.get("/clientes/nuevo/").status_code == 403
    assert client.post(f"/clientes/{party.pk}/archivo/").status_code == 403
