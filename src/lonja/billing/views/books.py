"""«Libros y exportaciones»: the book of issued invoices and the PDFs of a period."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import member_required
from lonja.activity import record
from lonja.billing import books, jobs, permissions, register
from lonja.jobs import enqueue_once
from lonja.kit import spreadsheets
from lonja.ui.formats import month_name
from lonja.ui.once import once
from lonja.ui.tables.export import TYPES


@member_required(permissions.BOOKS)
@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """What a period adds up to; `?formato=xlsx|csv` downloads its book."""
    company, member = request.company, request.member  # type: ignore[attr-defined]
    today = company.today()
    period = books.Period.read(
        request.GET.get("ejercicio", ""), request.GET.get("periodo", ""), today
    )
    kind = request.GET.get("formato", "")
    if kind in ("xlsx", "csv"):
        rows = books.lines(company, period, member)
        if kind == "xlsx":
            sheet = register.sheet_of(company)
            content = spreadsheets.write_xlsx(register.HEADS, rows, sheet=sheet, amounts="0.00")
        else:
            content = spreadsheets.write_csv(register.HEADS, rows)
        response = HttpResponse(content, content_type=TYPES[kind])
        name = books.file_name(company, period, kind)
        response.headers["Content-Disposition"] = content_disposition_header(True, name)
        response.headers["Cache-Control"] = "private, no-store"
        return response
    periods = [(books.YEAR, _("Todo el año"))]
    periods += [(f"{n}T", _("%(n)s.º trimestre") % {"n": n}) for n in range(1, 5)]
    periods += [(f"{n:02}", month_name(date(today.year, n, 1)).capitalize()) for n in range(1, 13)]
    query = f"?ejercicio={period.year}&periodo={period.code}"
    context = {
        "company": company,
        "period": period,
        "periods": periods,
        "years": range(today.year, today.year - 6, -1),
        "summary": books.summary(company, period, member),
        "has_income": register.is_person(company),
        "xlsx_url": f"{request.path}{query}&formato=xlsx",
        "csv_url": f"{request.path}{query}&formato=csv",
        "zip_url": reverse("billing:book_pdfs") + query,
    }
    return render(request, "billing/books.html", context)


@member_required(permissions.BOOKS)
@require_POST
@once
def book_pdfs(request: HttpRequest) -> HttpResponse:
    """Start the job that puts the PDFs of a period in a zip."""
    company, member = request.company, request.member  # type: ignore[attr-defined]
    period = books.Period.read(
        request.GET.get("ejercicio", ""), request.GET.get("periodo", ""), company.today()
    )
    ids = books.pdf_ids(company, period, member)
    record(member, "billing.book_exported", company, period=period.name)
    job = enqueue_once(
        jobs.bulk,
        key=f"billing.book:{company.pk}:{period.name}:{member.pk}",
        by=member,
        what="pdf",
        ids=ids,
        member_id=member.pk,
        data={},
    )
    return HttpResponseRedirect(reverse("billing:job", args=[job.pk]), status=303)
