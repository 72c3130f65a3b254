"""Calls, visits, notes and mails in the client's «Actividad»."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lonja.activity.models import Event
from lonja.parties.models import Contact, Party
from lonja.tasks.models import Interaction
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotel(lonja):
    return Party.objects.create(name="Hotel Mirador")


def _log(client, party, kind, **fields):
    data = {f"{kind}-{name}": value for name, value in fields.items()}
    return client.post(f"/clientes/{party.pk}/apuntar/{kind}/", data)


def _activity(client, party, query=""):
    return client.get(f"/clientes/{party.pk}/?tab=actividad{query}").content.decode()


def test_a_call_is_written_with_its_result_and_length_and_appears(as_lucia, hotel):
    carmen = Contact.objects.create(party=hotel, name="Carmen Soto")
    page = _activity(as_lucia, hotel)
    assert f'action="/clima-levante/clientes/{hotel.pk}/apuntar/call/"' in page
    answer = _log(as_lucia, hotel, "call", result="talked", minutes="12", contact=carmen.pk,
                  text="Quiere otro presupuesto")  # fmt: skip
    assert answer.status_code == 303
    page = _activity(as_lucia, hotel)
    assert "llamó a Carmen Soto: Hablamos · 12 min — Quiere otro presupuesto" in page
    row = Interaction.objects.get()
    assert (row.minutes, row.result, row.contact) == (12, "talked", carmen)


def test_a_call_needs_nothing_but_the_two_clicks(as_lucia, hotel):
    assert _log(as_lucia, hotel, "call", result="no_answer").status_code == 303
    assert "llamó: No contesta" in _activity(as_lucia, hotel)


def test_visits_notes_and_mails_are_written_too(as_lucia, hotel):
    _log(as_lucia, hotel, "visit", minutes="45", text="Vimos la azotea", day="ayer", time="17")
    _log(as_lucia, hotel, "note", text="Prefiere las mañanas")
    _log(as_lucia, hotel, "mail", text="Le mandé el catálogo")
    page = _activity(as_lucia, hotel)
    for words in ("hizo una visita · 45 min", "anotó — Prefiere", "escribió un correo — Le mandé"):
        assert words in page
    visit = Interaction.objects.get(kind="visit")
    assert timezone.localtime(visit.at).hour == 17


def test_an_empty_note_and_a_call_of_tomorrow_are_refused(as_lucia, hotel):
    assert _log(as_lucia, hotel, "note", text="").status_code == 422
    answer = _log(as_lucia, hotel, "call", result="talked", day="+2")
    assert answer.status_code == 409
    assert "crea una tarea" in answer.content.decode()
    assert _log(as_lucia, hotel, "call", result="talked", time="99").status_code == 422
    assert _log(as_lucia, hotel, "fax", text="x").status_code == 404
    assert not Interaction.objects.exists()


def test_the_activity_is_filtered_by_one_kind_or_several(as_lucia, lucia, lonja, hotel):
    house.task(house.reason(), lonja.company, lucia, party=hotel, subject="Pedir piezas")
    _log(as_lucia, hotel, "note", text="Prefiere las mañanas")
    _log(as_lucia, hotel, "call", result="talked", text="Todo bien")
    only = _activity(as_lucia, hotel, "&tipo=notas")
    assert "Prefiere las mañanas" in only
    assert "Todo bien" not in only
    both = _activity(as_lucia, hotel, "&tipo=notas&tipo=tareas")
    assert "Pedir piezas" in both
    assert "Todo bien" not in both
    assert "Todo bien" in _activity(as_lucia, hotel)


def test_what_was_written_by_mistake_is_taken_back_by_its_author(
    as_lucia, as_marcos, marcos, hotel
):
    Party.objects.filter(pk=hotel.pk).update(agent=marcos)
    _log(as_lucia, hotel, "call", result="talked")
    row = Interaction.objects.get()
    path = f"/contactos/{row.pk}/anulacion/"
    assert as_marcos.post(path).status_code == 409
    assert as_lucia.post(path).status_code == 303
    assert "anuló una llamada apuntada por error" in _activity(as_lucia, hotel)
    as_lucia.post(path)
    assert Event.objects.filter(verb="contact.call_undone").count() == 1
    _log(as_lucia, hotel, "call", result="talked")
    old = Interaction.objects.filter(undone_at=None)
    old.update(created_at=timezone.now() - timedelta(days=8))
    assert as_lucia.post(f"/contactos/{old.get().pk}/anulacion/").status_code == 409


def test_nothing_is_written_about_clients_that_one_does_not_see(as_marcos, hotel):
    assert _log(as_marcos, hotel, "note", text="Hola").status_code == 404
    assert as_marcos.get(f"/clientes/{hotel.pk}/apuntar/").status_code == 404


def test_the_contact_of_another_client_is_not_taken(as_lucia, hotel):
    other = Contact.objects.create(party=Party.objects.create(name="Otro"), name="Ana")
    assert _log(as_lucia, hotel, "call", result="talked", contact=other.pk).status_code == 422
