"""The book of issued invoices, with the columns of the agency, and the PDFs of a period."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

from python_calamine import CalamineWorkbook

from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.exchange import start_exchange
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.actions.void import void_invoice
from lonja.billing.books import YEAR, Period, summary
from lonja.billing.models import Correction, Invoice, InvoiceLine
from lonja.billing.register import HEADS, NOBODY, SUBHEADS
from lonja.files.models import StoredFile
from lonja.jobs.models import Job


def sheet(client, query):
    answer = client.get(f"/libros/{query}")
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)


def this_quarter(today):
    return f"?ejercicio={today.year}&periodo={(today.month - 1) // 3 + 1}T"


def by_heads(client, query):
    """The rows of the book by their heads (group and column)."""
    rows = sheet(client, f"{query}&formato=xlsx").to_python()
    return [dict(zip(zip(HEADS, SUBHEADS, strict=True), row, strict=True)) for row in rows[2:]]


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
    by_head = by_heads(as_lucia, this_quarter(today))
    assert [row["Tipo de IVA", ""] for row in by_head] == [21, 4]
    assert [row["Base Imponible", ""] for row in by_head] == [100, 50]
    assert [row["Total Factura", ""] for row in by_head] == [121, 52]
    assert {row["Autoliquidación", "Periodo"] for row in by_head} == {
        f"{(today.month - 1) // 3 + 1}T"
    }
    assert {row["Concepto de Ingreso", ""] for row in by_head} == {""}  # a company pays no IRPF
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


def test_what_is_substituted_goes_before_in_negative(as_lucia, issued, lucia):
    one = issued("100")
    how, today = Correction.SUBSTITUTION, one.company.today()
    draft = start_correction([one], CAUSES["price"], correction=how, reason="", on=today, by=lucia)
    line = draft.lines.get()
    line.unit_price = Decimal(80)
    other = issue_invoice(save_draft(draft, [line], by=lucia), by=lucia)
    rows = by_heads(as_lucia, f"?ejercicio={today.year}&periodo={today.month:02}")
    told = [
        (
            row["Identificación de la Factura", "Número"],
            row["Tipo de Factura", ""],
            row["Base Imponible", ""],
            row["Cuota IVA Repercutida", ""],
            row["Total Factura", ""],
        )
        for row in rows
    ]
    assert told == [
        (one.number, "F1", 100, 21, 121),
        (one.number, "F1", -100, -21, -121),
        (other.number, "R1", 80, 16.8, 96.8),
    ]


def test_a_person_has_income_and_withholding_in_the_book_of_the_whole_year(as_lucia, draft, lucia):
    one = draft("100")
    company = one.company
    company.nif, company.iae_kind, company.iae_heading = "12345678Z", "A05", "8999"
    company.save(update_fields=["nif", "iae_kind", "iae_heading"])
    one.withholding_pct = Decimal(15)
    one.save()
    one = issue_invoice(one, by=lucia)
    query = f"?ejercicio={one.issued_on.year}&periodo={YEAR}"
    answer = as_lucia.get(f"/libros/{query}&formato=xlsx")
    name = f"{one.issued_on.year}12345678ZT{one.company.legal_name}.xlsx"
    assert name in answer.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["EXPEDIDAS_INGRESOS"]
    (row,) = by_heads(as_lucia, query)
    assert (row["Concepto de Ingreso", ""], row["Ingreso Computable", ""]) == ("I01", 100)
    activity = [cell for (group, _column), cell in row.items() if group == "Actividad"]
    assert activity == ["A", "05", "8999"]
    assert row["Tipo Retención del IRPF", ""] == 15
    assert row["Importe Retenido del IRPF", ""] == 15
    assert row["Total Factura", ""] == 121


def test_of_the_cash_basis_each_payment_has_its_row(as_lucia, draft, lucia):
    one = draft("100")
    line = one.lines.get()
    line.tax_category = "criterio_caja"
    one = issue_invoice(save_draft(one, [line], by=lucia), by=lucia)
    register_payment(one, amount=5000, on=one.issued_on, method="transfer", by=lucia)
    query = f"?ejercicio={one.issued_on.year}&periodo={YEAR}"
    invoiced, paid = by_heads(as_lucia, query)
    assert (invoiced["Clave de Operación", ""], invoiced["Base Imponible", ""]) == ("07", 100)
    collected = {column: paid[group, column] for group, column in paid if group.startswith("Cobro")}
    assert (collected["Importe"], collected["Medio Utilizado"]) == (50, "01")
    assert (paid["Base Imponible", ""], paid["Clave de Operación", ""]) == ("", "07")


def test_a_collection_is_in_the_book_of_its_own_year(as_lucia, draft, lucia):
    one = draft("100")
    one.operation_on = one.company.today() - timedelta(days=366)
    line = one.lines.get()
    line.tax_category = "criterio_caja"
    one = issue_invoice(save_draft(one, [line], by=lucia), by=lucia)
    register_payment(one, amount=5000, on=one.issued_on, method="transfer", by=lucia)
    (invoiced,) = by_heads(as_lucia, f"?ejercicio={one.operation_on.year}&periodo={YEAR}")
    (paid,) = by_heads(as_lucia, f"?ejercicio={one.issued_on.year}&periodo={YEAR}")
    assert (invoiced["Base Imponible", ""], paid["Base Imponible", ""]) == (100, "")
    assert paid["Identificación de la Factura", "Número"] == one.number


def test_what_is_not_collected_falls_due_at_the_end_of_the_year_after(as_lucia, draft, lucia):
    """Art. 163 terdecies LIVA; what is paid later was declared already."""
    one = draft("100")
    year = one.company.today().year
    one.operation_on = date(year - 2, 12, 1)
    line = one.lines.get()
    line.tax_category = "criterio_caja"
    one = issue_invoice(save_draft(one, [line], by=lucia), by=lucia)
    register_payment(one, amount=5000, on=one.issued_on, method="transfer", by=lucia)
    (row,) = by_heads(as_lucia, f"?ejercicio={year - 1}&periodo={YEAR}")
    told = {column: row[group, column] for group, column in row if group.startswith("Cobro")}
    assert (told["Fecha"], told["Importe"]) == (date(year - 1, 12, 31), 121)
    assert told["Medio Utilizado"] == "03"
    assert by_heads(as_lucia, f"?ejercicio={year}&periodo={YEAR}") == []


def test_a_corrective_is_declared_when_it_is_issued(as_lucia, draft, lucia):
    one = draft("100")
    one.operation_on = one.company.today() - timedelta(days=100)
    one = issue_invoice(save_draft(one, list(one.lines.all()), by=lucia), by=lucia)
    how, today = Correction.DIFFERENCES, one.company.today()
    back = start_correction([one], CAUSES["return"], correction=how, reason="", on=today, by=lucia)
    issue_invoice(back, by=lucia)
    (first,) = by_heads(as_lucia, this_quarter(one.operation_on))
    (second,) = by_heads(as_lucia, this_quarter(today))
    assert (first["Base Imponible", ""], second["Base Imponible", ""]) == (100, -100)
    assert second["Autoliquidación", "Periodo"] == f"{(today.month - 1) // 3 + 1}T"


def test_an_annulled_invoice_is_not_in_the_book(as_lucia, issued, lucia):
    gone, stays = issued("900"), issued("100")
    void_invoice(gone, reason="Se emitió dos veces por error", by=lucia)
    query = this_quarter(stays.issued_on)
    (row,) = by_heads(as_lucia, query)
    assert row["Identificación de la Factura", "Número"] == stays.number
    page = as_lucia.get(f"/libros/{query}").content.decode()
    assert "100,00\xa0€" in page and "1.000,00" not in page
    assert "1 factura anulada" in page


def test_receipts_that_are_exchanged_are_taken_out_of_the_book(as_lucia, series, hotel, lucia):
    one = Invoice(company=series.company, party=hotel, kind="simplified")
    one.issued_on = today = series.company.today()
    one = issue_invoice(
        save_draft(one, [InvoiceLine(concept="Filtro", unit_price=100)], by=lucia), by=lucia
    )
    full = issue_invoice(start_exchange([one], hotel, on=today, by=lucia), by=lucia)
    rows = by_heads(as_lucia, this_quarter(today))
    told = [(row["Tipo de Factura", ""], row["Base Imponible", ""]) for row in rows]
    assert told == [("F2", 100), ("F2", -100), ("F3", 100)]
    period = Period.read(str(today.year), f"{today.month:02}", today)
    assert summary(full.company, period, lucia).base == 10000


def test_a_simplificada_is_of_sales_to_final_consumers(as_lucia, series, hotel, lucia):
    one = Invoice(company=series.company, party=hotel, kind="simplified")
    one.issued_on = series.company.today()
    one = issue_invoice(
        save_draft(one, [InvoiceLine(concept="Filtro", unit_price=9)], by=lucia), by=lucia
    )
    (row,) = by_heads(as_lucia, this_quarter(one.issued_on))
    assert (row["Tipo de Factura", ""], row["Nombre Destinatario", ""]) == ("F2", NOBODY)
    assert row["NIF Destinatario", "Identificación"] == ""
