"""Templates of quotes: kept, listed, retired."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions.templates import retire_template, save_as_template
from lonja.sales.forms import TemplateForm
from lonja.sales.models import QuoteTemplate
from lonja.sales.views.quote import get_quote
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.TEMPLATES)
@require_http_methods(["GET", "POST"])
@once
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """«Guardar como plantilla»."""
    quote = get_quote(request, pk)
    form = TemplateForm(request.POST or None, initial={"name": quote.title})
    context = {"quote": quote, "form": form}
    template = "sales/template_save.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        made = save_as_template(
            quote,
            name=form.cleaned_data["name"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Plantilla «%(name)s» guardada") % {"name": made.name})
    return done(request, reverse("sales:quote", args=[quote.pk]))


@member_required(permissions.TEMPLATES)
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """Those in use first, then those retired."""
    rows = QuoteTemplate.objects.filter(company=request.company)  # type: ignore[attr-defined]
    found = sorted(rows, key=lambda one: (one.retired_at is not None, one.name.casefold()))
    return render(request, "sales/templates.html", {"templates": found})


@member_required(permissions.TEMPLATES)
@require_POST
@once
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire it, or bring it back if it was retired."""
    found = get_visible(request, QuoteTemplate, pk)
    retired = found.retired_at is None
    retire_template(found, retired=retired, by=request.member)  # type: ignore[attr-defined]
    words = _("«%(name)s» ya no se ofrece") if retired else _("«%(name)s» vuelve a ofrecerse")
    toast(request, words % {"name": found.name})
    return redirect("sales:template_list")
