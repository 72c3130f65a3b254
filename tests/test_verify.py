"""Whoever alters the books by hand is found out, and the first broken record is named (F16)."""

from pathlib import Path

import pytest
from django.conf import settings

from lonja.accounts.scope import scope
from lonja.billing.models import Invoice
from lonja.config.verification import verify
from lonja.files import store
from lonja.fiscal.models import Record
from tests.support.books import billed, by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.no_scope]


def codes(report):
    return {problem.code for problem in report.problems}


def test_what_the_program_writes_agrees_with_itself():
    billed(7)
    report = verify()
    assert report.problems == []
    assert report.checked["records"] == report.checked["invoices"] == 7


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("xml = replace(xml, '<ImporteTotal>', '<ImporteTotal>9')", "record_huella"),
        ("huella = substr(huella, 2) || substr(huella, 1, 1)", "record_columns"),
        ("total_text = '0.01'", "record_columns"),
        ("xml = replace(xml, 'a', 'X')", "record_operation"),  # it no longer says its number
        ("issued_on = '2026-01-01'", "record_columns"),
        ("qr_url = qr_url || '0'", "record_columns"),
        ("xml = 'x'", "record_xml"),
        ("position = 40", "record_position"),
    ],
)
def test_a_record_altered_by_hand_is_the_first_broken_one(change, code):
    organisation = billed(6)
    with by_hand(organisation) as cursor:
        cursor.execute(f"UPDATE fiscal_record SET {change} WHERE position = 4")
    report = verify()
    assert code in codes(report)
    assert report.first_broken.organisation == organisation.slug
    with scope(organisation):
        number = Invoice.objects.order_by("sequence")[3].number
    if code == "record_position":
        assert report.first_broken.position in (5, 40)  # the hole shows at what follows it
    else:
        assert (report.first_broken.position, report.first_broken.number) == (4, number)


def test_a_rehashed_record_breaks_the_next_one():
    organisation = billed(4)
    with scope(organisation):
        second, third = Record.objects.order_by("position")[1:3]
    with by_hand(organisation) as cursor:
        cursor.execute(
            "UPDATE fiscal_record SET xml = replace(xml, %s, %s) WHERE position = 3",
            [second.huella, third.huella],
        )
    assert verify().first_broken.position == 3


def test_the_last_record_taken_away_is_missed_by_the_head_of_the_chain():
    organisation = billed(4)
    with by_hand(organisation) as cursor:
        cursor.execute("DELETE FROM fiscal_record WHERE position = 4")
    report = verify()
    assert {"record_head", "record_missing"} <= codes(report)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE billing_invoice SET total_cents = 1 WHERE sequence = 2", "record_columns"),
        ("UPDATE billing_invoice SET base_cents = 1 WHERE sequence = 2", "totals_differ"),
        ("UPDATE billing_invoice SET outstanding_cents = 1 WHERE sequence = 2",
         "outstanding_differs"),
        ("UPDATE billing_invoice SET sequence = 90 WHERE sequence = 2", "number_gap"),
        ("UPDATE billing_seriesyear SET next_number = 40", "counter_differs"),
        ("UPDATE billing_invoicetax SET tax_cents = 1 WHERE position = 0", "taxes_differ"),
        ("UPDATE billing_invoiceline SET net_cents = 1 WHERE position = 0", "lines_differ"),
        ("UPDATE billing_entry SET amount_cents = 1", "charge_differs"),
        ("UPDATE billing_entry SET kind = 'payment'", "charge_missing"),
        ("UPDATE billing_monthlysales SET base_cents = 1", "month_differs"),
        ("UPDATE subscriptions_obligation SET invoice_id = NULL", "obligation_hollow"),
    ],
)  # fmt: skip
def test_an_amount_altered_by_hand_is_found(sql, code):
    organisation = billed(3)
    with by_hand(organisation) as cursor:
        cursor.execute(sql)
    assert code in codes(verify())


def test_a_stored_file_altered_or_lost_is_found_and_an_orphan_only_told():
    organisation = billed(1)
    with scope(organisation):
        kept, changed = store("a.txt", b"uno", "text/plain"), store("b.txt", b"dos", "text/plain")
    kept.location.unlink()
    changed.location.write_bytes(b"tres")
    (kept.location.parent / "suelto").write_bytes(b"")
    stranger = Path(settings.FILES_ROOT) / "sin-casa"
    stranger.write_bytes(b"")
    report = verify()
    stranger.unlink()
    assert codes(report) == {"file_missing", "file_changed"}
    assert {"suelto", "sin-casa"} <= {Path(note.where).name for note in report.notes}


@pytest.mark.sqlite
def test_a_reference_to_another_organisation_is_found():
    mine, theirs = billed(1, slug="una"), billed(1, slug="otra")
    with scope(theirs):
        foreign = Invoice.objects.get().party_id
    with by_hand(mine) as cursor:
        cursor.execute(
            "UPDATE billing_invoice SET party_id = %s WHERE organisation_id = %s",
            [foreign, mine.pk],
        )
    assert "reference_foreign" in codes(verify())


def test_only_the_organisation_asked_for_is_checked():
    billed(2, slug="una")
    other = billed(2, slug="otra")
    with by_hand(other) as cursor:
        cursor.execute(
            "UPDATE fiscal_record SET total_text = '1' WHERE organisation_id = %s", [other.pk]
        )
    assert verify("una").ok
    assert not verify("otra").ok


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        # What the huella does not cover: only the XML is touched.
        (
            "fiscal_record",
            "xml = replace(xml, '<TipoImpositivo>21.00', '<TipoImpositivo>20.00')",
            1,
        ),
        ("fiscal_record", "xml = replace(xml, 'Cliente', 'Otro')", 1),
        # The same by somebody who knows of the digest, or who touches the invoice instead.
        ("billing_invoicetax", "base_cents = base_cents + 1", 2),
        ("billing_invoicetax", "regime = '02'", 2),
    ],
)
def test_what_the_huella_does_not_cover_is_found_and_named(table, change, code):
    organisation = billed(5)
    with scope(organisation):
        invoice = Invoice.objects.order_by("sequence")[2]
    with by_hand(organisation) as cursor:
        where = "invoice_id = %s"
        cursor.execute(f"UPDATE {table} SET {change} WHERE {where}", [invoice.pk])
        assert cursor.rowcount
    report = verify()
    found = {1: "record_altered", 2: "record_breakdown"}[code]
    assert found in codes(report)
    assert (report.first_broken.position, report.first_broken.number) == (3, invoice.number)
