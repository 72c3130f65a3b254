"""Every kind of invoice is issued, recorded, and only when the law lets it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.kinds import KINDS, codes, kind_of
from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference
from lonja.billing.models.invoice import FIRST_CORRECTIVE, LAST_CORRECTIVE
from lonja.billing.verify import check_billing
from lonja.fiscal.models import Record
from lonja.kit.errors import Refused


@pytest.fixture
def make(lonja, hotel, lucia):
    """A draft of a kind: `make("r1", price="-20", corrects=[original], correction="I")`."""

    def make(kind: str, *, price: str = "100", names=(), extra="", **more: Any) -> Invoice:
        company = lonja.company
        if kind_of(kind).corrects:
            more.setdefault("correction_reason", "Cambio de precio")
        invoice = Invoice(
            company=company, party=hotel, kind=kind, issued_on=company.today(), **more
        )
        line = InvoiceLine(
            concept="Mantenimiento", unit_price=Decimal(price), extra_discounts=extra
        )
        save_draft(invoice, [line], by=lucia)
        role = "corrects" if kind_of(kind).corrects else "substitutes"
        for original in names:
            InvoiceReference.objects.create(
                invoice=invoice,
                role=role,
                target=original,
                number=original.number,
                issued_on=original.issued_on,
                legal=kind_of(original.kind).legal,
            )
        return invoice

    return make


@pytest.fixture
def issued(make, lucia):
    def issued(kind: str, **more: Any) -> Invoice:
        return issue_invoice(make(kind, **more), by=lucia)

    return issued


@pytest.mark.parametrize(
    ("kind", "legal", "prefix"),
    [("simplified", "F2", "T"), ("qualified", "F1", "T"), ("recap", "F1", "F")],
)
def test_each_kind_is_numbered_in_its_series_and_recorded(issued, lonja, kind, legal, prefix):
    one = issued(kind)
    assert one.number == f"{prefix}{one.year}/0001"
    assert Record.objects.get().invoice_type == legal
    assert list(check_billing(lonja)) == []


@pytest.mark.parametrize("kind", ["r1", "r2", "r3", "r4"])
def test_a_corrective_names_what_it_corrects(issued, kind):
    original = issued("ordinary")
    one = issued(kind, names=[original], correction="I", price="-20")
    xml = Record.objects.get(invoice=one).xml
    assert one.number.startswith("R")
    assert f"<TipoFactura>{kind.upper()}</TipoFactura>" in xml.replace("sf:", "").replace("T:", "")
    assert original.number in xml
    assert one.outstanding_cents == -2420


def test_a_correction_by_substitution_says_what_it_replaces(issued):
    original = issued("ordinary")
    one = issued(
        "r1",
        names=[original],
        correction="S",
        price="80",
        corrected_base_cents=original.base_cents,
        corrected_tax_cents=original.tax_cents,
    )
    assert "<BaseRectificada>100.00<" in Record.objects.get(invoice=one).xml.replace("sf:", "")


def test_a_receipt_is_corrected_with_r5_and_exchanged_with_f3(issued):
    receipt = issued("simplified")
    issued("r5", names=[receipt], correction="I", price="-10")
    other = issued("simplified")
    full = issued("substitute", names=[other])
    assert full.number.startswith("F")
    assert "FacturasSustituidas" in Record.objects.get(invoice=full).xml


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("simplified", {"price": "340"}, "simplified_over_limit"),
        ("r1", {"correction": "I"}, "corrected_missing"),
        ("r1", {"corrected_period": "2026"}, "correction_missing"),
        ("substitute", {}, "substitutes_missing"),
        ("ordinary", {"correction": "I"}, "correction_kind"),
        ("ordinary", {"currency": "USD"}, "exchange_rate_missing"),
    ],
)
def test_what_the_law_forbids_takes_no_number(issued, kind, more, code):
    with pytest.raises(Refused) as refused:
        issued(kind, **more)
    assert refused.value.code == code
    assert not Invoice.objects.exclude(number="").exists()


def test_a_listed_activity_reaches_three_thousand(issued, lonja):
    lonja.company.activity = "retail"
    lonja.company.save()
    assert issued("simplified", price="2000").total_cents == 242000


def test_another_currency_is_recorded_in_euros(issued, lonja):
    one = issued("ordinary", price="100", currency="USD", exchange_rate=Decimal("0.9"))
    assert (one.total_cents, one.foreign_total_cents) == (10890, 12100)
    assert Record.objects.get().total_text == "108.90"
    assert list(check_billing(lonja)) == []


def test_discounts_are_chained_and_the_global_amount_shared(issued, lonja):
    one = issued("ordinary", price="100", extra="10+5", global_discount_cents=550)
    assert one.base_cents == 8000  # 100 × 0,90 × 0,95 = 85,50 − 5,50
    assert list(check_billing(lonja)) == []


def test_the_rectificativas_are_those_between_the_codes_of_their_index(make, lonja):
    between = {code for code in KINDS if FIRST_CORRECTIVE <= code <= LAST_CORRECTIVE}
    assert between == set(codes(corrects=True))
    original = issue_invoice(make("ordinary"), by=None)
    correction = issue_invoice(make("r1", price="-20", names=[original], correction="I"), by=None)
    assert list(Invoice.objects.corrections()) == [correction]
