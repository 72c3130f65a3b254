"""Tasks through the API: the same rules as the screens, decided by the server."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.parties.models import Party
from lonja.sales.actions import create_quote
from lonja.tasks.models import Task
from lonja.tasks.tests import house


@pytest.fixture
def team(lonja):
    return house.people(lonja)


@pytest.fixture
def breakdown(team):
    """«Pendiente»: four working hours, Álvaro; «En curso»: the role Soporte; then nobody."""
    motive = house.reason(
        pendiente={"manager": team["alvaro"], "sla_seconds": 4 * 3600},
        curso={"manager_role": "support"},
    )
    motive.qualified.create(member=team["begona"])
    return motive


def _state(name: str) -> int:
    return house.states()[name].pk


def test_a_task_is_created_with_whoever_the_configuration_says(program, breakdown, team, hotel):
    sent = {"subject": "Fuga en split", "reason_id": breakdown.pk, "client_id": hotel.pk,
            "due_on": "2026-11-27", "due_time": "10:30", "priority": "high",
            "tags": ["Urgencias"], "manager_id": team["inigo"].pk}  # fmt: skip
    answer = program.post("/tareas", sent)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (201, "T-1")
    assert answer.headers["Location"] == f"/api/v1/tareas/{told['id']}"
    assert (told["manager"], told["manager_role"]) == ("Álvaro Núñez", "")
    assert (told["state"], told["sla"], told["sla_seconds"]) == ("Pendiente", "Si cumple", 14400)
    assert (told["due_on"], told["due_time"]) == ("2026-11-27", "10:30")
    assert told["due_at"] == "2026-11-27T09:30:00.000Z"
    assert (told["priority"], told["tags"], told["client_id"]) == ("high", ["Urgencias"], hotel.pk)
    ignored = Event.objects.get(verb="tasks.manager_ignored")
    assert ignored.data == {"asked": "Íñigo Sáez", "kept": "Álvaro Núñez"}


@pytest.mark.parametrize(
    ("state", "asked", "manager", "role"),
    [
        ("Pendiente", "inigo", "Álvaro Núñez", ""),
        ("En curso", "inigo", "Soporte", "support"),
        ("En curso", None, "Soporte", "support"),
        ("Esperando", "inigo", "Íñigo Sáez", ""),
        ("Esperando", None, "Begoña Ríos", ""),
    ],
)
def test_the_three_rules_hold_for_programs(
    program, breakdown, team, state, asked, manager, role
):  # fmt: skip
    sent = {"subject": "Revisión", "reason_id": breakdown.pk, "state_id": _state(state)}
    if asked:
        sent["manager_id"] = team[asked].pk
    told = program.post("/tareas", sent).json()
    assert (told["manager"], told["manager_role"]) == (manager, role)


def test_a_change_of_state_decides_again_and_says_who_was_not_listened_to(
    program, breakdown, team, lonja, lucia
):
    task = house.task(breakdown, lonja.company, lucia)
    path = f"/tareas/{task.pk}/estado"
    told = program.post(
        path, {"state_id": _state("En curso"), "manager_id": team["inigo"].pk}
    ).json()
    assert (told["state"], told["manager_role"]) == ("En curso", "support")
    assert Event.objects.filter(verb="tasks.manager_ignored", target_id=task.pk).count() == 1
    told = program.post(
        path, {"state_id": _state("Esperando"), "manager_id": team["inigo"].pk}
    ).json()
    assert told["manager_id"] == team["inigo"].pk


def test_a_step_that_is_not_allowed_is_refused(program, lonja, lucia):
    from lonja.tasks.actions import config
    from lonja.tasks.models import ReasonState

    motive = house.reason()
    cell = ReasonState.objects.get(reason=motive, state=house.states()["Pendiente"])
    config.save_cell(cell, to=[house.states()["En curso"]], by=None)
    task = house.task(motive, lonja.company, lucia)
    answer = program.post(f"/tareas/{task.pk}/estado", {"state_id": _state("Hecha")})
    assert (answer.status_code, answer.json()["code"]) == (422, "transition")
    assert Task.objects.get().state.name == "Pendiente"


def test_only_what_is_sent_changes(program, breakdown, lonja, lucia):
    task = house.task(breakdown, lonja.company, lucia, due_at=house.madrid(2026, 12, 1, 10),
                      due_has_time=True)  # fmt: skip
    told = program.patch(f"/tareas/{task.pk}", {"due_on": "2026-12-03"}).json()
    assert (told["due_on"], told["due_time"]) == ("2026-12-03", "10:00")
    assert told["subject"] == task.subject
    told = program.patch(f"/tareas/{task.pk}", {"due_on": None, "subject": "Otra"}).json()
    assert (told["due_at"], told["due_time"], told["subject"]) == (None, None, "Otra")


def test_an_old_version_changes_nothing(program, breakdown, lonja, lucia):
    task = house.task(breakdown, lonja.company, lucia)
    path = f"/tareas/{task.pk}"
    old = program.get(path).headers["ETag"]
    assert program.patch(path, {"priority": "low"}, If_Match=old).status_code == 200
    late = program.patch(path, {"priority": "urgent"}, If_Match=old)
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert program.get(path).json()["priority"] == "low"


def test_completing_one_that_repeats_makes_the_next_once(program, breakdown, lonja, lucia):
    task = house.task(breakdown, lonja.company, lucia, repeat_every=1, repeat_unit="month",
                      due_at=timezone.now())  # fmt: skip
    first = program.post(f"/tareas/{task.pk}/cierre", key="cierre-1").json()
    again = program.post(f"/tareas/{task.pk}/cierre").json()
    assert first["task"]["closed_at"] is not None
    assert first["next"]["previous_id"] == task.pk
    assert again["next"]["id"] == first["next"]["id"]
    assert Task.objects.count() == 2


def test_the_same_key_creates_one_task(program, breakdown):
    sent = {"subject": "Revisión", "reason_id": breakdown.pk}
    first, second = (program.post("/tareas", sent, key="aviso-77") for _n in range(2))
    assert first.json() == second.json()
    assert Task.objects.count() == 1


def test_a_task_born_from_a_quote_takes_its_client_and_agent(program, hotel, lonja, marcos):
    from lonja.sales.actions import create_quote

    quote = create_quote(company=lonja.company, party=hotel, by=marcos)
    origin = {"type": "sales.quote", "id": quote.pk}
    motive = house.reason("Seguimiento")
    told = program.post(
        "/tareas", {"subject": "Llamar", "reason_id": motive.pk, "origin": origin}
    ).json()
    assert told["origin"] == origin | {"label": quote.number}
    assert (told["client_id"], told["manager"]) == (hotel.pk, marcos.name)
    found = program.get(f"/tareas?origin_type=sales.quote&origin_id={quote.pk}").json()["items"]
    assert [one["id"] for one in found] == [told["id"]]


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"subject": ""}, 422, "subject"),
        ({"reason_id": 999}, 422, "reason_id"),
        ({"state_id": 999}, 422, "state_id"),
        ({"client_id": 999}, 422, "client_id"),
        ({"manager_id": 999}, 422, "manager_id"),
        ({"origin": {"type": "sales.quote", "id": 999}}, 422, "origin"),
        ({"origin": {"type": "raro", "id": 1}}, 422, "origin"),
        ({"due_time": "10:30"}, 422, "due_on"),
        ({"due_time": "25:00"}, 422, "due_time"),
        ({"repeat_every": 2}, 422, "repeat_every"),
        ({"priority": "mucha"}, 422, "priority"),
        ({"sla": "Si cumple"}, 400, "sla"),
    ],
)
def test_what_is_wrong_is_named(program, breakdown, sent, status, field):
    answer = program.post("/tareas", {"subject": "Ir", "reason_id": breakdown.pk, **sent})
    assert answer.status_code == status, answer.content
    assert field in answer.json()["fields"]
    assert not Task.objects.exists()


def test_the_list_is_filtered_as_the_screen(program, breakdown, team, lonja, lucia, hotel):
    now = timezone.now()
    late = house.task(breakdown, lonja.company, lucia, at=now - timedelta(days=30), party=hotel)
    fine = house.task(breakdown, lonja.company, lucia, subject="Presupuestar", priority=1)
    none = house.task(breakdown, lonja.company, lucia, state="En curso", tags=("Feria",))
    program.post(f"/tareas/{none.pk}/cierre")
    today = lonja.company.today().isoformat()
    for query, wanted in (
        ("sla=No cumple", [late]),
        ("sla=Si cumple", [fine]),
        ("sla=No tiene", [none]),
        ("sla=No cumple&sla=No tiene", [none]),
        ("open=true", [fine, late]),
        ("open=false", [none]),
        ("q=presupuestar", [fine]),
        ("q=t-1", [late]),
        (f"client_id={hotel.pk}", [late]),
        (f"manager_id={team['alvaro'].pk}", [fine, late]),
        ("priority=urgent", [fine]),
        ("tag=Feria", [none]),
        (f"created_from={today}", [none, fine]),
        ("created_to=2020-01-01", []),
        (f"reason_id={breakdown.pk}&open=true&sla=No cumple", [late]),
    ):
        found = program.get(f"/tareas?{query}").json()["items"]
        assert [one["id"] for one in found] == [task.pk for task in wanted], query
    assert program.get("/tareas?sla=Sí cumple").status_code == 422


def test_the_motivos_say_their_states_and_managers(program, breakdown, team):
    (told,) = program.get("/motivos").json()["items"]
    assert told["name"] == "Avería"
    first, second, _waiting, _done = told["states"]
    assert (first["name"], first["manager_id"]) == ("Pendiente", team["alvaro"].pk)
    assert (second["manager_role"], second["sla_seconds"]) == ("support", None)


def test_a_comment_tells_whoever_it_names(program, breakdown, team, lonja, lucia):
    task = house.task(breakdown, lonja.company, lucia)
    path = f"/tareas/{task.pk}/comentarios"
    said = program.post(path, {"text": "@Begoña, <script>x</script>el jueves"})
    assert said.status_code == 201
    assert "<script>" not in said.json()["text"]
    assert [one["id"] for one in program.get(path).json()["items"]] == [said.json()["id"]]
    assert task.followers.get().member == team["begona"]


def test_a_hierarchical_member_sees_and_touches_only_its_own(key_of, marcos, lucia, lonja):
    motive = house.reason()
    own = house.task(motive, lonja.company, lucia, asked=marcos)
    other = house.task(motive, lonja.company, lucia, asked=lucia)
    foreign = Party.objects.create(name="Cliente de Lucía", agent=lucia)
    his = key_of(marcos)
    assert [one["id"] for one in his.get("/tareas").json()["items"]] == [own.pk]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"subject": "Mía"}),
        ("POST", "/estado", {"state_id": _state("Hecha")}),
        ("POST", "/cierre", None),
        ("GET", "/comentarios", None),
        ("POST", "/comentarios", {"text": "Hola"}),
    ):
        assert his.ask(method, f"/tareas/{other.pk}{path}", body).status_code == 404, path
    sent = {"subject": "Colarse", "reason_id": motive.pk, "client_id": foreign.pk}
    assert his.post("/tareas", sent).status_code == 422
    assert Task.objects.get(pk=other.pk).is_open


def test_a_page_of_tasks_costs_the_same_however_long(program, breakdown, lonja, lucia):
    def queries(more: int) -> int:
        for n in range(more):
            house.task(breakdown, lonja.company, lucia, subject=f"Tarea {n}", tags=("Una",))
        program.get("/tareas")
        with CaptureQueriesContext(connection) as asked:
            assert program.get("/tareas?limit=100").status_code == 200
        return len(asked)

    few = queries(3)
    assert queries(20) == few
    assert few <= 14


# --- interactions ---------------------------------------------------------------------------------
def test_a_switchboard_writes_a_call_and_it_is_in_the_timeline(program, hotel, as_lucia):
    sent = {"client_id": hotel.pk, "kind": "call", "result": "talked", "minutes": 6,
            "text": "Acepta la visita", "at": "2026-11-20T09:00:00Z"}  # fmt: skip
    answer = program.post("/interacciones", sent, key="llamada-9")
    told = answer.json()
    assert answer.status_code == 201
    assert told | sent | {"at": "2026-11-20T09:00:00.000Z"} == told
    program.post("/interacciones", sent, key="llamada-9")
    found = program.get(f"/interacciones?client_id={hotel.pk}&kind=call").json()["items"]
    assert [one["id"] for one in found] == [told["id"]]
    page = as_lucia.htmx(f"/clientes/{hotel.pk}/actividad/").content.decode()
    assert "Acepta la visita" in page
    undone = program.post(f"/interacciones/{told['id']}/anulacion").json()
    assert undone["undone_at"] is not None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "note"}, "text"),
        ({"kind": "fax"}, "kind"),
        ({"kind": "call", "result": "raro"}, "result"),
        ({"kind": "call", "minutes": 1441}, "minutes"),
        ({"kind": "call", "contact_id": 999}, "contact_id"),
        ({"kind": "call", "at": "2199-01-01T00:00:00Z"}, "at"),
        ({"kind": "call", "client_id": 999}, "client_id"),
    ],
)
def test_what_cannot_have_happened_is_not_written(program, hotel, sent, field):
    answer = program.post("/interacciones", {"client_id": hotel.pk, **sent})
    assert answer.status_code == 422
    assert field in answer.json()["fields"]


def test_interactions_of_clients_of_others_do_not_exist(key_of, marcos, lucia, hotel):
    with scope(marcos.organisation):
        hotel.agent = lucia
        hotel.save()
    made = key_of(lucia).post(
        "/interacciones", {"client_id": hotel.pk, "kind": "note", "text": "Reservado"}
    )
    his = key_of(marcos)
    assert his.get("/interacciones").json()["items"] == []
    assert his.get(f"/interacciones/{made.json()['id']}").status_code == 404
    sent = {"client_id": hotel.pk, "kind": "note", "text": "Hola"}
    assert his.post("/interacciones", sent).status_code == 422


def test_the_client_of_what_a_task_is_born_from_is_not_changed(program, breakdown, lonja, lucia):
    ours, other = house.client(name="Hotel"), house.client(name="Otro")
    quote = create_quote(company=lonja.company, party=ours, by=lucia)
    sent = {"subject": "Llamar", "reason_id": breakdown.pk,
            "origin": {"type": "sales.quote", "id": quote.pk}}  # fmt: skip
    refused = program.post("/tareas", {**sent, "client_id": other.pk})
    assert (refused.status_code, refused.json()["code"]) == (422, "client_of_origin")
    made = program.post("/tareas", {**sent, "client_id": ours.pk})
    assert (made.status_code, made.json()["client_id"]) == (201, ours.pk)
    moved = program.patch(f"/tareas/{made.json()['id']}", {"client_id": other.pk})
    assert (moved.status_code, moved.json()["code"]) == (422, "client_of_origin")
    assert Task.objects.get().party == ours


def test_of_two_programs_that_change_what_both_read_one_is_told(
    real_commits, program, breakdown, lonja, lucia
):
    task = house.task(breakdown, lonja.company, lucia)
    path = f"/tareas/{task.pk}"
    read, gate, codes = program.get(path).headers["ETag"], threading.Barrier(4), []

    def change(priority: str) -> None:
        gate.wait()
        codes.append(program.patch(path, {"priority": priority}, If_Match=read).status_code)
        connection.close()

    wanted = ("low", "high", "urgent", "low")
    threads = [threading.Thread(target=change, args=(one,)) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412, 412, 412]
