"""The book of issued invoices, with the columns of the agency, and the PDFs of a period."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

from python_calamine import CalamineWorkbook

from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.books import HEADS, SUBHEADS, Period, summary
from lonja.billing.models import Correction, Invoice, InvoiceLine
from lonja.files.models import StoredFile
from lonja.jobs.models import Job


def sheet(client, query):
    answer = client.get(f"/libros/{query}")
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)


def this_quarter(today):
    return f"?ejercicio={today.year}&periodo={(today.month - 1) // 3 + 1}T"


def test_a_row_for_each_rate_under_the_heads_of_the_agency(as_lucia, series, hotel, lucia):
    today = series.company.today()
    one = Invoice(company=series.company, party=hotel, series=series, issued_on=today)
    lines = [
        InvoiceLine(concept="Reparación", unit_price=100),
        InvoiceLine(concept="Libro", unit_price=50, tax_category="iva_superreducido"),
    ]
    one = issue_invoice(save_draft(one, lines, by=lucia), by=lucia)
    rows = sheet(as_lucia, f"{this_quarter(today)}&formato=xlsx").to_python()
    assert rows[0] == HEADS
    assert rows[1] == SUBHEADS
    assert len(rows) == 4
    by_head = [dict(zip(zip(HEADS, SUBHEADS, strict=True), row, strict=True)) for row in rows[2:]]
    assert [row["Tipo de IVA", ""] for row in by_head] == [21, 4]
    assert [row["Base Imponible", ""] for row in by_head] == [100, 50]
    assert by_head[0]["Total Factura", ""] == 173
    assert by_head[0]["Identificación de la Factura", "Número"] == one.number
    assert by_head[0]["NIF Destinatario", "Identificación"] == hotel.nif
    assert by_head[0]["Tipo de Factura", ""] == "F1"


def test_an_operation_of_the_quarter_before_goes_in_its_book(as_lucia, draft, lucia):
    today = draft().company.today()
    one = draft("100")
    before = date(today.year - 1, 12, 31)
    Invoice.objects.filter(pk=one.pk).update(operation_on=before)
    one = issue_invoice(one, by=lucia)
    html = as_lucia.get(f"/libros/{this_quarter(today)}").content.decode()
    assert "No hay facturas" in html
    old = as_lucia.get(f"/libros/?ejercicio={before.year}&periodo=4T&formato=csv")
    assert one.number in old.content.decode("utf-8-sig")


def test_a_period_that_is_not_understood_is_the_last_quarter():
    assert Period.read("x", "9T", date(2026, 2, 3)) == Period(2025, "4T")
    assert (Period(2026, "3T").first, Period(2026, "3T").last) == (
        date(2026, 7, 1),
        date(2026, 9, 30),
    )
    assert Period(2026, "02").last == date(2026, 2, 28)


def test_the_pdfs_of_the_period_are_a_job_that_leaves_a_zip(as_lucia, issued, lucia):
    from lonja.billing.jobs import bulk

    one, two = issued("1"), issued("2")
    answer = as_lucia.post(f"/libros/pdf/{this_quarter(one.issued_on)}")
    assert answer.status_code == 303
    job = Job.objects.get(task="lonja.billing.jobs.bulk")
    assert job.args["ids"] == [one.pk, two.pk]
    bulk.func(**job.args)
    file = StoredFile.objects.get(content_type="application/zip")
    assert len(zipfile.ZipFile(io.BytesIO(file.read())).namelist()) == 2


def test_the_adviser_reads_the_books_and_sales_does_not(lonja, as_marcos):
    from tests.cast import OrganisationClient, make_member

    adviser = OrganisationClient(make_member(lonja, "Rosa Gil", "adviser"))
    assert adviser.get("/libros/").status_code == 200
    assert as_marcos.get("/libros/").status_code == 403


def test_what_is_substituted_is_not_added_up_twice(as_lucia, issued, lucia):
    one = issued("100")
    how, today = Correction.SUBSTITUTION, one.company.today()
    draft = start_correction([one], CAUSES["price"], correction=how, reason="", on=today, by=lucia)
    line = draft.lines.get()
    line.unit_price = Decimal(80)
    issue_invoice(save_draft(draft, [line], by=lucia), by=lucia)
    period = Period.read(str(today.year), f"{today.month:02}", today)
    found = summary(one.company, period, lucia)
    assert (found.base, found.tax, found.total) == (8000, 1680, 9680)
    assert sum(row["cents"] for row in found.rows) == found.tax
    page = as_lucia.get(f"/libros/?ejercicio={period.year}&periodo={period.code}")
    assert "Ya facturado en lo que se sustituye" in page.content.decode()
