"""Invoices through the API: the same rules, the same numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.api.tests.test_once import LINE
from lonja.billing.models import Invoice
from lonja.billing.verify import check_billing
from lonja.mail.models import OutgoingMail


@pytest.fixture
def draft(program, hotel):
    """A draft made by the program."""

    def make(*lines, **more):
        body = {"client_id": hotel.pk, "lines": list(lines) or [LINE], **more}
        answer = program.post("/facturas", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


@pytest.fixture
def issued(program, draft):
    def make(*lines, **more):
        one = draft(*lines, **more)
        answer = program.post(f"/facturas/{one['id']}/emision")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return make


def test_a_draft_takes_from_its_client_what_is_not_said(draft, hotel, lonja):
    hotel.payment_terms_days, hotel.withholding_pct = 15, Decimal(15)
    hotel.payment_method = "direct_debit"
    hotel.save()
    told = draft()
    today = lonja.company.today()
    assert told["state"] == "draft"
    assert told["number"] == ""
    assert told["due_on"] > today.isoformat()
    assert (told["payment_method"], told["withholding_pct"]) == ("direct_debit", "15")
    assert (
        told["amounts"] | {"base": "100.00", "tax": "21.00", "withholding": "15.00"}
        == (told["amounts"])
    )
    assert told["amounts"]["payable"] == "106.00"


def test_lines_take_from_the_catalogue_what_is_not_said(draft, service):
    told = draft({"product_id": service.pk, "quantity": "2", "discounts": ["10", "5"]})
    (line,) = told["lines"]
    assert (line["concept"], line["unit"], line["unit_price"]) == (service.name, "mes", "420")
    assert line["discounts"] == ["10", "5"]
    assert line["net"] == "718.20"  # 840 × 0,90 × 0,95
    assert told["taxes"][0] | {"rate": "21", "base": "718.20"} == told["taxes"][0]


def test_the_three_times_99_99_of_the_rules(draft):
    told = draft({"concept": "A", "quantity": "3", "unit_price": "99.99"})
    assert told["amounts"]["tax"] == "62.99"


def test_an_invoice_is_issued_numbered_and_recorded(issued, lonja):
    told = issued()
    year = lonja.company.today().year
    assert (told["number"], told["state"]) == (f"F{year}/0001", "issued")
    assert told["outstanding"] == "121.00"
    assert list(check_billing(lonja)) == []


def test_issuing_may_send(program, draft):
    one = draft()
    program.post(f"/facturas/{one['id']}/emision", {"send": True, "emails": ["a@b.example"]})
    assert OutgoingMail.objects.get().to == ["a@b.example"]


def test_an_issued_invoice_does_not_change(program, issued):
    one = issued()
    path = f"/facturas/{one['id']}"
    for answer in (program.patch(path, {"reference": "X"}), program.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (409, "already_issued")


def test_what_the_law_forbids_takes_no_number(program, draft, hotel):
    hotel.nif = ""
    hotel.save()
    one = draft()
    answer = program.post(f"/facturas/{one['id']}/emision")
    assert (answer.status_code, answer.json()["code"]) == (422, "invoice_incomplete")
    assert "NIF" in answer.json()["fields"]["party"]
    assert Invoice.objects.get().number == ""


def test_totals_are_told_without_saving(program, hotel):
    hotel.nif = ""
    hotel.save()
    answer = program.post("/facturas/totales", {"client_id": hotel.pk, "lines": [LINE, LINE]})
    told = answer.json()
    assert (told["amounts"]["total"], told["nets"]) == ("242.00", ["100.00", "100.00"])
    assert told["problems"][0]["code"] == "invoice_incomplete"
    assert not Invoice.objects.exists()


def test_a_draft_changes_only_what_is_sent(program, draft):
    one = draft(reference="Pedido 1")
    told = program.patch(f"/facturas/{one['id']}", {"lines": [LINE, LINE]}).json()
    assert (told["reference"], told["amounts"]["base"]) == ("Pedido 1", "200.00")
    told = program.patch(f"/facturas/{one['id']}", {"reference": ""}).json()
    assert (told["reference"], len(told["lines"])) == ("", 2)


def test_two_programs_do_not_overwrite_each_other(program, draft):
    one = draft()
    path = f"/facturas/{one['id']}"
    seen = program.get(path).headers["ETag"]
    assert program.patch(path, {"reference": "A"}, If_Match=seen).status_code == 200
    late = program.patch(path, {"reference": "B"}, If_Match=seen)
    assert late.status_code == 412
    assert program.post(f"{path}/emision", {}, If_Match=seen).status_code == 412
    assert Invoice.objects.get().reference == "A"


def test_a_draft_is_deleted(program, draft):
    one = draft()
    answer = program.delete(f"/facturas/{one['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert program.get(f"/facturas/{one['id']}").status_code == 404


def test_the_pdf_is_always_the_same(program, issued, settings, tmp_path):
    settings.FILES_ROOT = tmp_path
    one = issued()
    files = [program.get(f"/facturas/{one['id']}/pdf") for _n in range(2)]
    assert files[0].content.startswith(b"%PDF")
    assert files[0].content == files[1].content
    assert files[0].headers["Content-Type"] == "application/pdf"


def test_a_draft_has_no_pdf(program, draft):
    answer = program.get(f"/facturas/{draft()['id']}/pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issued")


def test_an_issued_invoice_is_sent_again(program, issued, draft):
    one = issued()
    answer = program.post(f"/facturas/{one['id']}/envio", {"to": ["ana@mirador.example"]})
    assert (answer.status_code, answer.json()["to"]) == (202, ["ana@mirador.example"])
    assert program.post(f"/facturas/{draft()['id']}/envio").status_code == 409


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"client_id": 99999}, "client_id"),
        ({"company_id": 99999}, "company_id"),
        ({"series_id": 99999}, "series_id"),
        ({"lines": [{"product_id": 99999}]}, "lines.0.product_id"),
        ({"lines": [{**LINE, "tax_category": "raro"}]}, "lines.0.tax_category"),
        ({"lines": [{**LINE, "quantity": "999999999"}]}, "lines.0.unit_price"),
        ({"lines": [{**LINE, "quantity": 1.5}]}, "lines.0.quantity"),
        ({"kind": "r9"}, "kind"),
        ({"references": [{"number": "A1"}], "kind": "r1"}, "references.0"),
        ({"references": [{"invoice_id": 99999}], "kind": "r1"}, "references.0.invoice_id"),
        ({"references": [{"number": "A1"}]}, "references"),
        ({"global_discount_pct": "101"}, "global_discount_pct"),
        ({"advance": "-50"}, "advance"),
    ],
)
def test_what_is_wrong_names_its_place(program, hotel, more, field):
    answer = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE], **more})
    assert answer.status_code == 422, answer.content
    assert field in answer.json()["fields"]
    assert not Invoice.objects.exists()


def test_a_corrective_draft_names_what_it_corrects(program, issued, hotel, lonja):
    original = issued()
    corrective = issued(
        {"concept": "Descuento", "unit_price": "-20"},
        kind="r1",
        correction="I",
        correction_reason="Descuento posterior",
        references=[{"invoice_id": original["id"]}],
    )
    assert corrective["number"].startswith("R")
    assert corrective["references"][0]["number"] == original["number"]
    assert corrective["outstanding"] == "-24.20"
    assert list(check_billing(lonja)) == []


def test_naming_ours_by_its_number_corrects_no_more_than_is_left(program, draft, issued):
    original = issued()
    named = {"number": original["number"], "issued_on": original["issued_on"]}
    line = {"concept": "Devolución", "unit_price": "-100"}
    same = {"kind": "r1", "correction": "I", "correction_reason": "Devolución"}
    first = issued(line, references=[named], **same)
    assert first["references"][0]["invoice_id"] == original["id"]
    again = draft(line, references=[named], **same)
    answer = program.post(f"/facturas/{again['id']}/emision")
    assert (answer.status_code, answer.json()["code"]) == (422, "correction_too_large")


@pytest.mark.parametrize(
    ("cause", "kind", "outstanding"),
    [("return", "r1", "-121.00"), ("insolvency", "r2", "-121.00"), ("unpaid", "r3", "-121.00")],
)
def test_an_invoice_is_corrected_whole(program, issued, lonja, cause, kind, outstanding):
    original = issued()
    made = program.post(f"/facturas/{original['id']}/rectificacion", {"cause": cause})
    assert made.status_code == 201, made.content
    draft = made.json()
    assert (draft["kind"], draft["correction"]) == (kind, "I")
    assert draft["references"][0]["invoice_id"] == original["id"]
    corrective = program.post(f"/facturas/{draft['id']}/emision").json()
    assert corrective["outstanding"] == outstanding
    assert list(check_billing(lonja)) == []


def test_wrong_data_are_replaced(program, issued, lonja):
    original = issued()
    draft = program.post(f"/facturas/{original['id']}/rectificacion", {"cause": "data"}).json()
    assert (draft["kind"], draft["correction"], draft["amounts"]["total"]) == ("r4", "S", "121.00")
    told = program.post(f"/facturas/{draft['id']}/emision")
    assert told.status_code == 200, told.content


def test_a_draft_is_not_corrected(program, draft):
    answer = program.post(f"/facturas/{draft()['id']}/rectificacion", {"cause": "return"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issued")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=draft", 1),
        ("state=issued", 2),
        ("state=paid", 0),
        ("state=partly_paid", 0),
        ("kind=ordinary", 3),
        ("kind=r1", 0),
        ("q=mirador", 2),
        ("issued_from=2199-01-01", 0),
        ("issued_to=1999-01-01", 0),
        ("changed_since=2020-01-01T00:00:00Z", 3),
    ],
)
def test_invoices_are_filtered(program, draft, issued, query, found):
    draft()
    issued()
    late = issued()
    Invoice.objects.filter(pk=late["id"]).update(search_text="nada")
    assert len(program.get(f"/facturas?{query}").json()["items"]) == found


def test_the_overdue_are_those_past_their_day(program, issued, lonja, monkeypatch):
    from lonja.api.door.call import Call

    issued()
    assert program.get("/facturas?state=overdue").json()["items"] == []
    later = lonja.company.today() + timedelta(days=400)
    monkeypatch.setattr(Call, "today", later)
    (one,) = program.get("/facturas?state=overdue").json()["items"]
    assert one["state"] == "overdue"


def test_pages_of_invoices_follow_the_date(program, draft):
    made = [draft(issued_on=f"2026-0{n}-01")["id"] for n in (3, 1, 2)]
    first = program.get("/facturas?limit=2").json()
    second = program.get(f"/facturas?limit=2&cursor={first['next']}").json()
    shown = [row["id"] for row in first["items"] + second["items"]]
    assert shown == [made[0], made[2], made[1]]
    assert second["next"] is None


def test_the_list_costs_the_same_however_long(program, draft):
    def queries(more: int) -> int:
        for _n in range(more):
            draft()
        program.get("/facturas")
        with CaptureQueriesContext(connection) as asked:
            program.get("/facturas?limit=100")
        return len(asked)

    few = queries(2)
    assert queries(15) == few
    assert few <= 10
