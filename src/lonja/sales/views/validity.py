"""«Ampliar validez», and the stored versions."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import member_required
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions.validity import extend_validity
from lonja.sales.forms import ExtendForm
from lonja.sales.models import QuoteVersion
from lonja.sales.policy import settings_of
from lonja.sales.views.quote import get_quote
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    quote = get_quote(request, pk)
    today = quote.company.today()
    usual = max(today, quote.valid_until) + timedelta(days=settings_of(quote.company).valid_days)
    form = ExtendForm(request.POST or None, initial={"until": usual})
    context = {"quote": quote, "form": form}
    template = "sales/quote_extend.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        extend_validity(
            quote,
            until=form.cleaned_data["until"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    words = _("Válido hasta el %(date)s")
    toast(request, words % {"date": format_date(form.cleaned_data["until"])})
    return done(request, reverse("sales:quote", args=[quote.pk]))


@member_required(permissions.VIEW)
@require_safe
def version_pdf(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The PDF of a version, as it was sent."""
    quote = get_quote(request, pk)
    rows = QuoteVersion.objects.select_related("pdf")
    version = get_object_or_404(rows, quote=quote, version=number)
    response = HttpResponse(version.pdf.read(), content_type=version.pdf.content_type)
    name = version.pdf.name.replace(".pdf", f"-v{number}.pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
