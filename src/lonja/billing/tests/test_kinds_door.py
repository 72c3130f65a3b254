"""Choosing the kind of invoice, and the fields that belong to each, through the door."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lonja.billing.actions.issue import issue_invoice
from lonja.billing.models import Invoice, InvoiceReference, MonthlySales, Status
from lonja.billing.verify import check_billing
from lonja.fiscal.models import Record
from lonja.parties.models import Party, VatCheck

NEW = "/facturas/nueva/?b=prueba"


def receipt(as_lucia, typed, key: str, price: str = "100", **more) -> Invoice:
    """A simplificada issued through the door, without a client, tax in the price."""
    data = typed({"unit_price": price}, kind="simplified", kind_before="ordinary", **more)
    answer = as_lucia.post(
        f"/facturas/nueva/?b={key}", {**data, "party": "", "party_before": "", "accion": "emitir"}
    )
    assert answer.status_code == 303, answer.content.decode()
    return Invoice.objects.order_by("-pk").first()


def test_the_list_and_the_editor_say_what_each_kind_is_for(as_lucia, series):
    menu = as_lucia.get("/facturas/").content.decode()
    assert "?tipo=simplified" in menu
    assert "sin datos del cliente" in menu
    page = as_lucia.get("/facturas/nueva/?tipo=simplified&b=x").content.decode()
    assert "Los precios llevan el impuesto incluido" in page
    assert "Retención de IRPF" not in page


def test_changing_the_kind_brings_its_series_and_its_fields(as_lucia, typed):
    data = typed(kind="simplified", kind_before="ordinary")
    html = as_lucia.post("/facturas/nueva/calculo/?b=x", data).content.decode()
    assert 'id="segun-tipo"' in html
    assert "T · Simplificadas" in html or 'id="id_series-campo"' in html
    assert not Invoice.objects.exists()


def test_a_receipt_needs_no_client_and_its_prices_may_hold_the_tax(as_lucia, typed, lonja):
    one = receipt(as_lucia, typed, "a", prices_include_tax="on")
    assert (one.number[0], one.total_cents, one.base_cents) == ("T", 10000, 8264)
    assert one.party.name == "Cliente de contado"
    assert "<Destinatarios>" not in Record.objects.get(invoice=one).xml.replace("sf:", "")
    two = receipt(as_lucia, typed, "b")
    assert two.party == one.party
    assert Party.objects.filter(name="Cliente de contado").count() == 1
    assert list(check_billing(lonja)) == []


def test_over_400_the_receipt_is_refused_and_all_is_kept(as_lucia, typed, lonja):
    data = typed({"concept": "Caldera", "unit_price": "340"}, kind="simplified", reference="R-9")
    html = as_lucia.post(NEW, {**data, "accion": "emitir"}).content.decode()
    assert "art. 4.1.a RD 1619/2012" in html
    assert 'value="Caldera"' in html
    assert 'value="R-9"' in html
    lonja.company.activity = "retail"
    lonja.company.save()
    done = as_lucia.post(f"/facturas/{Invoice.objects.get().pk}/editar/", {**data, "version": 1})
    assert done.status_code == 303


def test_the_activity_of_art_4_2_is_chosen_in_settings(as_lucia, lonja):
    page = as_lucia.get("/configuracion/empresa/").content.decode()
    assert "Servicios de hosteler" in page or "Hostelería" in page
    company = lonja.company
    data = {
        "company": company.pk,
        "nif": company.nif,
        "legal_name": company.legal_name,
        "address": "C/ Mayor, 1",
        "postcode": "46013",
        "city": "València",
        "territory": company.territory,
        "activity": "hospitality",
    }
    as_lucia.post("/configuracion/empresa/", data)
    company.refresh_from_db()
    assert company.activity == "hospitality"


def test_a_qualified_one_asks_for_the_nif(as_lucia, typed, hotel):
    Party.objects.filter(pk=hotel.pk).update(nif="")
    data = typed(kind="qualified", kind_before="ordinary", accion="emitir")
    html = as_lucia.post(NEW, data).content.decode()
    assert "Falta el NIF" in html
    Party.objects.filter(pk=hotel.pk).update(nif="B12345674")
    as_lucia.post(f"/facturas/{Invoice.objects.get().pk}/editar/", {**data, "version": 1})
    xml = Record.objects.get().xml.replace("sf:", "")
    assert "<FacturaSimplificadaArt7273>S<" in xml


def test_discounts_chain_and_the_rest_of_the_fields_are_kept(as_lucia, typed):
    line = {
        "unit_price": "100",
        "discount_pct": "10+5",
        "operation_on": "hoy",
        "not_withheld": "on",
    }
    other = {"concept": "Tasa", "unit_price": "30", "is_disbursement": "on"}
    data = typed(line, other, global_discount_cents="5,50", advance_cents="10")
    as_lucia.post(NEW, data)
    draft = Invoice.objects.get()
    first, second = draft.lines.all()
    assert (first.discount_pct, first.extra_discounts, first.withheld) == (10, "5", False)
    assert second.is_disbursement
    assert (draft.base_cents, draft.payable_cents) == (8000, 9680 + 3000 - 1000)
    page = as_lucia.get(f"/facturas/{draft.pk}/editar/").content.decode()
    assert 'value="10+5"' in page
    assert "Suplido" in page


@pytest.mark.parametrize("text", ["10+", "10+x", "120", "5+5+5+5+5"])
def test_a_discount_that_is_not_understood_is_refused(as_lucia, typed, text):
    answer = as_lucia.post(NEW, typed({"unit_price": "1", "discount_pct": text}))
    assert answer.status_code == 422
    assert f'value="{text}"' in answer.content.decode()


def test_another_currency_shows_both_totals(as_lucia, typed):
    data = typed(currency="USD", currency_before="USD", exchange_rate="0,9")
    html = as_lucia.post("/facturas/nueva/calculo/?b=x", data).content.decode()
    assert "108,90\u00a0€" in html
    assert "121,00\u00a0USD" in html
    as_lucia.post(NEW, {**data, "accion": "emitir"})
    one = Invoice.objects.get()
    from lonja.billing.document import invoice_document

    paper, _images = invoice_document(one)
    assert paper["lines"][0]["amount"] == "100,00\u00a0USD"
    assert "1 USD = 0,90" in paper["notes"]


def test_without_the_rate_another_currency_is_refused(as_lucia, typed):
    answer = as_lucia.post(NEW, typed(currency="USD"))
    assert answer.status_code == 422
    assert "art. 12 del RD 1619/2012" in answer.content.decode()


def test_a_date_before_the_last_of_the_series_is_confirmed(as_lucia, typed, issued, lonja):
    issued()
    earlier = lonja.company.today() - timedelta(days=2)
    data = typed(accion="emitir", issued_on=f"{earlier:%d/%m/%Y}", due_on="")
    asked = as_lucia.post(NEW, data)
    assert asked.status_code == 409
    html = asked.content.decode()
    assert "Confirma la fecha" in html
    assert 'value="emitir-anterior"' in html
    draft = Invoice.objects.get(status=Status.DRAFT)
    again = {**data, "accion": "emitir-anterior", "version": draft.version}
    assert as_lucia.post(f"/facturas/{draft.pk}/editar/", again).status_code == 303
    draft.refresh_from_db()
    assert draft.issued_on == earlier


# --- receipts exchanged for a full invoice


def test_receipts_of_the_list_become_one_full_invoice(as_lucia, typed, hotel, lonja):
    ones = [receipt(as_lucia, typed, str(n), "33,33", prices_include_tax="on") for n in range(3)]
    chosen = {"accion": "cambiar", "id": [one.pk for one in ones]}
    page = as_lucia.post("/facturas/acciones/", chosen, follow=True)
    assert "3 tiques" in page.content.decode()
    as_lucia.post("/facturas/cambio/", {"con": [one.pk for one in ones], "party": hotel.pk})
    draft = Invoice.objects.get(status=Status.DRAFT)
    full = issue_invoice(draft, by=None)
    assert (full.number[0], full.total_cents, full.outstanding_cents) == ("F", 9999, 0)
    assert Record.objects.get(invoice=full).xml.count("FacturaSustituida>") == 6
    assert MonthlySales.objects.get().total_cents == 9999  # sold once
    assert list(check_billing(lonja)) == []


def test_a_full_invoice_prints_its_prices_without_tax(as_lucia, typed, hotel, lucia):
    from lonja.billing.document import invoice_document

    one = receipt(as_lucia, typed, "a", "121", prices_include_tax="on")
    as_lucia.post("/facturas/cambio/", {"con": [one.pk], "party": hotel.pk})
    paper, _images = invoice_document(Invoice.objects.get(status=Status.DRAFT))
    assert paper["lines"][0]["price"] == "100,00\u00a0€"
    assert f"Sustituye a {one.number}" in paper["corrects"]


def test_a_receipt_is_exchanged_once(as_lucia, typed, hotel):
    one = receipt(as_lucia, typed, "a")
    for _n in range(2):
        as_lucia.post("/facturas/cambio/", {"con": [one.pk], "party": hotel.pk})
    first, second = Invoice.objects.filter(status=Status.DRAFT).order_by("pk")
    full = issue_invoice(first, by=None)
    html = as_lucia.post(f"/facturas/{second.pk}/emision/").content.decode()
    assert f"ya se cambió por la factura {full.number}" in html
    late = as_lucia.get(f"/facturas/cambio/?con={one.pk}")
    assert late.status_code == 409
    wrong = as_lucia.get(f"/facturas/{one.pk}/rectificativa/").content.decode()
    assert "rectifica esa" in wrong
    assert InvoiceReference.objects.filter(target=one).count() == 2


def test_only_receipts_are_exchanged(as_lucia, issued):
    answer = as_lucia.get(f"/facturas/cambio/?con={issued().pk}")
    assert answer.status_code == 409
    assert "no es una factura simplificada" in answer.content.decode()


# --- the adviser


@pytest.mark.parametrize(
    ("answers", "title", "article"),
    [
        ("sale&buyer=consumer&amount=low", "Simplificada", "art. 4.1.a RD 1619/2012"),
        ("sale&buyer=business&amount=low", "Simplificada cualificada", "art. 7.2"),
        ("sale&buyer=consumer&amount=middle", "Ordinaria", "arts. 2 y 4"),
        ("sale&amount=high", "Ordinaria", "arts. 2 y 4"),
        ("month", "Recapitulativa", "art. 13"),
        ("correct", "Rectificativa", "art. 15"),
        ("exchange", "En sustitución de simplificadas", "art. 15"),
        ("offer", "Proforma", "art. 2"),
    ],
)
def test_three_questions_lead_to_a_kind_with_its_article(as_lucia, answers, title, article):
    html = as_lucia.get(f"/facturas/que-factura/?purpose={answers}").content.decode()
    assert f'<h2 id="consejo">{title}</h2>' in html
    assert article in html


def test_with_a_listed_activity_the_adviser_reaches_three_thousand(as_lucia, lonja):
    lonja.company.activity = "retail"
    lonja.company.save()
    url = "/facturas/que-factura/?purpose=sale&buyer=consumer&amount=middle"
    html = as_lucia.get(url).content.decode()
    assert "art. 4.2 RD 1619/2012" in html
    assert "?tipo=simplified" in html


def test_an_exempt_line_carries_its_mention(as_lucia, typed):
    data = typed({"unit_price": "100", "tax_category": "exenta_art20"}, accion="emitir")
    as_lucia.post(NEW, data)
    assert "art. 20" in " ".join(Invoice.objects.get().legends)


def test_goods_of_reverse_charge_go_in_a_series_apart(as_lucia, typed):
    """Art. 84.Uno.2.º.g LIVA; art. 6.1.a.4.º RD 1619/2012."""
    row = {"unit_price": "11000", "tax_category": "isp_bienes"}
    other = {"unit_price": "10"}
    told = as_lucia.post("/facturas/nueva/?b=x", typed(row, accion="emitir"))
    assert told.status_code == 409
    assert "van en facturas y serie propias" in told.content.decode()
    blank = as_lucia.get("/facturas/nueva/?b=y&tipo=reverse_goods").content.decode()
    assert '<option value="isp_bienes" selected>' in blank
    kind = {"kind": "reverse_goods", "series": "", "accion": "emitir"}
    mixed = as_lucia.post("/facturas/nueva/?b=x", typed(row, other, **kind))
    assert "es solo para esas entregas" in mixed.content.decode()
    as_lucia.post("/facturas/nueva/?b=x", typed(row, **kind))
    one = Invoice.objects.get()
    assert (one.series.use, one.tax_cents) == ("reverse", 0)
    assert "Inversión del sujeto pasivo" in one.legends


def test_reverse_charge_carries_its_mention(as_lucia, typed):
    as_lucia.post(NEW, typed({"unit_price": "1", "tax_category": "isp"}, accion="emitir"))
    one = Invoice.objects.get()
    assert one.legends == ["Inversión del sujeto pasivo"]
    assert one.total_cents == 100 * Decimal(1)


# --- deliveries to other countries of the Union


@pytest.fixture
def german(lonja) -> Party:
    return Party.objects.create(
        name="Baumarkt GmbH",
        nif="DE136695976",
        id_type="02",
        country="DE",
        address="Hauptstr. 1",
        city="Berlin",
    )


def intra_eu(as_lucia, typed, german, key: str):
    line = {"unit_price": "100", "tax_category": "intracomunitaria"}
    data = typed(line, party=german.pk, party_before=german.pk, accion="emitir")
    return as_lucia.post(f"/facturas/nueva/?b={key}", data)


def test_without_vies_the_form_of_the_number_is_enough(as_lucia, typed, german):
    assert intra_eu(as_lucia, typed, german, "a").status_code == 303
    assert Invoice.objects.get().total_cents == 10000


def test_a_number_that_vies_denies_is_not_exempt(as_lucia, typed, german):
    VatCheck.objects.create(party=german, number=german.nif, valid=False)
    answer = intra_eu(as_lucia, typed, german, "a")
    assert answer.status_code == 409
    assert "no puede ir exenta (art. 25 LIVA)" in answer.content.decode()
    VatCheck.objects.create(party=german, number=german.nif, valid=True, reference="WAPI")
    assert intra_eu(as_lucia, typed, german, "b").status_code == 303
