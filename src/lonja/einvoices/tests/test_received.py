"""Invoices of suppliers: read, kept once, answered in time; and files made to hurt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lonja.accounts.models import Company
from lonja.billing.pdf import invoice_pdf
from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.actions.received import answer, take_back, take_in
from lonja.einvoices.inbound import read_invoices
from lonja.einvoices.law import answer_deadline, is_working_day, working_days_left
from lonja.einvoices.models import ReceivedInvoice, ReceivedStatus
from lonja.einvoices.tests.conftest import SAMPLES
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused


@pytest.fixture
def buyer(lonja, lucia, hotel):
    """The client is another company of ours: what we issue to it, it receives."""
    return Company.objects.create(
        legal_name=hotel.name, nif=hotel.nif, address="Av. del Puerto, 14", city="Dénia"
    )


@pytest.fixture
def sent(issue, certificate):
    """The file of an invoice of ours in a format: `sent("ubl", {…})`."""

    def make(kind, *lines, **more):
        return electronic_copy(issue(*lines, **more), kind).read()

    return make


@pytest.fixture
def kept(sent, buyer, lucia):
    (invoice,) = take_in(buyer, "f.xml", sent("ubl", {}), received_on=buyer.today(), by=lucia)
    return invoice


@pytest.mark.parametrize("kind", ["facturae", "ubl", "cii", "facturx"])
def test_what_we_issue_we_can_read_whatever_its_format(sent, buyer, lucia, kind):
    content = sent(kind, {"quantity": "2", "unit_price": "50"}, {"unit_price": "7.5"})
    (one,) = take_in(buyer, "factura", content, received_on=buyer.today(), by=lucia)
    assert (one.supplier_nif, one.supplier_name) == ("B98765431", "Clima Levante, S.L.")
    assert (one.number, one.issued_on) == ("F2026/0001", buyer.today())
    assert (one.base_cents, one.tax_cents, one.total_cents) == (10750, 2258, 13008)
    assert one.lines[0] == ["Mantenimiento", "2", "100.00"]
    assert one.iban == "ES9121000418450200051332"
    assert one.file.read() == content


def test_a_retention_and_a_credit_note_keep_their_signs(sent, issue, buyer, lucia):
    from decimal import Decimal

    day = buyer.today()
    content = sent("facturae", {}, withholding_pct=Decimal("15"))
    (one,) = take_in(buyer, "a", content, received_on=day, by=lucia)
    assert (one.total_cents, one.withholding_cents, one.payable_cents) == (12100, 1500, 10600)
    credit = issue({"unit_price": "-20"}, kind="r1", correction="I", names=[issue({})])
    content = electronic_copy(credit, "ubl").read()
    (two,) = take_in(buyer, "b", content, received_on=day, by=lucia)
    assert (two.base_cents, two.total_cents) == (-2000, -2420)


@pytest.mark.parametrize(
    "name",
    [
        "ubl-tc434-example1.xml",
        "ubl-tc434-creditnote1.xml",
        "ubl-tc434-example9.xml",
        "CII_example1.xml",
        "CII_example7.xml",
    ],
)
def test_the_official_samples_are_understood(name):
    (one,) = read_invoices((SAMPLES / name).read_bytes())
    assert one.number and one.supplier and one.lines
    assert one.base + one.tax == one.total


def test_the_same_invoice_is_not_kept_twice(kept, sent, buyer, lucia):
    content = kept.file.read()
    with pytest.raises(Refused) as refused:
        take_in(buyer, "otra.xml", content, received_on=buyer.today(), by=lucia)
    assert refused.value.code == "received_twice"
    assert ReceivedInvoice.objects.count() == 1


def test_an_invoice_for_somebody_else_or_our_own_is_refused(sent, lonja, buyer, lucia, spa):
    ours = sent("ubl", {})
    with pytest.raises(Refused) as refused:
        take_in(lonja.company, "f.xml", ours, received_on=buyer.today(), by=lucia)
    assert refused.value.code == "received_not_ours"
    own = ours.replace(b"ESB12345674", b"ESB98765431").replace(b">B12345674<", b">B98765431<")
    with pytest.raises(Refused) as refused:
        take_in(lonja.company, "f.xml", own, received_on=buyer.today(), by=lucia)
    assert refused.value.code == "received_own"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Invoice>&b;</Invoice>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<Invoice><ID>&f;</ID></Invoice>"""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "xml_doctype"),
        (OUTSIDE, "xml_doctype"),
        (b"", "xml_broken"),
        (b"hola", "xml_broken"),
        (b"\x00\xff\xfe" * 20, "xml_broken"),
        (b"<a>" * 100 + b"</a>" * 100, "xml_too_deep"),
        (b"<html/>", "inbound_unknown"),
        (b"<Invoice/>", "inbound_broken"),
        (b"<Facturae/>", "inbound_empty"),
        (b"<CrossIndustryInvoice/>", "inbound_broken"),
        (b"%PDF-1.7 nada", "pdf_broken"),
        (b" " * (11 * 1024 * 1024), "xml_too_large"),
    ],
)
def test_a_file_made_to_hurt_is_refused_and_nothing_is_kept(lonja, lucia, content, code):
    with pytest.raises(Refused) as refused:
        take_in(lonja.company, "f", content, received_on=lonja.company.today(), by=lucia)
    assert refused.value.code == code
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("amount", [b"NaN", b"1e5", b"121,00", b"9" * 40])
def test_an_amount_that_is_not_one_is_named(sent, buyer, lucia, amount):
    content = sent("ubl", {}).replace(b'currencyID="EUR">121.00<', b'currencyID="EUR">%b<' % amount)
    with pytest.raises(Refused) as refused:
        take_in(buyer, "f.xml", content, received_on=buyer.today(), by=lucia)
    assert refused.value.code == "inbound_broken"


# --- the clock ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 11, 16), date(2026, 11, 20)),  # Monday: Tuesday to Friday
        (date(2026, 11, 20), date(2026, 11, 26)),  # Friday: over a weekend
        (date(2026, 11, 21), date(2026, 11, 26)),  # received on a Saturday
        (date(2026, 12, 4), date(2026, 12, 11)),  # 8 December is a holiday of all Spain
        (date(2026, 12, 23), date(2026, 12, 30)),  # Christmas
    ],
)
def test_four_days_without_weekends_nor_national_holidays(since, until):
    assert answer_deadline(since) == until
    assert working_days_left(until, since) == 4
    assert working_days_left(until, until) == 0


def test_what_is_past_counts_the_other_way():
    assert working_days_left(date(2026, 11, 20), date(2026, 11, 24)) == -2
    assert not is_working_day(date(2027, 1, 6))
    assert is_working_day(date(2026, 11, 9))  # a holiday of Madrid only


# --- answers ------------------------------------------------------------------------------------
def test_accepting_and_paying_leave_their_days(kept, lucia):
    day = kept.received_on
    answer(kept, "accepted", day, by=lucia)
    answer(kept, "paid", day, by=lucia)
    kept.refresh_from_db()
    assert kept.state == "paid"
    told = ReceivedStatus.objects.order_by("pk").values_list("state", "on", "report_by")
    assert list(told) == [
        ("accepted", day, answer_deadline(day)),
        ("paid", day, answer_deadline(day)),
    ]


def test_answers_are_taken_back_one_by_one(kept, lucia):
    day = kept.received_on
    answer(kept, "accepted", day, by=lucia)
    answer(kept, "paid", day, by=lucia)
    assert [take_back(kept, by=lucia).state for _ in range(2)] == ["accepted", "pending"]
    with pytest.raises(Refused) as refused:
        take_back(kept, by=lucia)
    assert refused.value.code == "received_nothing"


@pytest.mark.parametrize(
    ("state", "days", "code"),
    [
        ("rejected", 0, "status_reason"),
        ("accepted", 1, "status_day"),
        ("accepted", -1, "status_day"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(kept, lucia, state, days, code):
    with pytest.raises(Refused) as refused:
        answer(kept, state, kept.received_on + timedelta(days), by=lucia)
    assert refused.value.code == code
    assert not ReceivedStatus.objects.exists()


def test_a_rejected_invoice_is_not_paid(kept, lucia):
    answer(kept, "rejected", kept.received_on, by=lucia, reason="No es nuestra")
    with pytest.raises(Refused) as refused:
        answer(kept, "paid", kept.received_on, by=lucia)
    assert refused.value.code == "received_state"


# --- screens ------------------------------------------------------------------------------------
@pytest.fixture
def supplier_file(sent):
    """An invoice for us, from another: ours with the two parties changed over."""
    content = sent("ubl", {})
    swapped = content.replace(b"B98765431", b"#").replace(b"B12345674", b"B98765431")
    return swapped.replace(b"#", b"B12345674")


def upload(content, name="factura.xml"):
    return SimpleUploadedFile(name, content)


def test_uploaded_listed_answered_and_downloaded(as_lucia, supplier_file, lonja):
    day = f"{lonja.company.today():%d/%m/%Y}"
    data = {"file": upload(supplier_file), "received_on": day}
    answered = as_lucia.post("/facturas-recibidas/nueva/", data)
    assert answered.status_code == 303
    one = ReceivedInvoice.objects.get()
    listed = as_lucia.get("/facturas-recibidas/?vista=por-contestar").content.decode()
    assert "Quedan 4 días hábiles" in listed
    page = f"/facturas-recibidas/{one.pk}/"
    assert "Fichero original" in as_lucia.get(page).content.decode()
    assert as_lucia.get(f"{page}fichero/").content == supplier_file
    assert as_lucia.post(f"{page}rechazo/", {"on": day, "reason": ""}).status_code == 422
    assert as_lucia.post(f"{page}aceptacion/", {"on": day}).status_code == 303
    assert "la dejó como: Aceptada" in as_lucia.get(page).content.decode()
    assert as_lucia.post(f"{page}deshacer/").status_code == 303
    one.refresh_from_db()
    assert one.state == "pending"
    again = as_lucia.post(
        "/facturas-recibidas/nueva/", {"file": upload(supplier_file), "received_on": day}
    )
    assert again.status_code == 409
    assert "ya estaba guardada" in again.content.decode()


def test_a_pdf_without_invoice_says_what_to_do(as_lucia, issue, lonja):
    pdf = invoice_pdf(issue({})).read()
    day = f"{lonja.company.today():%d/%m/%Y}"
    answer_ = as_lucia.post(
        "/facturas-recibidas/nueva/", {"file": upload(pdf, "f.pdf"), "received_on": day}
    )
    assert answer_.status_code == 409
    assert "no lleva una factura electrónica dentro" in answer_.content.decode()


def test_texts_of_a_supplier_are_only_text(as_lucia, supplier_file, lonja):
    evil = supplier_file.replace(b"Mantenimiento", b"&lt;script&gt;alert(1)&lt;/script&gt;")
    day = f"{lonja.company.today():%d/%m/%Y}"
    as_lucia.post("/facturas-recibidas/nueva/", {"file": upload(evil), "received_on": day})
    html = as_lucia.get(f"/facturas-recibidas/{ReceivedInvoice.objects.get().pk}/").content
    assert b"<script>alert" not in html


def test_outsiders_and_salespeople_find_nothing(as_nuria, as_marcos, kept):
    for path in ("", "fichero/", "aceptacion/", "rechazo/", "pago/"):
        assert as_nuria.get(f"/facturas-recibidas/{kept.pk}/{path}").status_code == 404
        assert as_marcos.get(f"/facturas-recibidas/{kept.pk}/{path}").status_code == 403
    assert as_nuria.post(f"/facturas-recibidas/{kept.pk}/pago/").status_code == 404
    assert as_marcos.get("/facturas-recibidas/").status_code == 403


def test_a_huge_pdf_name_is_a_file_like_any_other(lonja, lucia):
    with pytest.raises(Refused):
        take_in(
            lonja.company,
            "x" * 4000,
            b"<x/>",
            received_on=lonja.company.today(),
            by=lucia,
        )
