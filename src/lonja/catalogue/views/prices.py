"""Tarifas: made, copied, raised, given to clients, retired; the tramos of a product."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.catalogue import permissions
from lonja.catalogue.actions import price_lists as actions
from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.catalogue.price_forms import (
    AssignForm,
    PriceListForm,
    ProductChoice,
    RaiseForm,
    tiers_formset,
)
from lonja.catalogue.price_rows import PriceText, price_rows
from lonja.catalogue.price_tables import state_of
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

SHOWN = 100


@member_required(permissions.VIEW)
@require_safe
def price_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Its prices by product, and its clients."""
    found = get_visible(request, PriceList, pk)
    member = request.member  # type: ignore[attr-defined]
    items = PriceListItem.objects.filter(price_list=found)
    ids = list(
        items.order_by("product__name", "product_id")
        .values_list("product_id", flat=True)
        .distinct()[: SHOWN + 1]
    )
    rows = items.filter(product_id__in=ids[:SHOWN]).select_related("product")
    parties = Party.objects.visible_to(member).filter(price_lists__price_list=found)
    context = {
        "price_list": found,
        "badge": state_of(found),
        "products": _by_product(price_rows(rows.order_by("product__name", "min_quantity", "pk"))),
        "more": len(ids) > SHOWN,
        "count": items.aggregate(n=Count("product", distinct=True))["n"],
        "parties": parties.order_by("name", "pk")[:SHOWN],
        "form": AssignForm(member=member),
        "may_price": member.can(permissions.PRICES),
    }
    return render(request, "catalogue/price_list.html", context)


def _by_product(rows: list[PriceText]) -> list[dict[str, Any]]:
    grouped: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = grouped.setdefault(row.item.product_id, {"product": row.item.product, "prices": []})
        one["prices"].append(row)
    return list(grouped.values())


@member_required(permissions.PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def price_list_new(request: HttpRequest) -> HttpResponse:
    initial = {}
    if copied := row_id(request.GET.get("copia", "")):
        source = get_visible(request, PriceList, copied)
        initial = {"source": source.pk, "name": _("%(name)s (copia)") % {"name": source.name}}
    return _form(request, PriceList(), initial)


@member_required(permissions.PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def price_list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_visible(request, PriceList, pk), {})


def _form(request: HttpRequest, one: PriceList, initial: dict[str, Any]) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    form = PriceListForm(request.POST or None, member=member, price_list=one, initial=initial)
    template = "catalogue/price_list_form.html"
    context = {"form": form, "price_list": one, "name": one.name}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        source = form.cleaned_data.get("source")
        if source is not None:
            actions.copy_price_list(source, form.apply(one), by=member)
        else:
            actions.save_price_list(form.apply(one), by=member)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Tarifa guardada"))
    return done(request, reverse("catalogue:price_list", args=[one.pk]))


@member_required(permissions.PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def raise_all(request: HttpRequest, pk: int) -> HttpResponse:
    """«Subir precios»: all by a percentage, from a day on."""
    found = get_visible(request, PriceList, pk)
    today = request.company.today()  # type: ignore[attr-defined]
    form = RaiseForm(request.POST or None, initial={"on": today})
    context = {"form": form, "price_list": found}
    template = "catalogue/price_list_raise.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        count = actions.raise_prices(
            found,
            form.cleaned_data["pct"],
            on=form.cleaned_data["on"],
            today=today,
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    words = ngettext("%(n)s precio cambiado", "%(n)s precios cambiados", count)
    toast(request, words % {"n": count})
    return done(request, reverse("catalogue:price_list", args=[found.pk]))


@member_required(permissions.PRICES)
@require_POST
@once
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire it, or bring it back if it was retired."""
    found = get_visible(request, PriceList, pk)
    retired = found.retired_at is None
    actions.set_retired(found, retired, by=request.member)  # type: ignore[attr-defined]
    words = _("Tarifa «%(name)s» retirada") if retired else _("Tarifa «%(name)s» otra vez en uso")
    toast(request, words % {"name": found.name})
    return done(request, reverse("catalogue:price_list", args=[found.pk]))


@member_required(permissions.PRICES)
@require_POST
@once
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to a client."""
    found = get_visible(request, PriceList, pk)
    member = request.member  # type: ignore[attr-defined]
    form = AssignForm(request.POST, member=member)
    if not form.is_valid():
        raise Refused("party_missing", _("Elige un cliente de la lista."), field="party")
    party = form.cleaned_data["party"]
    actions.assign_price_list(party, found, by=member)
    words = _("%(name)s tiene ahora esta tarifa")
    toast(request, words % {"name": party.display_name})
    return done(request, reverse("catalogue:price_list", args=[found.pk]))


@member_required(permissions.PRICES)
@require_POST
@once
def unassign(request: HttpRequest, pk: int, party_id: int) -> HttpResponse:
    found = get_visible(request, PriceList, pk)
    party = get_visible(request, Party, party_id)
    actions.take_price_list(party, found, by=request.member)  # type: ignore[attr-defined]
    return done(request, reverse("catalogue:price_list", args=[found.pk]))


@member_required(permissions.PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def prices_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a product and write its tramos."""
    found = get_visible(request, PriceList, pk)
    member = request.member  # type: ignore[attr-defined]
    return _prices(request, found, None, ProductChoice(request.POST or None, member=member))


@member_required(permissions.PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def prices_edit(request: HttpRequest, pk: int, product_id: int) -> HttpResponse:
    found = get_visible(request, PriceList, pk)
    return _prices(request, found, get_visible(request, Product, product_id), None)


def _prices(
    request: HttpRequest, found: PriceList, product: Product | None, choice: ProductChoice | None
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    tiers = tiers_formset(data, found, product)
    template = "catalogue/prices_form.html"
    context = {"price_list": found, "product": product, "choice": choice, "tiers": tiers}
    if data is None:
        return render(request, template, context)
    good = tiers.is_valid()
    if choice is not None:
        good = choice.is_valid() and good
    if not good:
        return invalid(request, template, context)
    chosen = product or choice.cleaned_data["product"]  # type: ignore[union-attr]
    rows = [row for row in (form.row() for form in tiers) if row is not None]
    try:
        actions.set_prices(found, chosen, rows, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        form = choice or tiers.forms[0]
        return refused_form(request, template, context, form, refused)
    toast(request, _("Precios de «%(name)s» guardados") % {"name": chosen.name})
    return done(request, reverse("catalogue:price_list", args=[found.pk]))
