"""Payments, balances, plans, quotes and series through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.api.tests.test_once import LINE
from lonja.billing.verify import check_billing
from lonja.catalogue.models import PriceList, PriceListItem
from lonja.mail.models import OutgoingMail
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party
from lonja.sales.models import Quote
from lonja.subscriptions.models import Plan


@pytest.fixture
def issued(program, hotel):
    """An issued invoice of 121,00."""

    def make():
        draft = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE]}).json()
        return program.post(f"/facturas/{draft['id']}/emision").json()

    return make


# --- payments and balance -------------------------------------------------------------------------
def test_a_payment_settles_part_and_then_the_rest(program, issued, lonja):
    one = issued()
    path = f"/facturas/{one['id']}"
    part = program.post(f"{path}/cobros", {"amount": "21.00", "method": "cash"})
    assert (part.status_code, part.json()["amount"]) == (201, "21.00")
    assert program.get(path).json() | {"state": "partly_paid", "outstanding": "100.00"} == (
        program.get(path).json()
    )
    rest = program.post(f"{path}/cobros")
    assert rest.json()["amount"] == "100.00"
    assert program.get(path).json()["state"] == "paid"
    assert list(check_billing(lonja)) == []


def test_no_more_than_is_owed(program, issued):
    one = issued()
    answer = program.post(f"/facturas/{one['id']}/cobros", {"amount": "121.01"})
    assert answer.status_code == 422
    assert program.get(f"/facturas/{one['id']}").json()["outstanding"] == "121.00"


def test_one_transfer_pays_several_and_leaves_credit(program, issued, hotel, lonja):
    first, second = issued(), issued()
    shares = [{"invoice_id": one["id"], "amount": "121.00"} for one in (first, second)]
    sent = {"client_id": hotel.pk, "amount": "300.00", "invoices": shares}
    assert program.post("/cobros", sent).status_code == 422
    made = program.post("/cobros", {**sent, "keep_surplus": True})
    assert (made.status_code, made.json()["kept_as_credit"]) == (201, "58.00")
    assert program.get(f"/clientes/{hotel.pk}/saldo").json()["credit"] == "58.00"
    third = issued()
    told = program.post(f"/facturas/{third['id']}/saldo").json()
    assert (told["outstanding"], told["credit_used"]) == ("63.00", "58.00")
    answer = program.post(f"/facturas/{third['id']}/saldo", {"amount": "1.00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "credit_spent")
    assert list(check_billing(lonja)) == []


def test_what_the_bank_returns_is_owed_again(program, issued):
    one = issued()
    paid = program.post(f"/facturas/{one['id']}/cobros").json()
    undone = program.post(f"/cobros/{paid['id']}/anulacion", {"reason": "returned"}).json()
    assert (undone["undone"], undone["undone_reason"]) == (True, "returned")
    assert program.get(f"/facturas/{one['id']}").json()["state"] == "returned"


def test_a_payment_is_undone_once(program, issued):
    one = issued()
    paid = program.post(f"/facturas/{one['id']}/cobros").json()
    undone = program.post(f"/cobros/{paid['id']}/anulacion")
    assert (undone.status_code, undone.json()["undone"]) == (200, True)
    assert program.get(f"/facturas/{one['id']}").json()["outstanding"] == "121.00"
    again = program.post(f"/cobros/{paid['id']}/anulacion")
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def test_the_balance_of_a_client_on_any_day(program, issued, hotel, lonja):
    issued()
    program.post(f"/facturas/{issued()['id']}/cobros")
    path = f"/clientes/{hotel.pk}/saldo"
    assert program.get(path).json()["balance"] == "121.00"
    before = (lonja.company.today() - timedelta(days=1)).isoformat()
    assert program.get(f"{path}?on={before}").json()["balance"] == "0.00"


def test_the_statement_adds_up(program, issued, hotel):
    issued()
    program.post(f"/facturas/{issued()['id']}/cobros")
    told = program.get(f"/clientes/{hotel.pk}/extracto").json()
    assert [row["kind"] for row in told["items"]] == ["payment", "charge", "charge"]
    assert (told["opening"], told["closing"]) == ("0.00", "121.00")
    later = program.get(f"/clientes/{hotel.pk}/extracto?from=2199-01-01").json()
    assert (later["opening"], later["items"]) == ("121.00", [])


def test_lists_of_payments_and_series_cost_the_same(program, issued):
    def queries(path: str) -> int:
        program.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert program.get(path).status_code == 200
        return len(asked)

    for _n in range(2):
        program.post(f"/facturas/{issued()['id']}/cobros")
    few = {path: queries(path) for path in ("/cobros", "/series", "/facturas")}
    for _n in range(6):
        program.post(f"/facturas/{issued()['id']}/cobros")
    assert {path: queries(path) for path in few} == few


def test_series_say_their_next_number(program, issued):
    issued()
    (series,) = program.get("/series").json()["items"]
    assert series["next_number"].endswith("/0002")


# --- plans ----------------------------------------------------------------------------------------
@pytest.fixture
def plan(program, hotel, lonja):
    body = {
        "client_id": hotel.pk,
        "name": "Mantenimiento",
        "anchor": (lonja.company.today() + timedelta(days=10)).isoformat(),
        "lines": [{"concept": "Mantenimiento", "unit_price": "420.00"}],
    }
    answer = program.post("/plantillas", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_plan_is_started_changed_paused_and_ended(program, plan):
    path = f"/plantillas/{plan['id']}"
    assert (plan["monthly"], plan["next_on"], plan["send_time"]) == (
        "420.00",
        plan["anchor"],
        "08:00",
    )
    dearer = [{"concept": "Mantenimiento", "unit_price": "435.00"}]
    changed = program.patch(path, {"lines": dearer, "send_time": "09:30"}).json()
    assert (changed["monthly"], changed["send_time"]) == ("435.00", "09:30")
    assert program.post(f"{path}/pausa").json()["status"] == "paused"
    assert program.post(f"{path}/reanudacion", {}).json()["status"] == "active"
    assert program.post(f"{path}/baja", {"reason": "Cierra"}).json()["status"] == "ended"
    again = program.post(f"{path}/baja")
    assert (again.status_code, again.json()["code"]) == (409, "plan_ended")


def test_a_plan_repeated_with_its_key_is_one(program, hotel):
    body = {
        "client_id": hotel.pk,
        "name": "Cuota",
        "anchor": "2030-01-31",
        "lines": [{"concept": "Cuota", "unit_price": "10"}],
    }
    answers = [program.post("/plantillas", body, key="alta-1").json()["id"] for _n in range(2)]
    assert len(set(answers)) == 1
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"unit_price": "3"}]}, "lines.0.concept"),
        ({"until": "2029-01-01"}, "until"),
        ({"every": 0}, "every"),
        ({"unit": "fortnight"}, "unit"),
        ({"send_time": "25:00"}, "send_time"),
        ({"emails": ["no"]}, "emails.0"),
    ],
)
def test_a_plan_that_is_wrong_says_where(program, hotel, more, field):
    body = {"client_id": hotel.pk, "name": "Cuota", "anchor": "2030-01-31", "lines": [LINE]}
    answer = program.post("/plantillas", {**body, **more})
    assert answer.status_code == 422, answer.content
    assert field in answer.json()["fields"]
    assert not Plan.objects.exists()


# --- quotes ---------------------------------------------------------------------------------------
@pytest.fixture
def quote(program, hotel, service):
    body = {
        "client_id": hotel.pk,
        "title": "Climatización",
        "lines": [
            {"concept": "Instalación", "unit_price": "100"},
            {"product_id": service.pk, "unit_of_time": "month"},
        ],
    }
    answer = program.post("/presupuestos", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_quote_is_made_with_its_number_and_amounts(quote, hotel):
    assert quote["number"].startswith("P")
    assert (quote["total"], quote["monthly"]) == ("121.00", "420.00")
    assert (quote["status"], quote["email"]) == ("draft", hotel.email)


def test_a_quote_changes_until_it_is_sent(program, quote, settings, tmp_path):
    settings.FILES_ROOT = tmp_path
    path = f"/presupuestos/{quote['id']}"
    seen = program.get(path).headers["ETag"]
    changed = program.patch(path, {"title": "Otra cosa"}, If_Match=seen).json()
    assert (changed["title"], len(changed["lines"])) == ("Otra cosa", 2)
    assert program.patch(path, {"title": "Tarde"}, If_Match=seen).status_code == 412
    sent = program.post(f"{path}/envio", {}).json()
    assert sent["quote"]["status"] == "sent"
    assert sent["url"].startswith("http://testserver/p/")
    assert sent["url"] in OutgoingMail.objects.get().text
    late = program.patch(path, {"title": "Tarde"})
    assert (late.status_code, late.json()["code"]) == (409, "quote_not_draft")


def test_a_quote_takes_its_prices_from_the_tarifa_and_says_so(program, hotel, service):
    tarifa = PriceList.objects.create(name="Hoteles")
    PriceListItem.objects.create(
        price_list=tarifa, product=service, min_quantity=10, discount_pct=20
    )
    body = {
        "client_id": hotel.pk,
        "price_list_id": tarifa.pk,
        "deposit_pct": "30",
        "lines": [
            {"product_id": service.pk, "quantity": "12", "section": "Cuotas",
             "min_quantity": "10", "max_quantity": "20"},
            {"product_id": service.pk, "quantity": "12", "unit_price": "400"},
        ],
    }  # fmt: skip
    made = program.post("/presupuestos", body).json()
    first, second = made["lines"]
    assert (first["discount_pct"], first["price_by_hand"]) == ("20", False)
    assert first["price_origin"] == "Tarifa Hoteles, desde 10"
    assert (second["unit_price"], second["price_by_hand"]) == ("400", True)
    assert (first["section"], first["max_quantity"], made["deposit_pct"]) == ("Cuotas", "20", "30")
    beyond = program.post("/presupuestos", {**body, "price_list_id": tarifa.pk + 1})
    assert beyond.status_code == 422


def test_a_quote_without_lines_is_not_sent(program, hotel):
    made = program.post("/presupuestos", {"client_id": hotel.pk}).json()
    answer = program.post(f"/presupuestos/{made['id']}/envio", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_empty")
    assert Quote.objects.get().status == "draft"


@pytest.mark.parametrize("path", ["/plantillas", "/presupuestos"])
def test_lists_of_plans_and_quotes_cost_the_same(program, hotel, path):
    def queries(more: int) -> int:
        for n in range(more):
            body = {"client_id": hotel.pk, "lines": [LINE]}
            if path == "/plantillas":
                body |= {"name": f"Cuota {more}-{n}", "anchor": "2030-01-31"}
            assert program.post(path, body).status_code == 201
        program.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert len(program.get(path).json()["items"]) >= more
        return len(asked)

    few = queries(2)
    assert queries(10) == few
    assert few <= 10


# --- credit, proformas and albaranes --------------------------------------------------------------
@pytest.fixture
def credit(program, hotel):
    """100,00 in favour of the client, that it paid in advance."""
    sent = {"client_id": hotel.pk, "amount": "100.00", "keep_surplus": True}
    made = program.post("/cobros", sent)
    assert made.status_code == 201, made.content
    (found,) = program.get(f"/saldos?client_id={hotel.pk}&open=true").json()["items"]
    assert (found["remaining"], found["payment_id"]) == ("100.00", made.json()["id"])
    return found


def test_the_credit_of_who_was_merged_is_that_of_the_kept_one(program, credit, hotel, lucia):
    kept = Party.objects.create(name="Hoteles Mirador", nif="B98765431")
    merge_parties(kept, hotel, by=lucia)
    (found,) = program.get(f"/saldos?client_id={kept.pk}&open=true").json()["items"]
    assert (found["id"], found["remaining"]) == (credit["id"], "100.00")
    assert program.get(f"/clientes/{kept.pk}/saldo").json()["credit"] == "100.00"


def test_credit_spent_on_an_invoice_is_taken_back_once(program, credit, issued, lonja):
    one = issued()
    program.post(f"/facturas/{one['id']}/saldo", {"amount": "60.00"})
    told = program.get(f"/saldos/{credit['id']}").json()
    (spent,) = told["applications"]
    assert (told["remaining"], spent["invoice_number"]) == ("40.00", one["number"])
    undo = f"/aplicaciones/{spent['id']}/anulacion"
    back = program.post(undo)
    assert (back.status_code, back.json()["remaining"]) == (200, "100.00")
    assert [row["amount"] for row in back.json()["applications"]] == ["60.00", "-60.00"]
    assert program.post(undo).status_code == 409
    assert program.get(f"/facturas/{one['id']}").json()["outstanding"] == "121.00"
    assert list(check_billing(lonja)) == []


def test_credit_is_given_back_and_that_is_undone_too(program, credit, lonja):
    path = f"/saldos/{credit['id']}/devolucion"
    assert program.post(path, {"amount": "100.01"}).status_code in (409, 422)
    part = program.post(path, {"amount": "30.00", "method": "transfer", "note": "Bizum"})
    assert (part.status_code, part.json()["remaining"]) == (201, "70.00")
    assert program.post(path).json()["remaining"] == "0.00"
    first = part.json()["refunds"][0]["id"]
    assert program.post(f"/devoluciones/{first}/anulacion").json()["remaining"] == "30.00"
    assert list(check_billing(lonja)) == []


def test_a_proforma_is_made_of_a_draft_and_becomes_it_again(program, hotel):
    draft = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE]}).json()
    made = program.post(f"/facturas/{draft['id']}/proforma")
    assert made.status_code == 201, made.content
    paper = made.json()
    assert (paper["number"][:2], paper["total"], paper["invoice_id"]) == (
        "PF",
        "121.00",
        draft["id"],
    )
    assert program.get(f"/proformas/{paper['id']}/pdf").content.startswith(b"%PDF")
    assert program.get("/proformas").json()["items"] == [paper]
    program.delete(f"/facturas/{draft['id']}")
    again = program.post(f"/proformas/{paper['id']}/factura").json()
    assert (again["state"], again["amounts"]["total"]) == ("draft", "121.00")
    assert program.post(f"/proformas/{paper['id']}/factura").json()["id"] == again["id"]


def test_albaranes_of_a_month_become_one_invoice_once(program, hotel, lonja):
    today = lonja.company.today()
    sent = {"client_id": hotel.pk, "reference": "Obra 7", "lines": [LINE]}
    first = program.post("/albaranes", {**sent, "delivered_on": today.replace(day=1).isoformat()})
    assert first.status_code == 201, first.content
    second = program.post("/albaranes", sent).json()
    assert (second["base"], second["invoice_id"]) == ("100.00", None)
    assert program.get(f"/albaranes/{second['id']}/pdf").content.startswith(b"%PDF")
    ids = [{"delivery_note_id": one["id"]} for one in (first.json(), second)]
    made = program.post("/albaranes/facturacion", {"notes": ids})
    assert made.status_code == 201, made.content
    (invoice,) = made.json()["invoices"]
    assert (invoice["kind"], invoice["amounts"]["base"]) == ("recap", "200.00")
    assert program.post("/albaranes/facturacion", {"notes": ids}).status_code == 409
    assert program.get("/albaranes?pending=true").json()["items"] == []
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert program.post("/albaranes", {**sent, "delivered_on": tomorrow}).status_code in (409, 422)


def test_a_page_of_credits_asks_the_same_however_many(program, hotel):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert program.get("/saldos").status_code == 200
        return len(queries)

    for _n in range(2):
        program.post("/cobros", {"client_id": hotel.pk, "amount": "5.00", "keep_surplus": True})
    few = asked()
    for _n in range(4):
        program.post("/cobros", {"client_id": hotel.pk, "amount": "5.00", "keep_surplus": True})
    assert asked() == few
