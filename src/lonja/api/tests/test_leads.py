"""Leads through the API: written down, changed, qualified and converted."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.parties.actions.leads import capture_lead
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party

CARMEN = {"name": "Carmen", "company": "Hotel Mirador, S.L.", "phone": "965 78 00 00",
          "source": "Web", "notes": "Aire"}  # fmt: skip


def test_a_form_of_the_web_writes_a_lead_down(program: Any) -> None:
    answer = program.post("/potenciales", CARMEN)
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/potenciales/{told['id']}"
    assert (told["name"], told["contact"]) == ("Hotel Mirador, S.L.", "Carmen")
    assert (told["status"], told["source"], told["phone"]) == ("new", "Web", "+34965780000")
    assert told["missing"] == ["Correo", "NIF"] and "+15 tiene teléfono" in told["score_reasons"]


def test_the_same_one_is_refused_unless_it_is_meant(program: Any) -> None:
    program.post("/potenciales", CARMEN)
    again = program.post("/potenciales", {**CARMEN, "name": "Luis"})
    assert (again.status_code, again.json()["code"]) == (409, "lead_duplicate")
    meant = program.post("/potenciales", {**CARMEN, "allow_duplicate": True})
    assert meant.status_code == 201 and Party.objects.count() == 2


def test_it_is_qualified_only_when_nothing_is_missing(program: Any) -> None:
    pk = program.post("/potenciales", CARMEN).json()["id"]
    early = program.patch(f"/potenciales/{pk}", {"status": "qualified"})
    assert (early.status_code, early.json()["code"]) == (409, "lead_missing")
    sent = {"email": "c@mirador.example", "nif": "B12345674", "status": "qualified"}
    assert program.patch(f"/potenciales/{pk}", sent).json()["status"] == "qualified"
    bare = program.patch(f"/potenciales/{pk}", {"status": "discarded"})
    assert bare.json()["code"] == "discard_reason"


def test_converting_keeps_everything_and_twice_is_once(program: Any) -> None:
    pk = program.post("/potenciales", CARMEN).json()["id"]
    told = program.post(f"/potenciales/{pk}/conversion", {"nif": "B12345674"}).json()
    assert (told["stage"], told["nif"], told["source"]) == ("client", "B12345674", "Web")
    assert program.post(f"/potenciales/{pk}/conversion").json()["stage"] == "client"
    assert program.get("/potenciales").json()["items"] == []


def test_what_is_sent_to_one_that_was_merged_is_told_where_it_goes(
    program: Any, lucia: Any
) -> None:
    kept = capture_lead({"name": "Hotel Mirador"}, by=lucia)
    other = capture_lead({"name": "Miramar"}, by=lucia)
    merge_parties(kept, other, by=lucia)
    for path in ("potenciales", "clientes"):
        told = program.patch(f"/{path}/{other.pk}", {"email": "a@mirador.example"})
        assert (told.status_code, told.json()["code"]) == (409, "merged")
        assert f"n.º {kept.pk}" in told.json()["title"]
        assert program.get(f"/{path}/{other.pk}").json()["merged_into_id"] == kept.pk
    moved = program.patch(f"/potenciales/{other.pk}", {"agent_id": lucia.pk})
    assert moved.json()["code"] == "merged"
    done = program.post(f"/potenciales/{other.pk}/conversion", {"city": "Dénia"}).json()
    assert (done["id"], done["stage"], done["city"]) == (kept.pk, "client", "Dénia")


def test_a_key_of_marcos_sees_only_his_and_hears_no_names(
    key_of: Any, lucia: Any, marcos: Any
) -> None:
    capture_lead({**CARMEN, "agent": lucia}, by=lucia)
    own = capture_lead({"name": "Ana"}, by=marcos)
    theirs = key_of(marcos)
    assert [row["id"] for row in theirs.get("/potenciales").json()["items"]] == [own.pk]
    found = theirs.get("/potenciales/parecidos?phone=965780000").json()["items"]
    assert found == [{"id": None, "name": "", "stage": "", "reasons": ["phone"]}]


def test_a_page_of_leads_costs_the_same_queries(program: Any, lucia: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            program.get("/potenciales")
        return len(found)

    capture_lead(CARMEN, by=lucia)
    queries()
    one = queries()
    for n in range(30):
        capture_lead({**CARMEN, "company": f"Empresa {n}", "allow_duplicate": True}, by=lucia)
    assert queries() == one
