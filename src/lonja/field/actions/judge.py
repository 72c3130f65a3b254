"""Whether what a device delivers can be done as it is, and if not, what a person may choose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.catalogue.models import Product
from lonja.field import prices
from lonja.field.actions.moved import Conflict, Verdict, moved, taxes
from lonja.field.models import FieldDelivery, FieldSnapshot
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent
from lonja.parties.actions.duplicates import LooksLike, told
from lonja.parties.actions.leads import find_duplicates
from lonja.parties.models import Party
from lonja.sales.policy import limit_of


def judge(delivery: FieldDelivery, sent: dict[str, Any], chosen: Mapping[str, str]) -> Verdict:
    """Decide a delivery, with what was chosen before (kind of conflict → choice).

    Raises Conflict, or Refused for what no choice mends (products of somebody else).
    """
    member, company = delivery.member, delivery.company
    signed = sent["signature"] is not None
    plan = "sign" if signed else "mail" if sent["mail"] else "save"
    party, stop = _client(sent, member, chosen, signed)
    if stop:
        plan = "draft"
    cart = _cart(sent, party, client_left(sent, chosen), company)
    products = _products(cart)
    day = _day_of(sent, delivery)
    snapshot = FieldSnapshot.objects.filter(digest=sent["snapshot"], company=company).first()
    plan = _limit(cart, member, delivery, chosen, signed, plan)
    cart, products, plan, frozen = _withdrawn(cart, products, chosen, signed, plan)
    today = company.today()
    now_lines = prices.priced(prices.content_of(company, today, products.values()), cart, today)
    now = prices.amounts(prices.totals(now_lines, cart))
    verdict = Verdict(party, now_lines, products, plan, now)
    if frozen == "without":
        return verdict
    # The tarifa and the taxes of the client may have changed: what was seen had those of then.
    seen = _seen_lines(snapshot, {**cart, **(sent["terms"] or {})}, day)
    same_as_seen = seen is not None and sent["seen"] == seen[1]
    holds = snapshot is not None and snapshot.holds(delivery.made_at or delivery.received_at)
    if signed and same_as_seen and holds and seen is not None and verdict.plan == "sign":
        taxes(verdict, sent, seen, cart, chosen)
        if verdict.plan != "sign":
            return verdict
    if same_as_seen and seen is not None and _alike(seen[0], now_lines) and not frozen:
        return verdict
    return moved(verdict, sent, seen if same_as_seen and holds else None, chosen, holds)


def _client(
    sent: dict[str, Any], member: Membership, chosen: Mapping[str, str], signed: bool
) -> tuple[Party | None, bool]:
    """(the client; None: a new lead), and whether it may not go further than a draft."""
    asked = sent["client"]
    if asked["id"] is None:
        return _new_client(asked["new"], member, chosen), False
    visible = Party.objects.visible_to(member)
    party = Party.objects.filter(pk=asked["id"]).select_related("merged_into").first()
    if party is not None and party.merged_into is not None:
        kept = visible.filter(pk=party.merged_into_id).first()
        if kept is not None and chosen.get("client_merged") == "kept":
            party = kept
        elif kept is not None:
            raise Conflict(
                "client_merged",
                _("%(name)s se ha unido a %(kept)s.")
                % {"name": party.display_name, "kept": kept.display_name},
                ["kept", *_unless(signed)],
                kept=kept.display_name,
            )
    found = visible.filter(pk=party.pk, archived_at=None).first() if party else None
    if found is None:
        if chosen.get("client_gone") == "lead" and asked["new"] is not None:
            return None, False
        raise Conflict(
            "client_gone",
            _("Este cliente ya no está en tu cartera."),
            ["lead", *_unless(signed)],
        )
    if found.blocked_reason:
        if chosen.get("client_blocked") != "draft":
            raise Conflict(
                "client_blocked",
                _("%(name)s está bloqueado: %(reason)s")
                % {"name": found.display_name, "reason": found.blocked_reason},
                ["draft", *_unless(signed)],
            )
        return found, True
    return found, False


def _new_client(
    data: dict[str, Any] | None, member: Membership, chosen: Mapping[str, str]
) -> Party | None:
    if data is None or not data["name"]:
        raise Refused("name_missing", _("Escribe el nombre."), field="name")
    choice = chosen.get("lead_duplicate", "")
    found = find_duplicates(
        nif=data["nif"], email=data["email"], phone=data["phone"], name=data["name"]
    )
    heard = told(member, found)
    first = next((one.party for one in heard if one.party is not None), None)
    if choice == "existing" and first is not None:
        return first
    if heard and choice != "anyway":
        options = ["existing", "anyway"] if first is not None else ["anyway"]
        raise Conflict("lead_duplicate", LooksLike(heard).told[0].text, options)
    return None


def client_left(sent: dict[str, Any], chosen: Mapping[str, str]) -> Party | None:
    """The client that is not of the member any more and is written again as a lead, when the device
    shows that it knew it: its NIF."""
    if chosen.get("client_gone") != "lead":
        return None
    nif = (sent["client"]["new"] or {}).get("nif", "")
    return Party.objects.filter(pk=sent["client"]["id"], nif=nif).exclude(nif="").first()


def _cart(
    sent: dict[str, Any], party: Party | None, left: Party | None, company: Any
) -> dict[str, Any]:
    """What is asked, with the tarifa of the client and its taxes (those of `left`, if it is one
    written again)."""
    from lonja.field.reports import price_lists_of

    tarifas = price_lists_of([party], company) if party is not None else {}
    taxed = party or left
    cart = {
        "price_list": tarifas.get(party.pk) if party is not None else None,
        "surcharge": bool(taxed and taxed.surcharge),
        "tax_category": taxed.tax_category if taxed is not None else "",
        "global_discount_pct": sent["global_discount_pct"],
        "lines": sent["lines"],
    }
    prices.refuse_too_many(cart)
    return cart


def _products(cart: dict[str, Any]) -> dict[int, Product]:
    wanted = {one["product"] for one in cart["lines"]}
    found = {one.pk: one for one in Product.objects.filter(pk__in=wanted)}
    if wanted - set(found):
        raise Refused(
            "product_unknown", _("Uno de los productos no existe. Actualiza el catálogo.")
        )
    return found


def _limit(
    cart: dict[str, Any],
    member: Membership,
    delivery: FieldDelivery,
    chosen: Mapping[str, str],
    signed: bool,
    plan: str,
) -> str:
    limit = limit_of(member, delivery.company)
    asked = prices.greatest_discount(cart)
    if limit is None or asked <= limit:
        return plan
    if chosen.get("discount_limit") == "draft":
        return "draft"
    text = _("El descuento llega al %(asked)s y tu límite es %(limit)s: necesita aprobación.")
    raise Conflict(
        "discount_limit",
        text % {"asked": format_percent(asked), "limit": format_percent(limit)},
        ["draft", *_unless(signed)],
    )


def _withdrawn(
    cart: dict[str, Any],
    products: dict[int, Product],
    chosen: Mapping[str, str],
    signed: bool,
    plan: str,
) -> tuple[dict[str, Any], dict[int, Product], str, str]:
    """The cart once decided what happens to products no longer offered."""
    gone = [one for one in products.values() if not one.is_active]
    if not gone:
        return cart, products, plan, ""
    choice = chosen.get("product_withdrawn", "")
    left = [one for one in cart["lines"] if products[one["product"]].is_active]
    names = ", ".join(f"«{one.name}»" for one in gone)
    options = ["as_signed", "draft"] if signed else ["without", "discard"]
    if not signed and not left:
        options = ["discard"]
    if choice == "without" and left and not signed:
        kept = {pk: one for pk, one in products.items() if one.is_active}
        return {**cart, "lines": _ungrouped(left)}, kept, plan, "without"
    if choice == "as_signed" and signed:
        return cart, products, plan, "as_signed"
    if choice == "draft" and signed:
        return cart, products, "draft", "draft"
    raise Conflict(
        "product_withdrawn",
        _("Ya no se ofrece %(names)s.") % {"names": names},
        options,
        names=names,
    )


def _ungrouped(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines, with the only one left of a group as an option that is in."""
    names = [one["group"] for one in lines]
    return [
        {**one, "group": "", "optional": True, "chosen": True}
        if one["group"] and names.count(one["group"]) == 1
        else one
        for one in lines
    ]


def _day_of(sent: dict[str, Any], delivery: FieldDelivery) -> date:
    """The day whose prices were shown: the one the device says, if it can be."""
    made = (delivery.made_at or delivery.received_at).astimezone(delivery.company.zone).date()
    asked: date | None = sent["day"]
    return asked if asked and abs(asked - made) <= timedelta(days=1) else made


def _seen_lines(
    snapshot: FieldSnapshot | None, cart: dict[str, Any], day: date
) -> tuple[list[dict[str, Any]], dict[str, Any]] | None:
    """(lines, amounts) with the prices of the snapshot; None when it cannot be."""
    if snapshot is None:
        return None
    try:
        lines = prices.priced(snapshot.content, cart, day)
    except KeyError:
        return None
    return lines, prices.amounts(prices.totals(lines, cart))


def _alike(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    told_by = ("product_id", "quantity", "unit_price", "discount_pct", "tax", "unit_of_time")
    return [[line[name] for name in told_by] for line in one] == [
        [line[name] for name in told_by] for line in other
    ]


def _unless(signed: bool) -> list[str]:
    """What is signed is not thrown away."""
    return [] if signed else ["discard"]
