"""UBL and CII of every kind of invoice, judged by the official validators of EN 16931."""

from __future__ import annotations

from decimal import Decimal

import pytest
from lxml import etree

from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.tests.conftest import SAMPLES, broken_rules
from lonja.kit.errors import Refused

D = Decimal


def made(invoice, kind):
    return electronic_copy(invoice, kind).read()


def judged(invoice):
    """What the three validators say of its UBL and its CII."""
    cii = made(invoice, "cii")
    return [
        *broken_rules("ubl", made(invoice, "ubl")),
        *broken_rules("cii", cii),
        *broken_rules("facturx", cii),
    ]


def text(xml, name):
    return [node.text for node in etree.fromstring(xml).iter(f"{{*}}{name}")]


def test_the_validator_itself_accepts_the_official_samples_and_refuses_a_broken_one():
    sample = (SAMPLES / "ubl-tc434-example1.xml").read_bytes()
    assert broken_rules("ubl", sample) == []
    wrong = sample.replace(b">250.33</cbc:PayableAmount", b">251.33</cbc:PayableAmount")
    assert any("BR-CO-16" in rule for rule in broken_rules("ubl", wrong))
    assert broken_rules("cii", (SAMPLES / "CII_example3.xml").read_bytes()) == []


def test_an_ordinary_invoice_with_discounts_and_three_rates(issue):
    one = issue(
        {"quantity": "3", "unit_price": "33.333333", "unit": "h", "discount_pct": "5"},
        {"unit_price": "250", "tax_category": "iva_reducido", "detail": "Con detalle <&>"},
        {"unit_price": "-10.5", "tax_category": "iva_superreducido"},
        global_discount_pct=D("2"),
        reference="PED-2026-7",
    )
    assert judged(one) == []
    xml = made(one, "ubl")
    assert text(xml, "PayableAmount") == [f"{D(one.payable_cents) / 100:.2f}"]
    assert text(xml, "ID")[0] == one.number
    assert "ValidarQR" in text(xml, "URI")[0]
    assert text(xml, "BuyerReference") == ["PED-2026-7"]


def test_an_amount_of_discount_shared_between_rates(issue):
    one = issue(
        {"unit_price": "100"},
        {"unit_price": "50", "tax_category": "iva_reducido"},
        global_discount_cents=1000,
    )
    assert judged(one) == []


def test_prices_with_tax_inside_give_the_same_total(issue):
    one = issue(
        {"unit_price": "9.99", "quantity": "7"},
        {"unit_price": "1.35", "quantity": "3", "tax_category": "iva_reducido"},
        prices_include_tax=True,
        global_discount_pct=D("3"),
    )
    assert judged(one) == []
    assert text(made(one, "ubl"), "PayableAmount") == [f"{D(one.payable_cents) / 100:.2f}"]


@pytest.mark.parametrize(
    ("category", "who", "code", "vatex"),
    [
        ("exenta_art20", "hotel", "E", None),
        ("exportacion", "mill", "G", "VATEX-EU-G"),
        ("intracomunitaria", "spa", "K", "VATEX-EU-IC"),
        ("isp", "hotel", "AE", "VATEX-EU-AE"),
        ("servicio_intracomunitario", "spa", "AE", "VATEX-EU-AE"),
        ("no_sujeta_localizacion", "mill", "O", "VATEX-EU-O"),
        ("exenta_art22", "hotel", "E", None),
    ],
)
def test_each_reason_to_charge_no_tax_has_its_code(issue, request, category, who, code, vatex):
    one = issue({"tax_category": category}, party=request.getfixturevalue(who))
    assert judged(one) == []
    root = etree.fromstring(made(one, "ubl"))
    row = root.find("{*}TaxTotal/{*}TaxSubtotal/{*}TaxCategory")
    assert row.find("{*}ID").text == code
    given = row.find("{*}TaxExemptionReasonCode")
    assert (given.text if given is not None else None) == vatex
    assert row.find("{*}TaxExemptionReason").text


@pytest.mark.parametrize(
    ("territory", "category", "code"),
    [("canarias", "igic_general", "L"), ("ceuta", "ipsi_4", "M")],
)
def test_the_taxes_of_canarias_and_ceuta(issue, lonja, territory, category, code):
    from lonja.tax.categories import categories

    lonja.company.territory = territory
    lonja.company.save()
    taxed = next(one.code for one in categories(territory) if one.is_taxed)
    one = issue({"tax_category": taxed})
    assert judged(one) == []
    assert code in text(made(one, "cii"), "CategoryCode")


def test_a_suplido_is_paid_but_is_no_part_of_the_base(issue):
    one = issue({}, {"concept": "Tasa municipal", "unit_price": "30", "is_disbursement": True})
    assert judged(one) == []
    xml = made(one, "ubl")
    assert text(xml, "PayableAmount") == ["151.00"]
    assert "VATEX-EU-79-C" in text(xml, "TaxExemptionReasonCode")


def test_a_correction_by_differences_is_a_credit_note(issue):
    original = issue({})
    one = issue({"unit_price": "-20"}, kind="r1", correction="I", names=[original])
    assert judged(one) == []
    xml = made(one, "ubl")
    assert etree.QName(etree.fromstring(xml)).localname == "CreditNote"
    assert text(xml, "PayableAmount") == ["24.20"]
    assert original.number in text(xml, "ID")


def test_a_correction_by_substitution_is_a_corrected_invoice(issue):
    original = issue({})
    one = issue(
        {"unit_price": "80"},
        kind="r4",
        correction="S",
        names=[original],
        corrected_base_cents=original.base_cents,
        corrected_tax_cents=original.tax_cents,
    )
    assert judged(one) == []
    assert text(made(one, "cii"), "TypeCode")[0] == "384"


def test_another_currency_also_says_its_tax_in_euros(issue):
    one = issue({}, currency="USD", exchange_rate=D("0.9"))
    assert judged(one) == []
    assert tuple(text(made(one, "cii"), "TaxTotalAmount")) == ("21.00", "18.90")


def test_an_advance_is_deducted_from_what_is_to_pay(issue):
    one = issue({}, advance_cents=5000)
    assert judged(one) == []
    assert text(made(one, "ubl"), "PrepaidAmount") == ["50.00"]


def test_a_month_gathered_in_one_invoice_says_its_period(issue, lonja):
    day = lonja.company.today()
    one = issue({"operation_on": day}, {"operation_on": day.replace(day=1)}, kind="recap")
    assert judged(one) == []
    assert text(made(one, "ubl"), "StartDate") == [day.replace(day=1).isoformat()]


@pytest.mark.parametrize(
    ("line", "more", "code"),
    [
        ({}, {"withholding_pct": D("15")}, "en16931_withholding"),
        ({}, {"surcharge": True}, "en16931_surcharge"),
    ],
)
def test_what_the_standard_cannot_say_is_refused_naming_what_can(issue, line, more, code):
    one = issue(line, **more)
    with pytest.raises(Refused) as refused:
        electronic_copy(one, "ubl")
    assert refused.value.code == code
    assert "Facturae" in str(refused.value)


def test_a_receipt_without_recipient_is_refused(issue):
    with pytest.raises(Refused) as refused:
        electronic_copy(issue({}, kind="simplified"), "cii")
    assert refused.value.code == "einvoice_no_recipient"


def test_the_faithful_copy_says_that_it_is_one(issue):
    xml = made(issue({}), "ubl_copy")
    assert text(xml, "CopyIndicator") == ["true"]
    assert broken_rules("ubl", xml) == []


def test_a_copy_is_made_once(issue):
    one = issue({})
    assert electronic_copy(one, "ubl").pk == electronic_copy(one, "ubl").pk
