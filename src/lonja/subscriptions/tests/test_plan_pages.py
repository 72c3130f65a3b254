"""Plans through the door."""

from __future__ import annotations

from datetime import date
from typing import Any

from lonja.subscriptions.models import BillingRun, Obligation, Plan


def fields(hotel: Any, **changes: Any) -> dict[str, Any]:
    """What the editor posts for a plan of one line."""
    return {
        "party": hotel.pk,
        "name": "Mantenimiento",
        "unit": "month",
        "every": "1",
        "anchor": "31/01/2026",
        "send_time": "08:00",
        "when_due": "send",
        "lineas-TOTAL_FORMS": "1",
        "lineas-INITIAL_FORMS": "0",
        "lineas-0-concept": "Mantenimiento preventivo",
        "lineas-0-quantity": "2",
        "lineas-0-unit_price": "1.420,50",
        "lineas-0-tax_category": "iva_general",
        "lineas-0-ORDER": "0",
        **changes,
    }


def test_a_plan_is_started_from_the_editor(as_lucia, hotel):
    answer = as_lucia.post("/recurrentes/nueva/", fields(hotel))
    plan = Plan.objects.get()
    assert answer["Location"].endswith(f"/recurrentes/{plan.pk}/")
    assert plan.net_cents == 284100
    page = as_lucia.get(f"/recurrentes/{plan.pk}/")
    assert "2.841,00" in page.content.decode()
    assert "28/02/2026" in page.content.decode()


def test_every_field_and_button_of_the_editor_belongs_to_its_form(as_lucia, hotel):
    page = as_lucia.get("/recurrentes/nueva/").content.decode()
    opened = page.index('<form id="editor" method="post"')
    form = page[opened : page.index("</form>", opened)]
    for name in ("csrfmiddlewaretoken", "_key", "party", "lineas-TOTAL_FORMS", "message"):
        assert f'name="{name}"' in form
    assert page.count('form="editor"') == 2  # the button of the head and the one of the foot


def test_what_was_typed_stays_when_something_is_wrong(as_lucia, hotel):
    answer = as_lucia.post(
        "/recurrentes/nueva/", fields(hotel, **{"lineas-0-unit_price": "1e5", "every": "0"})
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "1e5" in text
    assert "Mantenimiento preventivo" in text
    assert Plan.objects.count() == 0


def test_a_double_click_starts_one_plan(as_lucia, hotel):
    values = fields(hotel, _key="una-sola-vez-0123456789")
    first = as_lucia.post("/recurrentes/nueva/", values)
    second = as_lucia.post("/recurrentes/nueva/", values)
    assert first["Location"] == second["Location"]
    assert Plan.objects.count() == 1


def test_changing_a_plan_keeps_its_lines(as_lucia, hotel, start):
    plan = start()
    page = as_lucia.get(f"/recurrentes/{plan.pk}/editar/").content.decode()
    assert "100,00" in page
    as_lucia.post(
        f"/recurrentes/{plan.pk}/editar/", fields(hotel, **{"lineas-0-unit_price": "150"})
    )
    plan.refresh_from_db()
    assert plan.net_cents == 30000
    assert plan.lines.count() == 1


def test_pause_resume_and_end_from_the_page(as_lucia, start):
    plan = start()
    for verb, status in (("pausa", "paused"), ("reanudacion", "active"), ("baja", "ended")):
        as_lucia.post(f"/recurrentes/{plan.pk}/{verb}/")
        plan.refresh_from_db()
        assert plan.status == status


def test_run_now_is_a_job_and_its_run_says_what_happened(as_lucia, start):
    from lonja.jobs.worker import run_until_idle

    start(anchor=date(2026, 1, 15), until=date(2026, 1, 20))
    as_lucia.post("/recurrentes/ejecucion/")
    run_until_idle()
    run = BillingRun.objects.get()
    assert run.issued == 1
    page = as_lucia.get(f"/recurrentes/ejecuciones/{run.pk}/").content.decode()
    assert "F2026/0001" in page
    assert as_lucia.get("/recurrentes/ejecuciones/").status_code == 200


def test_the_reason_of_a_refusal_is_on_the_page_with_its_button(as_lucia, start, hotel):
    from lonja.subscriptions.actions.bill import bill_due

    hotel.address = ""
    hotel.save()
    plan = start(anchor=date(2026, 1, 15), until=date(2026, 1, 20))
    bill_due()
    page = as_lucia.get(f"/recurrentes/{plan.pk}/").content.decode()
    assert "Falta el domicilio" in page
    hotel.address = "Calle Nueva, 1"
    hotel.save()
    as_lucia.post(f"/recurrentes/obligaciones/{Obligation.objects.get().pk}/reintento/")
    assert Obligation.objects.get().outcome == "issued"


def test_the_figures_have_their_pages(as_lucia, start):
    start()
    for path in ("/recurrentes/", "/recurrentes/mrr/", "/prevision/", "/prevision/?mes=2026-12"):
        assert as_lucia.get(path).status_code == 200, path
    for card in ("mrr", "prevision", "prevision-de-cartera", "evolucion-mrr"):
        answer = as_lucia.htmx(f"/inicio/{card}/")
        assert answer.status_code == 200, card
    assert "100,00" in as_lucia.htmx("/inicio/mrr/").content.decode()
    sheet = as_lucia.get("/recurrentes/mrr/?formato=xlsx")
    assert sheet.content[:2] == b"PK"


def test_somebody_elses_plan_is_not_found(as_nuria, start):
    plan = start()
    assert as_nuria.get(f"/recurrentes/{plan.pk}/").status_code == 404
    assert as_nuria.post(f"/recurrentes/{plan.pk}/baja/").status_code == 404
    plan.refresh_from_db()
    assert plan.status == "active"


def test_a_salesperson_reads_but_does_not_change(as_marcos, start, hotel, marcos):
    hotel.agent = marcos
    hotel.save()
    plan = start()
    assert as_marcos.get(f"/recurrentes/{plan.pk}/").status_code == 200
    assert as_marcos.post(f"/recurrentes/{plan.pk}/baja/").status_code == 403


def test_the_list_asks_the_same_for_one_plan_and_for_thirty(
    as_lucia, start, django_assert_max_num_queries
):
    for n in range(30):
        start(name=f"Plan {n}")
    as_lucia.get("/recurrentes/")
    with django_assert_max_num_queries(22):
        assert as_lucia.get("/recurrentes/").status_code == 200
