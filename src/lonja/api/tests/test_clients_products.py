"""Clients and products through the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.activity.models import Event
from lonja.catalogue.models import Product
from lonja.parties.models import Party

HOTEL = {
    "name": "  Hotel Mirador,  S.L. ",
    "nif": "b-12345674",
    "address": "Av. del Puerto, 14",
    "postcode": "03700",
    "city": "Dénia",
    "email": "Compras@mirador.example",
    "phone": "965 78 00 00",
    "risk_limit": "3000.00",
    "tags": ["Hoteles", "Costa"],
}


def test_a_client_is_created_as_its_form_would(program):
    answer = program.post("/clientes", HOTEL)
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/clientes/{told['id']}"
    assert told["nif"] == "B12345674"
    assert (told["province"], told["phone"]) == ("Alicante", "+34965780000")
    assert (told["risk_limit"], told["tags"]) == ("3000.00", ["Costa", "Hoteles"])
    assert Party.objects.get().name == "Hotel Mirador, S.L."
    assert Event.objects.get(verb="parties.created").actor_name == "Lucía Ferrer"


def test_a_nif_that_is_there_is_refused(program):
    program.post("/clientes", HOTEL)
    answer = program.post("/clientes", {**HOTEL, "name": "Otro"})
    assert (answer.status_code, answer.json()["code"]) == (422, "nif_duplicate")
    assert "nif" in answer.json()["fields"]


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "\u200b "}, 422, "name"),
        ({"name": "Ana", "nif": "B12345675"}, 422, "nif"),
        ({"name": "Ana", "colour": "red"}, 400, "colour"),
        ({"name": "Ana", "organisation": 3}, 400, "organisation"),
        ({"name": "Ana", "risk_limit": 12.5}, 422, "risk_limit"),
        ({"name": "Ana", "risk_limit": "1e5"}, 422, "risk_limit"),
        ({"name": "Ana", "risk_limit": "-1"}, 422, "risk_limit"),
        ({"name": "Ana", "client_since": "2026-02-31"}, 422, "client_since"),
        ({"name": "Ana", "country": "XX"}, 422, "country"),
        ({"name": "Ana", "email": "no"}, 422, "email"),
        ({"name": "Ana", "iban": "ES00"}, 422, "iban"),
        ({"name": "Ana", "agent_id": 99}, 422, "agent_id"),
        ({"name": "Ana", "tax_category": "iva_general"}, 422, "tax_category"),
        ({"name": 3}, 422, "name"),
        ({}, 422, "name"),
    ],
)
def test_what_is_wrong_is_named_in_spanish(program, sent, status, field):
    answer = program.post("/clientes", sent)
    assert answer.status_code == status, answer.content
    assert field in answer.json()["fields"]
    assert not Party.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}', b"[]"])
def test_what_is_no_object_is_a_mistake_and_not_a_fault(program, raw):
    assert program.post("/clientes", raw).status_code in (400, 422)


def test_only_what_is_sent_changes(program, hotel):
    answer = program.patch(f"/clientes/{hotel.pk}", {"phone": "612 345 678", "tags": ["Costa"]})
    assert answer.json()["phone"] == "+34612345678"
    assert answer.json()["city"] == "Dénia"
    assert answer.json()["tags"] == ["Costa"]


def test_an_old_version_changes_nothing(program, hotel):
    old = program.get(f"/clientes/{hotel.pk}").headers["ETag"]
    new = program.patch(f"/clientes/{hotel.pk}", {"city": "Xàbia"}, If_Match=old)
    assert new.status_code == 200
    late = program.patch(f"/clientes/{hotel.pk}", {"city": "Calp"}, If_Match=old)
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert late.headers["ETag"] == new.headers["ETag"]
    assert Party.objects.get().city == "Xàbia"


def test_an_archived_client_leaves_the_list_and_comes_back(program, hotel):
    program.post(f"/clientes/{hotel.pk}/archivo")
    assert program.get("/clientes").json()["items"] == []
    assert len(program.get("/clientes?archived=true").json()["items"]) == 1
    program.delete(f"/clientes/{hotel.pk}/archivo")
    assert len(program.get("/clientes").json()["items"]) == 1


def test_pages_give_each_client_once(program, lonja):
    for n in range(7):
        Party.objects.create(name=f"Cliente {n}")
    seen, cursor = [], ""
    for _n in range(4):
        page = program.get(f"/clientes?limit=3&cursor={cursor}").json()
        seen += [row["name"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"Cliente {n}" for n in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["x", "W10", "Int9Ig", "WzFd0", "bnVsbA", "WyJ4IiwxXQ", "é"])
def test_a_cursor_of_nobody_is_refused(program, cursor):
    assert program.get(f"/clientes?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=mirador", 1),
        ("q=nadie", 0),
        ("nif=B-12345674", 1),
        ("email=compras@MIRADOR.example", 1),
        ("stage=lead", 0),
        ("changed_since=2020-01-01T00:00:00Z", 1),
        ("changed_since=2199-01-01T00:00:00Z", 0),
        ("tag=Costa", 0),
    ],
)
def test_clients_are_filtered(program, hotel, query, found):
    assert len(program.get(f"/clientes?{query}").json()["items"]) == found


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "changed_since=ayer", "stage=raro"])
def test_a_filter_that_is_not_understood_is_told(program, query):
    answer = program.get(f"/clientes?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert program.get("/clientes?orden=nombre").status_code == 400


@pytest.mark.parametrize("path", ["/clientes", "/productos"])
def test_a_list_costs_the_same_however_long(program, lonja, path):
    def queries(until: int) -> int:
        for n in range(until):
            Party.objects.create(name=f"Cliente {until}-{n}")
            Product.objects.create(code=f"{until}-{n}", name="Cosa")
        program.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert program.get(f"{path}?limit=100").status_code == 200
        return len(asked)

    few = queries(3)
    assert queries(40) == few
    assert few <= 10


# --- products -------------------------------------------------------------------------------------
def test_a_product_is_created_changed_and_put_away(program):
    made = program.post("/productos", {"code": "SER-1", "name": "Revisión", "price": "420"})
    told = made.json()
    assert (made.status_code, told["price"], told["tax_category"]) == (201, "420", "iva_general")
    changed = program.patch(f"/productos/{told['id']}", {"price": "435.125", "active": False})
    assert (changed.json()["price"], changed.json()["active"]) == ("435.125", False)
    assert program.get("/productos?active=true").json()["items"] == []
    verbs = Event.objects.filter(target_type="catalogue.product").values_list("verb", flat=True)
    assert set(verbs) == {"catalogue.created", "catalogue.updated", "catalogue.deactivated"}


def test_a_code_is_not_given_twice(program, service):
    answer = program.post("/productos", {"code": service.code, "name": "Otra"})
    assert (answer.status_code, answer.json()["code"]) == (422, "product_code_taken")


def test_costs_are_for_whoever_may_see_them(key_of, lonja, service):
    from tests.cast import make_member

    service.cost = 100
    service.save()
    support = key_of(make_member(lonja, "Sara Soporte", "support"))
    assert support.get(f"/productos/{service.pk}").json()["cost"] is None
