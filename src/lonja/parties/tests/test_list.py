"""The list of clients: what it shows, to whom, and at what price in queries."""

from __future__ import annotations

import io
from typing import Any

import pytest
import python_calamine
from django.core.exceptions import PermissionDenied
from django.test import override_settings
from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.models.people import Role
from lonja.accounts.scope import scope
from lonja.files import store
from lonja.jobs.models import Job
from lonja.parties import reports
from lonja.parties.models import Party, Tag
from lonja.parties.tests.cast import make_client
from lonja.ui import registry
from lonja.ui.jobs import export_list

PATHS = (
    "/clientes/{pk}/",
    "/clientes/{pk}/resumen/",
    "/clientes/{pk}/actividad/",
    "/clientes/{pk}/edicion/",
    "/clientes/{pk}/bloqueo/",
    "/clientes/{pk}/contactos/nuevo/",
)


@pytest.fixture
def facts(monkeypatch: Any) -> None:
    """Figures as billing registers them."""
    debt, late = ("4.477,00\u00a0€", ""), ("12,50\u00a0€", "bad")
    own = [
        registry.ClientFact("Pendiente", lambda member, ids: dict.fromkeys(ids, debt)),
        registry.ClientFact("Vencido", lambda member, ids: dict.fromkeys(ids, late)),
    ]
    monkeypatch.setattr(registry, "_facts", own)


@pytest.mark.usefixtures("facts")
def test_figures_of_other_rooms_are_columns(as_lucia: Any) -> None:
    make_client(nif="B12345674", city="Dénia")
    page = as_lucia.get("/clientes/").content.decode()
    assert "Pendiente" in page and "4.477,00\u00a0€" in page
    assert 'tone-bad">12,50\u00a0€' in page


def test_a_hundred_clients_cost_the_same_queries_as_one(
    as_lucia: Any, lucia: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_client("Uno", agent=lucia)
    with CaptureQueriesContext(connection) as one:
        as_lucia.get("/clientes/")
    for n in range(60):
        make_client(f"Cliente {n:02}", agent=lucia)
    with django_assert_num_queries(len(one)):
        as_lucia.get("/clientes/")
    assert len(one) <= 24  # one of them asks who was merged into these


def test_pages_turn_by_name_without_losing_anybody(as_lucia: Any) -> None:
    for n in range(120):
        make_client(f"Cliente {n % 40:02}")
    seen, url = [], "/clientes/"
    while url:
        page = as_lucia.get(url)
        seen += [row["row"].pk for row in page.context["rows"]]
        url = page.context["next_url"]
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    "text",
    ["mirador", "BAHIA", "B-12345674", "965 78 00 00", "+34 965780000", "denia", "compras@mirador"],
)
def test_clients_are_found_as_people_write(as_lucia: Any, text: str) -> None:
    make_client(
        "Hotel Mirador de la Bahía, S.L.", nif="B12345674", city="Dénia",
        phone="+34965780000", email="compras@mirador.example",
    )  # fmt: skip
    make_client("Bar Pepe", nif="12345678Z", phone="+34600000000")
    found = as_lucia.get("/clientes/", {"q": text}).context["rows"]
    assert [row["name"] for row in found] == ["Hotel Mirador de la Bahía, S.L."]


def test_filters_by_tag_agent_and_province(as_lucia: Any, lucia: Any, marcos: Any) -> None:
    hotel = make_client("Hotel", province="Alicante", agent=marcos)
    make_client("Bar", province="Valencia", agent=lucia)
    from lonja.parties.actions.clients import add_tag

    add_tag(hotel, "Costa")
    for query in (
        f"etiqueta={Tag.objects.get().pk}", f"agente={marcos.pk}", "provincia=Alicante",
    ):  # fmt: skip
        rows = as_lucia.get(f"/clientes/?{query}").context["rows"]
        assert [row["name"] for row in rows] == ["Hotel"], query


def test_marcos_sees_his_clients_and_nobody_elses(as_marcos: Any, lucia: Any, marcos: Any) -> None:
    mine = make_client("Mío", agent=marcos)
    other = make_client("Ajeno", agent=lucia)
    assert [r["name"] for r in as_marcos.get("/clientes/").context["rows"]] == ["Mío"]
    assert [o["text"] for o in as_marcos.get("/clientes/opciones/?q=").json()] == ["Mío"]
    assert "Ajeno" not in as_marcos.get("/clientes/?exportar=csv").content.decode()
    for path in PATHS:
        assert as_marcos.get(path.format(pk=other.pk)).status_code in (403, 404)
    assert as_marcos.get(PATHS[0].format(pk=mine.pk)).status_code == 200
    assert as_marcos.post(f"/clientes/{other.pk}/archivo/").status_code == 404


def test_an_outsider_finds_nothing(as_nuria: Any, lonja: Any) -> None:
    party = make_client()
    for path in PATHS:
        assert as_nuria.get(path.format(pk=party.pk)).status_code == 404
    for path in ("archivo", "restauracion", "bloqueo", "desbloqueo", "edicion"):
        assert as_nuria.post(f"/clientes/{party.pk}/{path}/", {"reason": "x"}).status_code == 404
    party.refresh_from_db()
    assert party.archived_at is None and party.blocked_reason == ""


def test_marcos_gives_clients_only_to_his_team(as_marcos: Any, lucia: Any, marcos: Any) -> None:
    party = make_client(agent=marcos)
    data = {"accion": "agente", "id": [party.pk], "confirmado": "1", "agent": lucia.pk}
    answer = as_marcos.post("/clientes/acciones/", data)
    assert "alguien de tu equipo" in answer.content.decode()
    party.refresh_from_db()
    assert party.agent == marcos


def test_several_clients_get_a_tag_at_once(as_lucia: Any) -> None:
    ids = [make_client(f"Cliente {n}").pk for n in range(3)]
    data = {"accion": "etiqueta", "id": ids, "confirmado": "1", "tag": "Costa"}
    answer = as_lucia.post("/clientes/acciones/", data, follow=True)
    assert "3 clientes etiquetados" in answer.content.decode()
    assert Tag.objects.get().party_tags.count() == 3


@pytest.mark.usefixtures("facts")
def test_the_workbook_has_figures_as_numbers_and_formulas_as_text(as_lucia: Any) -> None:
    make_client("=1+1")
    content = as_lucia.get("/clientes/?exportar=xlsx").content
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    head, row = book.get_sheet_by_index(0).to_python()
    assert row[head.index("Nombre")] == "=1+1"
    assert row[head.index("Pendiente")] == 4477.0


def test_a_member_without_clients_is_told_what_to_do(as_lucia: Any) -> None:
    page = as_lucia.get("/clientes/").content.decode()
    assert "Nuevo cliente" in page and "/importar/clients/" in page


def test_options_for_a_select_carry_the_fiscal_data(as_lucia: Any) -> None:
    party = make_client("Hotel Mirador", nif="B12345674", address="Av. del Port, 12",
                        postcode="03700", city="Dénia", province="Alicante")  # fmt: skip
    (option,) = as_lucia.get("/clientes/opciones/?q=mira").json()
    assert (option["value"], option["text"], option["nif"]) == (party.pk, party.name, "B12345674")
    assert option["address"] == "Av. del Port, 12, 03700 Dénia (Alicante)"


def test_the_palette_finds_clients(lucia: Any) -> None:
    from lonja.parties.reports import find_clients

    make_client("Hotel Mirador", nif="B12345674")
    Party.objects.create(name="Hotel archivado", archived_at="2026-01-01T00:00Z")
    with override_settings(ROOT_URLCONF="lonja.config.org_urls"):
        assert [hit.title for hit in find_clients(lucia, "hotel", 5)] == ["Hotel Mirador"]


@pytest.mark.parametrize(
    ("path", "slug"), [("/clientes/", "parties.clients"), ("/potenciales/", "parties.leads")]
)
def test_the_list_is_downloaded_only_by_who_may(path: str, slug: str, lonja: Any) -> None:
    for role, may in ((Role.READONLY, False), (Role.OFFICE, True)):
        person = make_member(lonja, f"{role} Gil", role)
        client = OrganisationClient(person)
        assert ("exportar=xlsx" in client.get(path).content.decode()) is may
        assert client.get(f"{path}?exportar=csv").status_code == (200 if may else 403)
        asked = {"tabla": slug, "formato": "csv", "filtro": ""}
        long = client.post("/ui/exportaciones/0/", asked)
        assert long.status_code == (303 if may else 403)


def test_who_lost_the_permission_gets_no_list_already_asked_for(lonja: Any) -> None:
    person = make_member(lonja, "Olga Gil", Role.OFFICE)
    client = OrganisationClient(person)
    asked = {"tabla": "parties.clients", "formato": "csv", "filtro": ""}
    url = client.post("/ui/exportaciones/0/", asked).headers["Location"]
    ready = Job.objects.get(task="lonja.ui.jobs.export_list")
    Membership.objects.filter(pk=person.pk).update(role=Role.READONLY)
    with pytest.raises(PermissionDenied):
        export_list.func(**ready.args)
    file = store("clientes.csv", b"Hotel Mirador", "text/csv")
    Job.objects.filter(pk=ready.pk).update(result={"file": file.pk, "name": file.name})
    path = url.removeprefix("/clima-levante") + "fichero/"
    assert client.get(path).status_code == 403
    Membership.objects.filter(pk=person.pk).update(role=Role.OFFICE)
    assert client.get(path).content == b"Hotel Mirador"


def test_the_provinces_to_choose_are_those_of_the_clients_in_order(lonja, lucia):
    for name, province in (("Uno", "Valencia"), ("Dos", "Alicante"), ("Tres", "Valencia")):
        Party.objects.create(name=name, province=province)
    Party.objects.create(name="Sin nada")
    Party.objects.create(name="Potencial", province="Soria", stage="lead")
    with scope(Organisation.objects.create(name="Ajena", slug="ajena")):
        Party.objects.create(name="De otros", province="Madrid")
    assert reports.provinces(lucia) == [("Alicante", "Alicante"), ("Valencia", "Valencia")]
    assert reports.tariffs(lucia) == []
