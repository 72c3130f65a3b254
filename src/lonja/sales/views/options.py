"""What the selects and the line editor search."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.accounts.textsearch import filter_text
from lonja.catalogue.models import Product, ProductKind
from lonja.kit.money import format_eur, format_unit_price
from lonja.kit.text import search_text
from lonja.parties import reports as parties
from lonja.parties.models import Party, Stage
from lonja.sales import permissions


@member_required(permissions.EDIT)
@require_GET
def party_options(request: HttpRequest) -> JsonResponse:
    """Clients and leads, for the select of a quote."""
    member = request.member  # type: ignore[attr-defined]
    rows = Party.objects.visible_to(member).filter(archived_at=None)
    found = parties.find(rows, request.GET.get("q", "")[:100]).order_by("name", "pk")[:20]
    return JsonResponse([_option(party) for party in found], safe=False)


def _option(party: Party) -> dict[str, object]:
    stage = str(party.get_stage_display()) if party.stage == Stage.LEAD else ""
    sub = " · ".join(part for part in (party.nif, party.city, stage) if part)
    return {"value": party.pk, "text": party.name, "sub": sub}


@member_required(permissions.EDIT)
@require_GET
def product_options(request: HttpRequest) -> HttpResponse:
    """Products for the concept of a line: choosing one fills the row."""
    words = search_text(request.GET.get("q", ""))[:100]
    rows = Product.objects.filter(is_active=True)
    found = filter_text(rows, words).order_by("name", "pk")[:8] if words else []
    options = [
        {
            "title": product.name,
            "sub": product.code,
            "price": format_eur(product.price),
            "values": json.dumps(_row_of(product), ensure_ascii=False),
        }
        for product in found
    ]
    return render(request, "sales/_product_options.html", {"options": options})


def _row_of(product: Product) -> dict[str, object]:
    """Field of the line → value."""
    return {
        "product": product.pk,
        "concept": product.name,
        "detail": product.description.split("\n")[0][:200],
        "unit": product.unit,
        "unit_price": format_unit_price(product.price),
        "tax_category": product.tax_category,
        "unit_of_time": "month" if product.kind == ProductKind.SUBSCRIPTION else "",
    }
