"""What a webhook says: the event, and the object as the API tells it when it is first sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from lonja.accounts.models import Organisation
from lonja.api.door.shapes import moment
from lonja.api.models import Delivery
from lonja.api.v1 import clients, invoice_shapes, payments, plans, products, quotes
from lonja.billing.models import Invoice
from lonja.catalogue.models import Product
from lonja.parties.models import Party
from lonja.sales.models import Quote
from lonja.subscriptions.models import Plan


def _client(pk: int) -> Any:
    return clients.shown(clients.with_tags(Party.objects.all()).get(pk=pk))


def _product(pk: int) -> Any:
    return products.shown(Product.objects.get(pk=pk), sees_cost=False)


def _invoice(pk: int) -> Any:
    found = Invoice.objects.select_related("company", "party").get(pk=pk)
    return invoice_shapes.shown(found, found.company.today())


def _plan(pk: int) -> Any:
    return plans.shown(Plan.objects.prefetch_related("lines").get(pk=pk))


def _quote(pk: int) -> Any:
    return quotes.shown(Quote.objects.select_related("company").get(pk=pk))


def _payment(pk: int) -> Any:
    return payments.shown([payments.receipts().get(pk=pk)])[0]


# Kind of target → its name here, where the API has it, and how it is told.
OBJECTS: dict[str, tuple[str, str, Callable[[int], Any]]] = {
    "parties.party": ("client", "clientes", _client),
    "catalogue.product": ("product", "productos", _product),
    "billing.invoice": ("invoice", "facturas", _invoice),
    "billing.receipt": ("payment", "cobros", _payment),
    "subscriptions.plan": ("plan", "plantillas", _plan),
    "sales.quote": ("quote", "presupuestos", _quote),
}


def payload(delivery: Delivery) -> str:
    """The body of a delivery. `object` is null when it no longer exists."""
    told: dict[str, Any] = {
        "id": delivery.event_id,
        "type": delivery.event,
        "created_at": moment(delivery.happened_at),
        "organisation": Organisation.objects.get(pk=delivery.organisation_id).slug,
        "details": delivery.data,
        "data": None,
    }
    known = OBJECTS.get(delivery.target_type)
    if known is not None:
        name, path, tell = known
        try:
            shape = tell(delivery.target_id)
        except ObjectDoesNotExist:
            shape = None
        told["data"] = {
            "type": name,
            "id": delivery.target_id,
            "url": f"/api/v1/{path}/{delivery.target_id}",
            "object": shape,
        }
    return json.dumps(told, ensure_ascii=False)
