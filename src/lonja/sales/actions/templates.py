"""Quotes to begin from: kept from one, used for another client at the prices of the day."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.catalogue.models import Product
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.sales.actions.edit import LINE_FIELDS, create_quote, save_quote
from lonja.sales.models import Quote, QuoteTemplate

FIELDS = ("title", "greeting", "conditions")
PERCENTS = ("global_discount_pct", "deposit_pct")
_NUMBERS = ("quantity", "unit_price", "discount_pct", "min_quantity", "max_quantity")


@transaction.atomic
def save_as_template(quote: Quote, *, name: str, by: Membership | None) -> QuoteTemplate:
    """Keep the lines and texts of a quote under a name; one with that name is replaced.

    Raises Refused: `template_name`, `quote_empty`.
    """
    name = clean_line(name)[:120]
    if not name:
        raise Refused("template_name", _("Escribe un nombre para la plantilla."), field="name")
    lines = [_kept(line) for line in quote.lines.all()]
    if not lines:
        raise Refused("quote_empty", _("El presupuesto no tiene ninguna línea que guardar."))
    content = {
        **{field: getattr(quote, field) for field in FIELDS},
        **{field: str(getattr(quote, field)) for field in PERCENTS},
        "service_time": quote.service_time.strftime("%H:%M"),
        "valid_days": (quote.valid_until - quote.created_on).days,
        "lines": lines,
    }
    template, _made = QuoteTemplate.objects.update_or_create(
        company=quote.company,
        name=name,
        defaults={"content": content, "retired_at": None},
        create_defaults={"content": content, "created_by": by},
    )
    record(by, "sales.template_saved", template, name=name, source=quote.number)
    return template


def _kept(line: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {name: getattr(line, name) for name in LINE_FIELDS if name != "product"}
    for name in _NUMBERS:
        kept[name] = None if kept[name] is None else str(kept[name])
    kept["product"] = line.product_id
    kept["by_hand"] = line.price_by_hand or line.product_id is None
    return kept


@transaction.atomic
def quote_from_template(
    template: QuoteTemplate, *, company: Company, party: Party, by: Membership, **fields: Any
) -> Quote:
    """A draft for a client with the lines of a template: products at today's price of its tarifa.

    Products no longer offered come in as plain lines with the price they had. Raises Refused.
    """
    content = template.content
    if template.retired_at is not None or template.company_id != company.pk:
        raise Refused("template_retired", _("Esa plantilla ya no se usa. Elige otra."))
    given = {name: value for name, value in fields.items() if value}
    quote = create_quote(
        company=company,
        party=party,
        by=by,
        **{
            **{field: content.get(field, "") for field in FIELDS},
            **{field: Decimal(content.get(field, "0")) for field in PERCENTS},
            "service_time": time.fromisoformat(content.get("service_time", "08:00")),
            **given,
        },
    )
    days = max(int(content.get("valid_days", 0)), 1)
    ids = [line["product"] for line in content["lines"] if line["product"]]
    products = Product.objects.filter(is_active=True).in_bulk(ids)
    lines = [_line(line, products.get(line["product"])) for line in content["lines"]]
    valid = quote.created_on + timedelta(days=days)
    save_quote(quote, fields={"valid_until": valid}, lines=lines, edited=quote.edited, by=by)
    record(by, "sales.template_used", quote, name=template.name)
    return Quote.objects.select_related("company", "party").get(pk=quote.pk)


def _line(kept: dict[str, Any], product: Product | None) -> dict[str, Any]:
    line = {name: kept[name] for name in LINE_FIELDS if name in kept}
    for name in _NUMBERS:
        value = kept.get(name)
        line[name] = None if value is None else Decimal(value)
    line["product"] = product
    line["untouched"] = product is not None and not kept["by_hand"]
    return line


@transaction.atomic
def retire_template(template: QuoteTemplate, *, retired: bool, by: Membership | None) -> None:
    """Stop offering it, or offer it again. The quotes made with it are untouched."""
    template.retired_at = timezone.now() if retired else None
    template.save(update_fields=["retired_at", "updated_at"])
    verb = "sales.template_retired" if retired else "sales.template_restored"
    record(by, verb, template, name=template.name)
