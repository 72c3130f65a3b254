"""An outsider at every route of the API, and the promise of its document.

Routes are taken from the table of `lonja.api.door.routes`. A new first word of a path fails here,
by name, until somebody says which row its id names.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from lonja.accounts.models import Company, CompanyGrant, Membership, Role
from lonja.accounts.permissions import roles_with
from lonja.accounts.scope import scope
from lonja.api.actions.tokens import create_token
from lonja.api.door.openapi import document
from lonja.api.door.routes import Route, routes
from lonja.api.scopes import SCOPES
from lonja.billing.models import (
    Application,
    Credit,
    DeliveryNote,
    Invoice,
    Proforma,
    Receipt,
    Refund,
    Series,
)
from lonja.catalogue.models import PriceList, Product
from lonja.parties.models import Contact, Party
from lonja.sales.models import LossReason, Opportunity, PipelineStage, Quote
from lonja.subscriptions.models import Plan
from lonja.tasks.models import Interaction, Reason, State, Task
from tests.architecture.factories import House, of_a_company
from tests.architecture.walk import WRITING, fingerprint, text_of, undone
from tests.cast import make_member

pytestmark = pytest.mark.no_scope
SNAPSHOT = Path(__file__).parent / "openapi.json"
THEIRS, OTHER_COMPANY = "CANARIOB7Q4", "CANARIOC9K2"

# First word of a path → the model whose row its id names.
ROWS: dict[str, Any] = {
    "clientes": Party,
    "potenciales": Party,
    "productos": Product,
    "tarifas": PriceList,
    "facturas": Invoice,
    "cobros": Receipt,
    "plantillas": Plan,
    "ofertas": Opportunity,
    "presupuestos": Quote,
    "saldos": Credit,
    "aplicaciones": Application,
    "devoluciones": Refund,
    "proformas": Proforma,
    "albaranes": DeliveryNote,
    "tareas": Task,
    "interacciones": Interaction,
}
# Fields of bodies and queries that carry the id of somebody's row.
REFERENCES: dict[str, Any] = {
    "client_id": Party,
    "stage_id": PipelineStage,
    "seen_stage_id": PipelineStage,
    "loss_reason_id": LossReason,
    "company_id": Company,
    "series_id": Series,
    "agent_id": Membership,
    "product_id": Product,
    "price_list_id": PriceList,
    "invoice_id": Invoice,
    "delivery_note_id": DeliveryNote,
    "reason_id": Reason,
    "state_id": State,
    "manager_id": Membership,
    "contact_id": Contact,
}
# What the key counts and remembers of each request is not an effect.
COUNTED = ('"api_apitoken"', '"api_idempotentcall"')


@dataclass
class Answer:
    """What a route gave, and what it wrote."""

    method: str
    path: str
    status: int
    said: str
    writes: list[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}"


class Program:
    """Asks with a key; each request is undone."""

    def __init__(self, member: Membership, *scopes: str) -> None:
        with scope(member.organisation):
            self.token, self.secret = create_token(
                name="Paseante",
                membership=member,
                scopes=scopes or list(SCOPES),
                expires_at=None,
                by=member,
            )
        self.client = Client()

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        writes: list[str] = []

        def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if WRITING.match(sql) and not any(table in sql for table in COUNTED):
                writes.append(sql[:160])
            return execute(sql, params, many, context)

        with undone(), transaction.atomic(), connection.execute_wrapper(listen):
            response = self.client.generic(
                method,
                f"/api/v1{path}",
                json.dumps(body) if body is not None else b"",
                content_type="application/json",
                headers={"Authorization": f"Bearer {self.secret}"},
            )
            said = text_of(response)
        return Answer(method, path, response.status_code, said, writes)


def path_of(route: Route, house: House) -> str:
    """The address of a route for the rows of a house."""
    model = ROWS[route.path.split("/")[1]] if route.arguments else None
    return route.path.replace("{id}", str(house.pk(model)) if model else "")


def sample(route: Route, house: House) -> Any:
    """A body with a reference of the house in every field that takes one."""
    if route.body is None:
        return None
    return _filled(route.body.model_json_schema(), house)


def _filled(schema: dict[str, Any], house: House, whole: dict[str, Any] | None = None) -> Any:
    whole = whole or schema
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].split("/")[-1]]
    body = {}
    for name, shape in schema.get("properties", {}).items():
        if name in REFERENCES:
            body[name] = house.pk(REFERENCES[name])
        elif "$ref" in shape.get("items", {}):
            body[name] = [_filled(shape["items"], house, whole)]
        elif name in schema.get("required", ()):
            body[name] = "Propio"
    return body


def leaks(answer: Answer, mark: str) -> list[str]:
    if answer.status >= 500:
        return [f"{answer}: {answer.said[-300:]}"]
    if mark.lower() in answer.said.lower():
        place = answer.said.lower().find(mark.lower())
        return [f"{answer} dice {answer.said[max(0, place - 80) : place + 60]!r}"]
    return []


def listed(faults: list[str]) -> str:
    return "\n" + "\n".join(faults)


@pytest.fixture
def theirs(other_house, nuria, settings, tmp_path) -> House:
    settings.FILES_ROOT = tmp_path
    nuria.user.full_name = f"{THEIRS} Nuria"
    nuria.user.save()
    return House(other_house, other_house.company, nuria, THEIRS).grow()


@pytest.fixture
def ours(lonja, lucia, settings, tmp_path) -> House:
    settings.FILES_ROOT = tmp_path
    house = House(lonja, lonja.company, lucia, "Propio", foreign=False)
    return house.grow([*set(ROWS.values()), *set(REFERENCES.values())])


# --- the table ------------------------------------------------------------------------------------
def test_every_id_of_every_route_is_registered():
    words = {route.path.split("/")[1] for route in routes() if route.arguments}
    assert words - set(ROWS) == set(), "Say in tests/architecture/test_api.py which row they name"
    named = {name for route in routes() for name in route.arguments}
    assert named <= {"id"}


def test_every_reference_of_every_body_is_registered():
    schemas = document()["components"]["schemas"]
    taken = {name for name in schemas if not name.endswith(("Out", "Summary", "_", "Problem"))}
    fields = {
        field
        for name in taken
        for field in schemas[name].get("properties", {})
        if field.endswith("_id") and not name.startswith("Page")
    }
    assert fields - set(REFERENCES) - OUT_ONLY == set()


# Ids that are only told.
OUT_ONLY = {"mail_id", "merged_into_id"}


def test_every_route_asks_a_scope_and_a_permission():
    free = [r.name for r in routes() if not r.scope or not r.permissions]
    assert free == ["account"], "Only who-am-I asks nothing"
    assert {r.scope for r in routes() if r.scope} == set(SCOPES)


def test_names_of_operations_are_not_repeated():
    names = [route.name for route in routes()]
    assert sorted(names) == sorted(set(names))


# --- outsiders ------------------------------------------------------------------------------------
def test_the_ids_of_another_house_open_nothing(lucia, theirs):
    before = fingerprint(theirs.organisation.pk)
    program, faults = Program(lucia), []
    for route in routes():
        answer = program.ask(route.method, path_of(route, theirs), sample(route, theirs))
        faults += leaks(answer, THEIRS)
        # A body that has not the shape is told before looking for the row.
        shut = {403, 404} if route.body is None else {400, 403, 404, 422}
        if route.arguments and answer.status not in shut:
            faults.append(f"{route.name}: {answer} con una fila de otra casa")
    assert not faults, listed(faults)
    assert fingerprint(theirs.organisation.pk) == before


def test_bodies_do_not_take_the_rows_of_another_house(lucia, ours, theirs):
    program, faults, tried = Program(lucia), [], 0
    for route in routes():
        body = sample(route, theirs)
        if not body or not REFERENCES.keys() & json.dumps(body).replace('"', " ").split():
            continue
        tried += 1
        answer = program.ask(route.method, path_of(route, ours), body)
        faults += leaks(answer, THEIRS)
        if answer.status < 400:
            faults.append(f"{route.name}: {answer} tomó una fila de otra casa")
    assert tried
    assert not faults, listed(faults)


def test_lists_and_filters_show_nothing_of_another_house(lucia, ours, theirs):
    program, faults = Program(lucia), []
    for route in routes():
        if route.method != "GET":
            continue
        path = path_of(route, ours)
        queries = [""]
        if route.query is not None:
            taken = route.query.model_fields
            queries += [f"?{n}={theirs.pk(m)}" for n, m in REFERENCES.items() if n in taken]
            queries += ["?q=canario"] if "q" in taken else []
        for query in queries:
            faults += leaks(program.ask("GET", path + query), THEIRS)
    assert not faults, listed(faults)


def test_a_key_of_another_house_sees_only_its_own(nuria, ours, theirs):
    program = Program(nuria)
    for route in routes():
        if route.method == "GET":
            answer = program.ask("GET", path_of(route, ours))
            assert "Propio" not in answer.said
            assert not route.arguments or answer.status == 404 or answer.status == 409


def test_a_company_that_was_not_granted_stays_shut(lonja, lucia, ours):
    pepe = make_member(lonja, "Pepe Company", Role.OFFICE)
    with scope(lonja):
        CompanyGrant.objects.create(membership=pepe, company=lonja.company)
        second = Company.objects.create(legal_name=OTHER_COMPANY, nif="B66778899", address="C/ 1")
    ungranted = House(lonja, second, lucia, OTHER_COMPANY)
    # What belongs to the whole organisation: clients, what was talked with them, the catalogue…
    shared = (Party, Interaction, Product, Reason, State)
    ungranted.rows |= {model: ours.one(model) for model in shared}
    ungranted.grow(of_a_company(ungranted))
    program, faults = Program(pepe), []
    for route in routes():
        if route.method == "GET" and not route.arguments:
            faults += leaks(program.ask("GET", path_of(route, ours)), OTHER_COMPANY)
        if route.arguments and ROWS[route.path.split("/")[1]] in of_a_company(ungranted):
            body = sample(route, ungranted)
            answer = program.ask(route.method, path_of(route, ungranted), body)
            if answer.status not in (400, 403, 404, 422):
                faults.append(f"{route.name}: {answer} con una empresa que no tiene")
    assert not faults, listed(faults)


# --- scopes and roles -----------------------------------------------------------------------------
def test_without_its_scope_a_route_is_shut(lucia, ours):
    opened = []
    for code in SCOPES:
        program = Program(lucia, *(set(SCOPES) - {code}))
        for route in routes():
            if route.scope == code:
                answer = program.ask(route.method, path_of(route, ours), sample(route, ours))
                if answer.status != 403 or answer.writes:
                    opened.append(f"{route.name}: {answer}")
    assert not opened, listed(opened)


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.ADMIN])
def test_a_role_without_the_permission_is_refused(role, lonja, ours):
    program, opened = Program(make_member(lonja, f"{role} Sin Permiso", role)), []
    for route in routes():
        if all(role in roles_with(code) for code in route.permissions):
            continue
        answer = program.ask(route.method, path_of(route, ours), sample(route, ours))
        if answer.status != 403 or answer.writes:
            opened.append(f"{route.name}: {answer}")
    assert not opened, listed(opened)


def test_reading_changes_nothing(lucia, ours):
    program, wrote = Program(lucia), []
    for route in routes():
        if route.method == "GET" or not route.has_effect:
            answer = program.ask(route.method, path_of(route, ours), sample(route, ours))
            wrote += [f"{answer}: {sql}" for sql in answer.writes]
            wrote += leaks(answer, THEIRS)
    assert not wrote, listed(wrote)


def test_without_a_key_every_route_is_shut(ours):
    client = Client()
    for route in routes():
        answer = client.generic(route.method, f"/api/v1{path_of(route, ours)}")
        assert answer.status_code == 401, route.name


def test_a_route_without_scope_turns_the_walker_red(lucia, theirs, monkeypatch):
    from lonja.accounts.scope import all_organisations
    from lonja.api.door.call import Call

    def open_to_all(self: Call, source: Any, pk: int) -> Any:
        with all_organisations():
            return Party.objects.get(pk=pk)

    route = next(route for route in routes() if route.name == "client")
    program = Program(lucia)
    assert program.ask("GET", path_of(route, theirs)).status == 404
    monkeypatch.setattr(Call, "visible", open_to_all)
    assert leaks(program.ask("GET", path_of(route, theirs)), THEIRS) != []


# --- the promise ----------------------------------------------------------------------------------
def test_the_document_of_the_api_has_not_changed():
    """Adding is fine, changing or removing breaks somebody's program: look at the difference.

    `LONJA_UPDATE_OPENAPI=1` writes it again.
    """
    told = json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("LONJA_UPDATE_OPENAPI"):
        SNAPSHOT.write_text(told, encoding="utf-8")
    assert told == SNAPSHOT.read_text(encoding="utf-8")


def test_starting_does_not_read_the_api():
    """pydantic and the shapes are read with the first request (docs/decisions/0006-api.md)."""
    import subprocess
    import sys

    code = (
        "import django, sys; django.setup(set_prefix=False);"
        "from django.urls import get_resolver;"
        "get_resolver().url_patterns; get_resolver('lonja.config.org_urls').url_patterns;"
        "print([m for m in sys.modules if m in ('pydantic', 'lonja.api.door.serve')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "lonja.config.settings",
             "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
