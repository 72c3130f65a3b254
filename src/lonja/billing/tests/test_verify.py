"""The checks find what was altered by hand, and nothing in healthy books."""

from __future__ import annotations

from tests.support.books import by_hand

from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Invoice, MonthlySales, SeriesYear
from lonja.billing.pdf import invoice_pdf
from lonja.billing.verify import check_billing
from lonja.files import store


def codes(organisation):
    return {problem.code for problem in check_billing(organisation)}


def test_healthy_books_have_no_problems(lonja, issued, draft, lucia):
    one = issued()
    issued("33.33")
    draft()
    register_payment(one, amount=100, on=one.issued_on, method="cash", by=lucia)
    invoice_pdf(Invoice.objects.get(pk=one.pk))
    assert list(check_billing(lonja)) == []


def test_what_is_owed_and_the_ledger_must_agree(lonja, issued):
    one = issued()
    Invoice.objects.filter(pk=one.pk).update(outstanding_cents=1)
    assert codes(lonja) == {"outstanding_differs"}


def test_a_moved_counter_is_found(lonja, issued):
    issued()
    SeriesYear.objects.update(next_number=9)
    assert codes(lonja) == {"counter_differs"}


def test_a_month_that_does_not_add_up_is_found(lonja, issued):
    issued()
    MonthlySales.objects.update(base_cents=1)
    assert codes(lonja) == {"month_differs"}


def test_a_lost_and_an_orphan_pdf_are_found(lonja, issued):
    file = invoice_pdf(Invoice.objects.get(pk=issued().pk))
    file.location.unlink()
    store("Factura F2026-9999.pdf", b"%PDF", "application/pdf")
    assert codes(lonja) == {"pdf_lost", "pdf_orphan"}


def test_a_gap_and_a_changed_line_are_found(lonja, issued):
    one, two = issued(), issued()
    with by_hand(lonja) as cursor:
        cursor.execute("UPDATE billing_invoice SET sequence = 7 WHERE id = %s", [two.pk])
        cursor.execute(
            "UPDATE billing_invoiceline SET unit_price = 1 WHERE invoice_id = %s", [one.pk]
        )
    assert codes(lonja) == {"number_gap", "counter_differs", "totals_differ", "taxes_differ"}
