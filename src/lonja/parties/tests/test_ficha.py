"""The page of a client."""

from __future__ import annotations

from typing import Any

from lonja.activity import record
from lonja.activity.labels import describe
from lonja.activity.models import Event
from lonja.parties.models import Contact
from lonja.parties.tests.cast import make_client
from lonja.ui import registry


def test_the_page_says_who_it_is_and_how_it_pays(as_lucia: Any, lucia: Any) -> None:
    party = make_client(
        trade_name="Hotel Mirador", nif="B12345674", city="Dénia", province="Alicante",
        tariff="Hostelería", payment_terms_days=30, agent=lucia, phone="+34965780000",
    )  # fmt: skip
    Contact.objects.create(party=party, name="Carmen Roselló", is_main=True)
    page = as_lucia.get(f"/clientes/{party.pk}/").content.decode()
    for text in ("Hotel Mirador", "Cliente activo", "B12345674", "Dénia (Alicante)",
                 "Carmen Roselló", "Transferencia · 30 días", "Hostelería", "Lucía Ferrer",
                 "965 78 00 00"):  # fmt: skip
        assert text in page, text


def test_a_tab_is_an_address_and_htmx_gets_only_the_panel(as_lucia: Any) -> None:
    party = make_client()
    whole = as_lucia.get(f"/clientes/{party.pk}/?tab=actividad").content.decode()
    assert "<html" in whole and 'id="actividad"' in whole
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    panel = as_lucia.get(f"/clientes/{party.pk}/?tab=actividad", headers=headers).content.decode()
    assert "<html" not in panel and 'id="actividad"' in panel
    alone = as_lucia.get(f"/clientes/{party.pk}/actividad/")
    assert alone.headers["Location"].endswith(f"/clientes/{party.pk}/?tab=actividad")


def test_history_is_told_in_sentences(as_lucia: Any, lucia: Any) -> None:
    party = make_client()
    record(lucia, "parties.blocked", party, reason="Dos recibos devueltos")
    record(lucia, "parties.updated", party, fields=["phone", "city"])
    page = as_lucia.get(f"/clientes/{party.pk}/?tab=actividad").content.decode()
    assert "<b>Lucía Ferrer</b> bloqueó al cliente: Dos recibos devueltos" in page
    assert "<b>Lucía Ferrer</b> cambió teléfono y población" in page


def test_what_a_member_may_not_read_is_not_in_its_history(as_marcos: Any, marcos: Any) -> None:
    describe("parties.prueba", "hizo algo secreto", permission="parties.party.block")
    party = make_client(agent=marcos)
    record(marcos, "parties.prueba", party)
    page = as_marcos.get(f"/clientes/{party.pk}/?tab=actividad").content.decode()
    assert "secreto" not in page and Event.objects.filter(verb="parties.prueba").exists()


def test_long_histories_come_in_pages(as_lucia: Any, lucia: Any) -> None:
    party = make_client()
    for n in range(40):
        record(lucia, "parties.contact_added", party, name=f"Persona {n}.")
    page = as_lucia.get(f"/clientes/{party.pk}/?tab=actividad").content.decode()
    assert "Persona 39." in page and "Persona 9." not in page and "?antes=" in page
    last = Event.objects.order_by("-pk")[29]
    older = as_lucia.get(
        f"/clientes/{party.pk}/actividad/?antes={last.pk}", headers={"HX-Request": "true"}
    ).content.decode()
    assert "Persona 9." in older and "Persona 10." not in older


def test_figures_come_from_the_rooms_that_know(as_lucia: Any, monkeypatch: Any) -> None:
    fact = registry.ClientFact("Pendiente", lambda m, ids: dict.fromkeys(ids, ("1,00\xa0€", "bad")))
    monkeypatch.setattr(registry, "_facts", [fact])
    page = as_lucia.get(f"/clientes/{make_client().pk}/").content.decode()
    assert 'class="tone-bad">1,00\u00a0€' in page


def test_the_page_costs_few_queries(as_lucia: Any, django_assert_max_num_queries: Any) -> None:
    party = make_client()
    for n in range(20):
        Contact.objects.create(party=party, name=f"Persona {n}")
    with django_assert_max_num_queries(40):
        page = as_lucia.get(f"/clientes/{party.pk}/")
    assert page.status_code == 200
