"""Facturae: valid, exact and signed under its policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import SignatureConfiguration
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import XMLVerifier

from lonja.einvoices import schema
from lonja.einvoices.actions.certificates import keep_certificate
from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.facturae.sign import POLICY_SHA1, XADES
from lonja.einvoices.facturae.xml import person_name
from lonja.einvoices.models import EinvoiceProfile, SigningCertificate
from lonja.einvoices.tests.conftest import P12_PASSWORD, p12
from lonja.kit.errors import Refused

D = Decimal


def signed(invoice):
    """The root of its Facturae, valid against the XSD once signed."""
    root = etree.fromstring(electronic_copy(invoice, "facturae").read())
    assert schema.errors("facturae", root) == []
    return root


def one(root, name):
    found = root.findall(f".//{name}")
    assert len(found) == 1, name
    return found[0]


def verified(content, certificate):
    """What the signature covers, checked by a library that is not ours."""
    pem = certificate.open().certificate.public_bytes(Encoding.PEM).decode()
    config = SignatureConfiguration(expect_references=3)
    return XMLVerifier().verify(content, x509_cert=pem, expect_config=config)


def test_an_invoice_with_everything(issue, certificate):
    invoice = issue(
        {"quantity": "3", "unit_price": "33.333333", "discount_pct": "5", "unit": "h"},
        {"unit_price": "50", "tax_category": "exenta_art20", "withheld": False},
        {"concept": "Tasas", "unit_price": "12.5", "is_disbursement": True},
        withholding_pct=D("15"),
        global_discount_pct=D("2"),
        advance_cents=1000,
        message="Gracias",
    )
    root = signed(invoice)
    cents = {"InvoiceTotal": invoice.total_cents - invoice.withholding_cents}
    cents |= {"TotalTaxesWithheld": invoice.withholding_cents}
    cents |= {"TotalExecutableAmount": invoice.payable_cents}
    totals = one(root, "InvoiceTotals")
    for name, expected in cents.items():
        assert totals.find(name).text == f"{D(expected) / 100:.2f}"
    assert totals.find("TotalReimbursableExpenses").text == "12.50"
    assert totals.find("TotalPaymentsOnAccount").text == "10.00"
    assert one(root, "SpecialTaxableEventReason").text.startswith("Operación exenta (art. 20")
    assert one(root, "IBAN").text == "ES9121000418450200051332"
    assert "ValidarQR" in one(root, "InvoiceAdditionalInformation").text


def test_each_total_is_the_sum_of_what_it_says(issue, certificate):
    invoice = issue(
        {"quantity": "7", "unit_price": "0.333333", "discount_pct": "12.5"},
        {"quantity": "1.25", "unit_price": "19.99", "tax_category": "iva_reducido"},
        global_discount_pct=D("3.5"),
    )
    root = signed(invoice)

    def total(path):
        return sum(D(node.text) for node in root.findall(path))

    lines = total(".//InvoiceLine/GrossAmount")
    assert lines == total(".//TotalGrossAmount")
    assert lines - total(".//TotalGeneralDiscounts") == total(".//TotalGrossAmountBeforeTaxes")
    outputs = total("Invoices/Invoice/TaxesOutputs/Tax/TaxAmount/TotalAmount")
    assert outputs == total(".//TotalTaxOutputs")
    assert total(".//InvoiceTotal") == total(".//TotalGrossAmountBeforeTaxes") + outputs


def test_the_surcharge_of_a_retailer(issue, certificate):
    root = signed(issue({}, surcharge=True))
    assert [n.text for n in root.findall(".//EquivalenceSurcharge")] == ["5.20", "5.20"]
    assert one(root, "TotalTaxOutputs").text == "26.20"


def test_a_public_body_has_its_units(issue, certificate, hotel):
    EinvoiceProfile.objects.create(
        party=hotel,
        accounting_office="L01460012",
        managing_body="L01460013",
        processing_unit="L01460014",
        proposing_body="L01460015",
    )
    root = signed(issue({}))
    units = [
        (unit.find("RoleTypeCode").text, unit.find("CentreCode").text)
        for unit in root.findall(".//AdministrativeCentre")
    ]
    assert units == [
        ("01", "L01460012"),
        ("02", "L01460013"),
        ("03", "L01460014"),
        ("04", "L01460015"),
    ]


@pytest.mark.parametrize(
    ("method", "more", "price", "words"),
    [
        ("I", {}, "-20", "Rectificación por diferencias"),
        (
            "S",
            {"corrected_base_cents": 10000, "corrected_tax_cents": 2100},
            "80",
            "Rectificación íntegra",
        ),
    ],
)
def test_a_corrective_names_what_it_corrects(issue, certificate, method, more, price, words):
    original = issue({})
    invoice = issue({"unit_price": price}, kind="r1", correction=method, names=[original], **more)
    root = signed(invoice)
    corrective = one(root, "Corrective")
    assert corrective.find("InvoiceNumber").text == original.number
    assert corrective.find("CorrectionMethodDescription").text == words
    assert one(root, "InvoiceClass").text == "OR"


def test_foreign_recipients_and_currencies(issue, certificate, spa):
    root = signed(
        issue(
            {"tax_category": "intracomunitaria"},
            party=spa,
            currency="USD",
            exchange_rate=D("0.9"),
        )
    )
    assert one(root, "OverseasAddress/CountryCode").text == "FRA"
    assert [n.text for n in root.findall(".//ResidenceTypeCode")] == ["R", "U"]
    assert one(root, "ExchangeRate").text == "0.9"
    assert one(root, "TotalInvoicesAmount/EquivalentInEuros").text == "90.00"


def test_a_person_has_name_and_surnames(issue, certificate, hotel):
    hotel.name, hotel.nif = "Gil Soler, Ana", "12345678Z"
    hotel.save()
    person = one(signed(issue({})), "Individual")
    told = [person.find(n).text for n in ("Name", "FirstSurname", "SecondSurname")]
    assert told == ["Ana", "Gil", "Soler"]
    assert person_name("Ana María Gil Soler") == ("Ana María", "Gil", "Soler")


def test_the_signature_holds_and_covers_the_whole_invoice(issue, certificate):
    content = electronic_copy(issue({}), "facturae").read()
    covered = verified(content, certificate)
    assert len(covered) == 3
    whole = [r.signed_xml for r in covered if r.signed_xml.tag.endswith("Facturae")]
    assert whole
    assert whole[0].find(".//InvoiceNumber") is not None


def test_a_cent_changed_after_signing_is_noticed(issue, certificate):
    content = electronic_copy(issue({}), "facturae").read()
    changed = content.replace(b"<TotalTaxOutputs>21.00", b"<TotalTaxOutputs>20.00")
    assert changed != content
    with pytest.raises((InvalidDigest, SignXMLException)):
        verified(changed, certificate)


def test_the_signature_follows_the_policy_of_facturae(issue, certificate):
    root = signed(issue({}))
    qualifying = root.find(f".//{{{XADES}}}QualifyingProperties")
    assert schema.errors("xades", qualifying) == []
    policy = qualifying.find(f".//{{{XADES}}}SignaturePolicyId")
    assert policy.find(".//{*}Identifier").text.endswith("formato_facturae_v3_1.pdf")
    assert policy.find(".//{*}DigestValue").text == POLICY_SHA1
    assert qualifying.find(f".//{{{XADES}}}ClaimedRole").text == "emisor"


def test_the_same_bytes_are_given_each_time(issue, certificate):
    invoice = issue({})
    assert (
        electronic_copy(invoice, "facturae").read() == electronic_copy(invoice, "facturae").read()
    )


@pytest.mark.parametrize(
    ("missing", "code"), [("address", "facturae_address"), ("postcode", "facturae_postcode")]
)
def test_what_is_missing_in_the_ficha_is_named(issue, certificate, missing, code):
    invoice = issue({})
    invoice.recipient = {**invoice.recipient, "street": "", "postcode": ""}
    setattr(invoice.party, missing, "")
    with pytest.raises(Refused) as refused:
        electronic_copy(invoice, "facturae")
    assert refused.value.code == code


def test_an_address_frozen_only_in_lines_is_read_back(issue, certificate):
    invoice = issue({})
    frozen = {k: v for k, v in invoice.recipient.items() if k not in ("street", "postcode")}
    invoice.recipient = {**frozen, "address": ["C/ Vieja, 1", "46001 València (Valencia)"]}
    buyer = one(signed(invoice), "BuyerParty")
    told = [buyer.find(f".//{n}").text for n in ("Address", "PostCode", "Town", "Province")]
    assert told == ["C/ Vieja, 1", "46001", "València", "Valencia"]


def test_without_certificate_it_says_where_to_put_it(issue):
    with pytest.raises(Refused) as refused:
        electronic_copy(issue({}), "facturae")
    assert refused.value.code == "no_certificate"


def test_an_expired_certificate_signs_nothing(issue, certificate):
    past = datetime.now(UTC) - timedelta(days=1)
    SigningCertificate.objects.update(not_after=past)
    with pytest.raises(Refused) as refused:
        electronic_copy(issue({}), "facturae")
    assert refused.value.code == "certificate_expired"


@pytest.mark.parametrize(
    ("content", "password", "code"),
    [
        (p12(), "otra", "certificate_password"),
        (b"no es un certificado", "x", "certificate_broken"),
        (b"", "x", "certificate_size"),
        (p12("B12345674"), P12_PASSWORD, "certificate_nif"),
        (p12(days=-1), P12_PASSWORD, "certificate_expired"),
    ],
)
def test_a_certificate_that_does_not_serve_is_not_kept(lonja, lucia, content, password, code):
    with pytest.raises(Refused) as refused:
        keep_certificate(lonja.company, content, password, by=lucia)
    assert refused.value.code == code
    assert not SigningCertificate.objects.exists()


def test_the_key_is_kept_sealed_and_the_new_one_replaces_the_old(lonja, lucia, certificate):
    assert P12_PASSWORD not in certificate.sealed_password
    newer = keep_certificate(lonja.company, p12(days=500), P12_PASSWORD, by=lucia)
    assert SigningCertificate.objects.get(is_current=True) == newer
    assert newer.open().nifs[0] == lonja.company.nif
