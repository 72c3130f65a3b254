from __future__ import annotations

import threading

import pytest
from django.db import connection
from tests.cast import OrganisationClient, make_member, make_organisation

from lonja.accounts.models import Company
from lonja.accounts.scope import scope
from lonja.ui import once
from lonja.ui.models import SubmissionKey

ADD = "/prueba/alta/"


def test_a_double_submit_makes_one_row_and_gets_the_same_answer(as_lucia, lonja):
    first = as_lucia.post(ADD, {"name": "Nueva", "_key": "k1"})
    second = as_lucia.post(ADD, {"name": "Nueva", "_key": "k1"})
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Company.objects.filter(legal_name="Nueva").count() == 1


def test_a_refused_form_may_be_sent_again_with_its_key(as_lucia, lonja):
    assert as_lucia.post(ADD, {"name": "", "_key": "k2"}).status_code == 409
    assert as_lucia.post(ADD, {"name": "Ahora sí", "_key": "k2"}).status_code == 303
    assert Company.objects.filter(legal_name="Ahora sí").exists()


def test_somebody_elses_key_gives_nothing_away(as_lucia, as_marcos, lonja):
    as_lucia.post(ADD, {"name": "Nueva", "_key": "k3"})
    response = as_marcos.post(ADD, {"name": "Otra", "_key": "k3"})
    assert response.status_code == 409
    assert not Company.objects.filter(legal_name="Otra").exists()


def test_a_submit_that_never_ended_is_not_done_twice(as_lucia, lucia, lonja, monkeypatch):
    monkeypatch.setattr(once, "WAIT_SECONDS", 0.1)
    SubmissionKey.objects.create(
        key="k4", path="/clima-levante/prueba/alta/", user_id=lucia.user_id
    )
    response = as_lucia.post(ADD, {"name": "Nueva", "_key": "k4"})
    assert "ya se está procesando" in response.content.decode()
    assert not Company.objects.filter(legal_name="Nueva").exists()


def test_old_keys_are_forgotten(as_lucia, lonja):
    as_lucia.post(ADD, {"name": "Nueva", "_key": "k5"})
    assert once.forget(days=7) == 0
    assert once.forget(days=0) == 1


@pytest.mark.no_scope
@pytest.mark.django_db(transaction=True)
def test_twenty_submits_at_once_have_one_effect():
    house = make_organisation("Clima Levante", "clima-levante", "B98765431")
    member = make_member(house, "Lucía Ferrer")
    clients = [OrganisationClient(member) for _ in range(20)]
    answers: list[tuple[int, str]] = []
    gate = threading.Barrier(len(clients))

    def press(client: OrganisationClient) -> None:
        try:
            gate.wait()
            response = client.post(ADD, {"name": "Una sola", "_key": "golpe"})
            answers.append((response.status_code, response.headers.get("Location", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(house):
        assert Company.objects.filter(legal_name="Una sola").count() == 1
    assert answers == [(303, "/hecho/")] * 20
