"""The editor of drafts, through the door."""

from __future__ import annotations

import json
import re

import pytest

from lonja.activity.models import Event
from lonja.billing.models import Invoice, SeriesYear, Status
from lonja.parties.models import Party

NEW = "/facturas/nueva/?b=prueba"


def test_an_empty_editor_makes_no_draft_until_it_saves(as_lucia, series):
    page = as_lucia.get("/facturas/nueva/", follow=True)
    assert page.status_code == 200
    assert "Nueva factura" in page.content.decode()
    assert not Invoice.objects.exists()


def test_the_first_autosave_makes_the_draft_and_the_second_writes_on_it(as_lucia, typed):
    url = "/facturas/nueva/guardado/?b=prueba"
    first = as_lucia.post(url, typed({"unit_price": "100"}))
    second = as_lucia.post(url, typed({"unit_price": "250"}, version=first["X-Lonja-Version"]))
    assert (first.status_code, second.status_code) == (204, 204)
    draft = Invoice.objects.get()
    assert draft.total_cents == 30250
    assert second["X-Lonja-Version"] == "2"


def test_reloading_the_new_page_after_autosave_opens_the_draft(as_lucia, typed):
    as_lucia.post("/facturas/nueva/guardado/?b=prueba", typed())
    page = as_lucia.get(NEW)
    assert page.status_code == 302
    assert page.url.endswith(f"/facturas/{Invoice.objects.get().pk}/editar/")


def test_autosave_waits_for_a_client(as_lucia, typed):
    answer = as_lucia.post("/facturas/nueva/guardado/?b=prueba", typed(party=""))
    assert answer.status_code == 422
    assert not Invoice.objects.exists()


def test_a_draft_keeps_lines_in_the_order_of_the_screen(as_lucia, typed):
    rows = [
        {"concept": "Segunda", "unit_price": "2", "ORDER": "2"},
        {"concept": "Primera", "unit_price": "1", "ORDER": "1", "quantity": "3,5 h"},
        {"concept": "", "unit_price": "", "ORDER": "3"},
    ]
    as_lucia.post(NEW, typed(*rows))
    lines = list(Invoice.objects.get().lines.values_list("concept", "unit", "net_cents"))
    assert lines == [("Primera", "h", 350), ("Segunda", "", 200)]


@pytest.mark.parametrize("amount", ["1e5", "NaN", "1,234.56", "1_000", "٣", "99999999999999"])
def test_an_amount_that_is_not_understood_keeps_everything_typed(as_lucia, typed, amount):
    data = typed({"concept": "Reparación", "unit_price": amount}, reference="Parte 331")
    answer = as_lucia.post(NEW, data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{amount}"' in html
    assert 'value="Reparación"' in html
    assert 'value="Parte 331"' in html
    assert "Hay un problema" in html
    assert ">—</div>" in html  # the row has no amount, rather than a wrong one
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("quantity", ["1e5", "NaN", "tres", "1,234.56"])
def test_a_quantity_that_is_not_understood_is_refused(as_lucia, typed, quantity):
    answer = as_lucia.post(NEW, typed({"quantity": quantity, "unit_price": "1"}))
    assert answer.status_code == 422
    assert f'value="{quantity}"' in answer.content.decode()


def test_issuing_from_the_editor_gives_the_next_number(as_lucia, typed):
    answer = as_lucia.post(NEW, typed(accion="enviar"), follow=True)
    invoice = Invoice.objects.get()
    assert invoice.number == f"F{invoice.year}/0001"
    assert invoice.status == Status.ISSUED
    assert invoice.number in answer.content.decode()


def test_a_refusal_keeps_the_draft_and_takes_no_number(as_lucia, typed, hotel):
    Party.objects.filter(pk=hotel.pk).update(nif="")
    answer = as_lucia.post(NEW, typed({"unit_price": "77"}, accion="emitir"))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Falta el NIF de Hotel Mirador" in html
    assert f"/clientes/{hotel.pk}/edicion/" in html
    assert Invoice.objects.get().status == Status.DRAFT
    assert not SeriesYear.objects.filter(next_number__gt=1).exists()


def test_a_blocked_client_is_not_invoiced(as_lucia, typed, hotel):
    Party.objects.filter(pk=hotel.pk).update(blocked_reason="impagos")
    answer = as_lucia.post(NEW, typed(accion="emitir"))
    assert answer.status_code == 409
    assert "está bloqueado: impagos" in answer.content.decode()


def test_two_tabs_on_one_draft_do_not_overwrite_each_other(as_lucia, draft, typed):
    one = draft()
    url = f"/facturas/{one.pk}/guardado/"
    assert as_lucia.post(url, typed({"unit_price": "10"}, version=1)).status_code == 204
    late = as_lucia.post(url, typed({"unit_price": "20"}, version=1))
    assert late.status_code == 409
    assert "Alguien guardó cambios" in late.content.decode()
    one.refresh_from_db()
    assert one.base_cents == 1000


def test_a_draft_of_another_company_is_refused(as_lucia, typed):
    answer = as_lucia.post(NEW, typed(company="999"))
    assert answer.status_code == 409
    assert "otra empresa emisora" in answer.content.decode()


def test_the_server_computes_totals_as_they_are_typed(as_lucia, typed):
    data = typed({"unit_price": "33,33", "quantity": "3"}, withholding_pct="15")
    html = as_lucia.post("/facturas/nueva/calculo/?b=prueba", data).content.decode()
    assert 'id="totales"' in html
    assert "121,00\u00a0€" not in html
    assert "120,99\u00a0€" in html  # 99,99 + 21,00
    assert "−15,00\u00a0€" in html
    assert "105,99\u00a0€" in html
    assert not Invoice.objects.exists()


def test_choosing_a_client_brings_its_conditions(as_lucia, typed, hotel, lonja):
    Party.objects.filter(pk=hotel.pk).update(payment_terms_days=60, payment_method="direct_debit")
    data = typed(party_before="", due_on="")
    html = as_lucia.post("/facturas/nueva/calculo/?b=prueba", data).content.decode()
    from datetime import timedelta

    due = lonja.company.today() + timedelta(days=60)
    assert f'value="{due:%d/%m/%Y}"' in html
    assert re.search(r'value="direct_debit"\s+selected', html)
    assert "Hotel Mirador" in html


def test_the_preview_is_an_image_of_what_is_typed(as_lucia, typed):
    answer = as_lucia.post("/facturas/nueva/vista-previa/?b=prueba", typed())
    assert answer.status_code == 200
    assert 'src="data:image/svg+xml;base64,' in answer.content.decode()
    mail = as_lucia.post("/facturas/nueva/vista-previa/?b=prueba&ver=correo", typed())
    assert "compras@mirador.example" in mail.content.decode()


def test_the_catalogue_fills_a_line(as_lucia, service, draft):
    editor = as_lucia.get(f"/facturas/{draft('42').pk}/editar/").content.decode()
    address = re.search(r'data-catalogue="/[^/]+([^"]+)"', editor)[1]
    html = as_lucia.htmx(f"{address}&q=manten").content.decode()
    values = re.search(r'data-values="([^"]+)"', html)[1].replace("&quot;", '"')
    filled = json.loads(values)
    assert filled["unit_price"] == "420,00"
    assert filled["quantity"] == "1 mes"


def test_a_deleted_draft_comes_back_with_undo(as_lucia, draft):
    one = draft("42")
    as_lucia.post(f"/facturas/{one.pk}/borrado/")
    assert not Invoice.objects.exists()
    event = Event.objects.get(verb="billing.draft_deleted")
    as_lucia.post(f"/facturas/borradores/{event.pk}/recuperacion/")
    back = Invoice.objects.get()
    assert (back.pk, back.base_cents, back.lines.count()) == (one.pk, 4200, 1)
    assert as_lucia.post(f"/facturas/borradores/{event.pk}/recuperacion/").status_code == 409


def test_an_issued_invoice_cannot_be_deleted_nor_edited(as_lucia, issued, typed):
    one = issued()
    assert as_lucia.post(f"/facturas/{one.pk}/borrado/").status_code == 409
    as_lucia.post(f"/facturas/{one.pk}/editar/", typed({"unit_price": "1"}))
    assert Invoice.objects.get().base_cents == 10000


def test_a_copy_is_a_draft_of_today(as_lucia, issued, lonja):
    one = issued("55")
    as_lucia.post(f"/facturas/{one.pk}/copia/")
    copy = Invoice.objects.exclude(pk=one.pk).get()
    assert (copy.status, copy.number, copy.base_cents) == (Status.DRAFT, "", 5500)
    assert copy.issued_on == lonja.company.today()


def test_a_draft_dated_when_it_was_saved_is_issued_today(as_lucia, draft):
    from datetime import timedelta

    one = draft()
    yesterday = timedelta(days=1)
    Invoice.objects.filter(pk=one.pk).update(
        issued_on=one.issued_on - yesterday, updated_at=one.updated_at - yesterday
    )
    as_lucia.post(f"/facturas/{one.pk}/emision/")
    one.refresh_from_db()
    assert one.issued_on == one.company.today()
