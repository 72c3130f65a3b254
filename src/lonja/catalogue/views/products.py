"""Products: create, see, change, deactivate; the JSON of the line editor."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.catalogue import permissions, reports
from lonja.catalogue.actions.products import save_product, set_active
from lonja.catalogue.forms import ProductForm
from lonja.catalogue.models import PriceList, Product
from lonja.catalogue.price_rows import price_rows
from lonja.catalogue.pricing import price_list_of
from lonja.catalogue.tables import tax_label
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_new(request: HttpRequest) -> HttpResponse:
    return _form(request, Product(), {"name": request.GET.get("nombre", "")[:200]})


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_visible(request, Product, pk))


def _form(
    request: HttpRequest, product: Product, initial: dict[str, Any] | None = None
) -> HttpResponse:
    name = product.name
    form = ProductForm(
        request.POST or None,
        instance=product,
        initial=initial,
        member=request.member,  # type: ignore[attr-defined]
        company=request.company,  # type: ignore[attr-defined]
    )
    template = "catalogue/product_form.html"
    context = {"form": form, "product": product, "name": name}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        save_product(form.save(commit=False), by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Producto guardado"))
    return done(request, reverse("catalogue:product_list"))


@member_required(permissions.VIEW)
@require_GET
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """What we know of a product, in the drawer or as a page."""
    member = request.member  # type: ignore[attr-defined]
    found = get_visible(request, Product, pk)
    sees_cost = member.can(permissions.COST)
    context = {
        "product": found,
        "tax": tax_label(found, request.company),  # type: ignore[attr-defined]
        "sees_cost": sees_cost,
        "margin": reports.margin(found) if sees_cost else None,
        "may_edit": member.can(permissions.EDIT),
        "may_price": member.can(permissions.PRICES),
        "prices": price_rows(
            found.price_items.visible_to(member).select_related("price_list"), found.price
        ),
    }
    return render(request, "catalogue/product.html", context)


@member_required(permissions.EDIT)
@require_POST
@once
def product_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(request, Product, pk)
    set_active(found, False, by=request.member)  # type: ignore[attr-defined]
    undo = reverse("catalogue:product_activate", args=[found.pk])
    toast(request, _("«%(name)s» ya no se ofrece") % {"name": found.name}, undo=undo)
    return done(request, reverse("catalogue:product_list"))


@member_required(permissions.EDIT)
@require_POST
@once
def product_activate(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(request, Product, pk)
    set_active(found, True, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» vuelve a ofrecerse") % {"name": found.name})
    return done(request, reverse("catalogue:product_list"))


@member_required(permissions.VIEW)
@require_GET
def product_options(request: HttpRequest) -> HttpResponse:
    """Active products for the line editor: as JSON, or as options when htmx asks."""
    member = request.member  # type: ignore[attr-defined]
    text = request.GET.get("q", "")[:100]
    company = request.company  # type: ignore[attr-defined]
    price_list = _price_list(request)
    on = company.today()
    if request.htmx:  # type: ignore[attr-defined]
        joined = request.GET.get("unidad") == "en-cantidad"
        rows = [
            (option, json.dumps(reports.line_values(option, unit_in_quantity=joined)))
            for option in reports.options(member, text, limit=8, price_list=price_list, on=on)
        ]
        return render(request, "catalogue/line_options.html", {"rows": rows})
    found = reports.options(member, text, price_list=price_list, on=on)
    return JsonResponse(found, safe=False)


def _price_list(request: HttpRequest) -> PriceList | None:
    """The tarifa of the screen (`tarifa`), else that of its client (`cliente`)."""
    member = request.member  # type: ignore[attr-defined]
    company = request.company  # type: ignore[attr-defined]
    asked, client = request.GET.get("tarifa", ""), request.GET.get("cliente", "")
    if asked.isascii() and asked.isdigit():
        return PriceList.objects.visible_to(member).filter(pk=asked[:18]).first()
    if "tarifa" in request.GET or not (client.isascii() and client.isdigit()):
        return None
    party = Party.objects.visible_to(member).filter(pk=client[:18]).first()
    return price_list_of(party, company) if party is not None else None
