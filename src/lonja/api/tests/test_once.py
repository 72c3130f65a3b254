"""A request that arrives twice has one effect."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lonja.accounts.scope import scope
from lonja.api.jobs import forget
from lonja.api.models import IdempotentCall
from lonja.billing.models import Invoice
from lonja.parties.models import Party


def test_the_same_key_and_body_give_the_same_answer(program):
    first = program.post("/clientes", {"name": "Ana", "city": "Dénia"}, key="pedido-1")
    again = program.post("/clientes", b'{"city":"D\\u00e9nia", "name":"Ana"}', key="pedido-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Party.objects.count() == 1


def test_the_same_key_for_something_else_is_refused(program):
    program.post("/clientes", {"name": "Ana"}, key="pedido-1")
    for path, body in (("/clientes", {"name": "Eva"}), ("/productos", {"code": "1", "name": "A"})):
        answer = program.post(path, body, key="pedido-1")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Party.objects.count() == 1


def test_a_refusal_gives_the_key_back(program):
    assert program.post("/clientes", {"name": "Ana", "nif": "X"}, key="k").status_code == 422
    assert program.post("/clientes", {"name": "Ana"}, key="k").status_code == 201


def test_keys_of_two_programs_do_not_meet(program, key_of, lucia):
    program.post("/clientes", {"name": "Ana"}, key="k")
    assert key_of(lucia).post("/clientes", {"name": "Eva"}, key="k").status_code == 201


def test_an_issue_repeated_takes_one_number(program, hotel):
    draft = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE]}).json()
    path = f"/facturas/{draft['id']}/emision"
    numbers = {program.post(path, {}, key="emitir").json()["number"] for _n in range(3)}
    assert len(numbers) == 1
    assert program.post(path, {}).json()["code"] == "already_issued"


def test_what_is_old_is_forgotten(program):
    program.post("/clientes", {"name": "Ana"}, key="old")
    program.post("/clientes", {"name": "Eva"}, key="new")
    old = IdempotentCall.objects.filter(key="old")
    old.update(created_at=timezone.now() - timedelta(hours=73))
    forget.call()
    assert [row.key for row in IdempotentCall.objects.all()] == ["new"]


LINE = {"concept": "Revisión", "unit_price": "100.00"}


@pytest.mark.no_scope
def test_twenty_at_once_have_one_effect(real_commits, lonja, program):
    with scope(lonja):
        client = Party.objects.create(name="Ana")
    answers, gate = [], threading.Barrier(20)

    def knock() -> None:
        gate.wait()
        body = {"client_id": client.pk, "lines": [LINE]}
        answer = program.post("/facturas", body, key="a-la-vez")
        answers.append((answer.status_code, answer.json().get("id")))
        connection.close()

    threads = [threading.Thread(target=knock) for _n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1, set(answers)
    assert answers[0][0] == 201
    with scope(lonja):
        assert Invoice.objects.count() == 1
