"""Leads through the door: the list, the drawer, qualifying, converting; and who sees what."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import python_calamine
from django.utils import timezone

from lonja.activity.models import Event
from lonja.parties.actions.leads import capture_lead
from lonja.parties.models import LeadSource, Party, QualificationRule
from lonja.parties.tests.cast import make_client

DRAWER = {"HX-Request": "true", "HX-Target": "cajon"}


def lead(by: Any, name: str = "Carmen Roselló", **data: Any) -> Party:
    return capture_lead({"name": name, "allow_duplicate": True, **data}, by=by)


def test_the_drawer_needs_a_name_and_a_way_to_reach_it(as_marcos: Any, marcos: Any) -> None:
    form = as_marcos.get("/potenciales/nuevo/", headers=DRAWER).content.decode()
    assert 'name="phone"' in form and 'name="nif"' not in form
    bare = as_marcos.post("/potenciales/nuevo/", {"name": "Carmen"}, headers=DRAWER)
    assert bare.status_code == 422 and "un teléfono o un correo" in bare.content.decode()
    answer = as_marcos.post(
        "/potenciales/nuevo/",
        {"name": "Carmen", "phone": "612345678", "source": "Página web"},
        headers=DRAWER,
    )
    party = Party.objects.get()
    assert answer.headers["HX-Redirect"].endswith(f"/potenciales/{party.pk}/")
    assert (party.stage, party.agent, party.lead_source.name) == ("lead", marcos, "Página web")


def test_somebody_alike_is_told_and_may_be_insisted_on(as_lucia: Any) -> None:
    mirador = make_client("Hotel Mirador, S.L.", phone="+34965780000")
    posted = {"name": "Carmen", "company": "Hotel Miradro", "email": "c@mirador.example"}
    answer = as_lucia.post("/potenciales/nuevo/", posted)
    text = answer.content.decode()
    assert answer.status_code == 409 and "Ya existe Hotel Mirador, S.L." in text
    assert f"/clientes/{mirador.pk}/" in text and "Crear igualmente" in text
    as_lucia.post("/potenciales/nuevo/", {**posted, "igualmente": "1"})
    assert Party.objects.leads().get().name == "Hotel Miradro"


def test_what_another_person_carries_is_told_without_its_data(as_marcos: Any, lucia: Any) -> None:
    make_client("Hotel Mirador, S.L.", phone="+34965780000", agent=lucia)
    shown = as_marcos.get("/clientes/parecidos/?phone=965780000&name=").content.decode()
    assert "Ya lo lleva otra persona" in shown and "Mirador" not in shown
    answer = as_marcos.post("/potenciales/nuevo/", {"name": "Ana", "phone": "965780000"})
    assert answer.status_code == 409 and "Mirador" not in answer.content.decode()


def test_the_list_shows_what_matters_and_filters(as_lucia: Any, lucia: Any) -> None:
    lead(lucia, "Carmen", company="Hotel Mirador", phone="612345678", source="Feria")
    lead(lucia, "Luis", email="luis@x.example")
    page = as_lucia.get("/potenciales/").content.decode()
    for word in ("Carmen", "Hotel Mirador", "Feria", "Nuevo", "Luis", "Próxima tarea"):
        assert word in page
    source = LeadSource.objects.get(name="Feria")
    rows = as_lucia.get(f"/potenciales/?origen={source.pk}").context["rows"]
    assert [row["row"].person for row in rows] == ["Carmen"]
    rows = as_lucia.get("/potenciales/?q=carmen").context["rows"]
    assert [row["row"].person for row in rows] == ["Carmen"]


def test_sixty_leads_cost_the_same_queries_as_one(
    as_lucia: Any, lucia: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    lead(lucia, source="Feria", company="Uno")
    with CaptureQueriesContext(connection) as one:
        as_lucia.get("/potenciales/")
    for n in range(60):
        lead(lucia, f"Persona {n:02}", source="Feria", company=f"Empresa {n:02}")
    with django_assert_num_queries(len(one)):
        as_lucia.get("/potenciales/")
    assert len(one) <= 27


def test_a_lead_without_task_is_found(as_lucia: Any, lucia: Any, lonja: Any) -> None:
    from lonja.tasks.actions.config import first_configuration
    from lonja.tasks.actions.tasks import NewTask, create_task
    from lonja.tasks.models import Reason, ReasonState

    waiting, busy = lead(lucia, "Ana"), lead(lucia, "Berta")
    first_configuration(lonja.company, lucia)
    reason = Reason.objects.order_by("pk").first()
    cell = ReasonState.objects.filter(reason=reason).order_by("state__position").first()
    new = NewTask(
        reason,
        cell.state,
        "Llamar a Berta",
        lonja.company,
        party=busy,
        due_at=timezone.now() + timedelta(days=1),
    )
    create_task(new, by=lucia, at=timezone.now())
    page = as_lucia.get("/potenciales/")
    assert "Llamar a Berta" in page.content.decode()
    rows = as_lucia.get("/potenciales/?sin-tarea=1").context["rows"]
    assert [row["row"].pk for row in rows] == [waiting.pk]


def test_marcos_sees_only_his_own_leads_everywhere(as_marcos: Any, lucia: Any, marcos: Any) -> None:
    own, other = lead(marcos, "Ana"), lead(lucia, "Berta", agent=lucia)
    assert [r["name"] for r in as_marcos.get("/potenciales/").context["rows"]] == ["Ana"]
    for path in ("", "conversion/", "descarte/"):
        assert as_marcos.get(f"/potenciales/{other.pk}/{path}").status_code == 404
    found = as_marcos.get("/buscar/?q=Berta").content.decode()
    assert f"/potenciales/{other.pk}/" not in found
    assert f"/potenciales/{own.pk}/" in as_marcos.get("/buscar/?q=Ana").content.decode()
    sheet = as_marcos.get("/potenciales/?exportar=xlsx&columnas=person")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.content))
    names = [row[0] for row in book.get_sheet_by_index(0).to_python()]
    assert "Ana" in names and "Berta" not in names


def test_nuria_never_gets_in(as_nuria: Any, lucia: Any) -> None:
    party = lead(lucia)
    assert as_nuria.get(f"/potenciales/{party.pk}/").status_code == 404
    assert as_nuria.post(f"/potenciales/{party.pk}/conversion/", {}).status_code == 404


def test_the_page_says_the_points_and_what_is_missing(as_lucia: Any, lucia: Any) -> None:
    party = lead(lucia, phone="612345678")
    page = as_lucia.get(f"/potenciales/{party.pk}/").content.decode()
    assert "+20 tiene teléfono" in page and "Correo, Qué necesita" in page
    answer = as_lucia.post(f"/potenciales/{party.pk}/estado/", {"estado": "qualified"}, follow=True)
    assert "Para cualificarlo falta" in answer.content.decode()
    Party.objects.filter(pk=party.pk).update(email="a@b.example", notes="Aire")
    as_lucia.post(f"/potenciales/{party.pk}/estado/", {"estado": "qualified"})
    party.refresh_from_db()
    assert party.lead_status == "qualified"
    assert Event.objects.filter(verb="parties.qualified").exists()


def test_converting_asks_only_what_an_invoice_needs(as_lucia: Any, lucia: Any) -> None:
    party = lead(lucia, company="Mirador", email="c@mirador.example", source="Feria")
    form = as_lucia.get(f"/potenciales/{party.pk}/conversion/").content.decode()
    assert 'name="nif"' in form and 'name="email"' not in form
    wrong = as_lucia.post(f"/potenciales/{party.pk}/conversion/", {"nif": "B12345675"})
    assert wrong.status_code == 422 and "debería ser 4" in wrong.content.decode()
    typed = {"nif": "B12345674", "address": "Av. 1", "postcode": "03700", "city": "Dénia"}
    answer = as_lucia.post(f"/potenciales/{party.pk}/conversion/", typed)
    party.refresh_from_db()
    assert answer.headers["Location"].endswith(f"/clientes/{party.pk}/")
    assert (party.stage, party.nif, party.province) == ("client", "B12345674", "Alicante")
    assert party.lead_source.name == "Feria" and party.contacts.get().name == "Carmen Roselló"


def test_a_lead_whose_nif_is_a_clients_is_offered_to_be_joined(as_lucia: Any, lucia: Any) -> None:
    client = make_client("Mirador, S.L.", nif="B12345674")
    party = lead(lucia, company="Otra cosa")
    answer = as_lucia.post(f"/potenciales/{party.pk}/conversion/", {"nif": "B12345674"})
    assert answer.status_code == 409
    assert f"/clientes/{client.pk}/union/{party.pk}/" in answer.content.decode()


def test_several_are_discarded_with_their_reason(as_lucia: Any, lucia: Any) -> None:
    ids = [lead(lucia, "Ana").pk, lead(lucia, "Berta").pk]
    as_lucia.post(
        "/potenciales/acciones/",
        {"accion": "descartar", "id": ids, "confirmado": "1", "reason": "Fuera de zona"},
    )
    assert set(Party.objects.values_list("lead_status", "discard_reason")) == {
        ("discarded", "Fuera de zona")
    }
    assert not as_lucia.get("/potenciales/").context["rows"]


def test_a_call_with_a_new_lead_is_a_first_contact(as_lucia: Any, lucia: Any) -> None:
    from lonja.tasks.actions.interactions import log_interaction

    party = lead(lucia)
    log_interaction(party, "call", text="Le interesa", by=lucia, at=timezone.now())
    party.refresh_from_db()
    assert party.lead_status == "contacted"


def test_the_administrator_says_what_counts(as_lucia: Any, as_marcos: Any, lucia: Any) -> None:
    from lonja.parties.actions.score import rescore_all
    from lonja.parties.qualifying import rules

    party = lead(lucia, phone="612345678")
    posted = {
        f"puntos-{kind}-{worth.fact.slug}": str(worth.points)
        for kind, worths in rules().items()
        for worth in worths
    }
    posted["puntos-consumer-phone"] = "55"
    assert as_marcos.post("/configuracion/potenciales/cualificacion/", posted).status_code == 403
    as_lucia.post("/configuracion/potenciales/cualificacion/", posted)
    rescore_all()
    party.refresh_from_db()
    assert party.score == 55
    assert QualificationRule.objects.get(kind="consumer", fact="phone").required is False
    page = as_lucia.get("/configuracion/potenciales/").content.decode()
    assert "reglas de la cualificación" in page
    bad = as_lucia.post(
        "/configuracion/potenciales/cualificacion/", {**posted, "puntos-consumer-phone": "999"}
    )
    assert bad.status_code == 422 and "van de -50 a 100" in bad.content.decode()


def test_sources_are_added_renamed_and_retired(as_lucia: Any, lucia: Any) -> None:
    as_lucia.post("/configuracion/potenciales/origenes/nuevo/", {"name": "Feria"})
    source = LeadSource.objects.get()
    repeated = as_lucia.post("/configuracion/potenciales/origenes/nuevo/", {"name": "FERIA"})
    assert repeated.status_code == 409
    as_lucia.post(f"/configuracion/potenciales/origenes/{source.pk}/", {"name": "Feria 2026"})
    as_lucia.post(f"/configuracion/potenciales/origenes/{source.pk}/uso/", {"activo": "0"})
    source.refresh_from_db()
    assert (source.name, source.active) == ("Feria 2026", False)
    assert "Feria 2026" not in as_lucia.get("/potenciales/nuevo/").content.decode()
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"parties.source_added", "parties.source_renamed", "parties.source_retired"} <= verbs


@pytest.mark.parametrize("path", ["/potenciales/", "/clientes/duplicados/", "/potenciales/nuevo/"])
def test_the_pages_open(as_lucia: Any, path: str) -> None:
    assert as_lucia.get(path).status_code == 200
