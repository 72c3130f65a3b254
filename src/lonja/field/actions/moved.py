"""What is no longer as the customer saw it: prices that moved, taxes that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from lonja.catalogue.models import Product
from lonja.field import prices
from lonja.kit.money import format_eur, from_cents
from lonja.parties.models import Party


class Conflict(Exception):
    """Something moved while the device was away; a person decides.

    `options`: what may be chosen, the advised one first. `facts`: what the screen tells.
    """

    def __init__(self, kind: str, text: str, options: list[str], **facts: Any) -> None:
        super().__init__(text)
        self.kind, self.text, self.options, self.facts = kind, text, options, facts

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": self.text,
            "options": self.options,
            "facts": self.facts,
        }


@dataclass
class Verdict:
    """What to do: for whom, with which lines, and how far (`sign`, `mail`, `save`, `draft`, or
    `ask_again`: mailed to be signed again, with the first signature kept)."""

    party: Party | None
    lines: list[dict[str, Any]]
    products: dict[int, Product]
    plan: str
    expected: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def moved(
    verdict: Verdict,
    sent: dict[str, Any],
    seen: tuple[list[dict[str, Any]], dict[str, Any]] | None,
    chosen: Mapping[str, str],
    holds: bool,
) -> Verdict:
    """The prices of today are not those that the customer saw. `seen`: those, if they hold."""
    signed = sent["signature"] is not None
    facts = {
        "seen": _headline(sent["seen"]),
        "now": _headline(verdict.expected),
        "lines": _changes(seen[0] if seen else [], verdict.lines),
    }
    if verdict.plan == "draft":
        return verdict
    if signed and seen is not None:
        verdict.lines, verdict.expected = seen
        verdict.notes.append("prices_moved")
        return verdict
    if signed:
        if "price_expired" in chosen:
            verdict.plan = _again(chosen["price_expired"])
            return verdict
        text = (
            _(
                "Lo que se firmó no coincide con los precios que tenía el dispositivo. La firma se "
                "guarda, pero hay que volver a firmar."
            )
            if holds
            else _(
                "Los precios con los que se firmó ya no valían: el dispositivo llevaba demasiado "
                "tiempo sin conexión. La firma se guarda, pero hay que volver a firmar."
            )
        )
        address = _address(sent, verdict.party)
        raise Conflict("price_expired", text, _signing_again(address), email=address, **facts)
    choice = chosen.get("price_changed")
    if seen is not None and not _taxed_alike(seen[0], verdict.lines):
        seen = None  # prices may be respected, taxes are those of the law
    if choice == "new_prices":
        return verdict
    if choice == "seen_prices" and seen is not None:
        verdict.lines, verdict.expected = seen
        verdict.notes.append("prices_moved")
        return verdict
    options = ["new_prices", *(["seen_prices"] if seen else []), "discard"]
    text = _(
        "Los precios han cambiado desde que lo hiciste: el cliente vio %(seen)s y hoy son %(now)s."
    )
    raise Conflict("price_changed", text % facts, options, **facts)


def taxes(
    verdict: Verdict,
    sent: dict[str, Any],
    seen: tuple[list[dict[str, Any]], dict[str, Any]],
    cart: dict[str, Any],
    chosen: Mapping[str, str],
) -> None:
    """Signed with other taxes than those of today: prices are respected, taxes are those of the law
    when it is billed (LIVA art. 88.Uno), so that total has to be signed again. `verdict` gets the
    prices that were seen with the taxes of today, and how far it goes. Raises Conflict."""
    if _taxed_alike(seen[0], verdict.lines):
        return
    today = {line["key"]: line["tax"] for line in verdict.lines}
    verdict.lines = [{**line, "tax": today[line["key"]]} for line in seen[0]]
    verdict.expected = prices.amounts(prices.totals(verdict.lines, cart))
    verdict.notes.append("taxes_moved")
    if "taxes_changed" in chosen:
        verdict.plan = _again(chosen["taxes_changed"])
        return
    address = _address(sent, verdict.party)
    raise Conflict(
        "taxes_changed",
        _(
            "%(why)s Lo que se firmó ya no suma lo mismo, y la factura lleva los impuestos de "
            "ahora: tiene que firmar el total nuevo. Los precios se respetan y la firma se guarda."
        )
        % {"why": _why(sent, verdict.party, cart)},
        _signing_again(address),
        seen=_headline(sent["seen"]),
        now=_headline(verdict.expected),
        email=address,
    )


def _signing_again(address: str) -> list[str]:
    """What may be done with a signature of another total: by mail when there is where to."""
    return ["ask_again", "draft"] if address else ["draft"]


def _again(choice: str) -> str:
    return "ask_again" if choice == "ask_again" else "draft"


def _why(sent: dict[str, Any], party: Party | None, cart: dict[str, Any]) -> str:
    """What changed of how it is taxed, in a sentence."""
    name = {"name": party.display_name if party is not None else sent["client"]["new"]["name"]}
    terms = sent["terms"] or {}
    if bool(terms.get("surcharge")) != cart["surcharge"]:
        if cart["surcharge"]:
            return _("%(name)s lleva ahora recargo de equivalencia.") % name
        return _("%(name)s ya no lleva recargo de equivalencia.") % name
    if terms.get("tax_category", "") != cart["tax_category"]:
        return _("%(name)s tributa ahora de otra manera.") % name
    return _("Los impuestos han cambiado.")


def _address(sent: dict[str, Any], party: Party | None) -> str:
    """Where the customer can be asked to sign again; empty when nobody knows."""
    main = party.contacts.filter(is_main=True).first() if party is not None else None
    return str(sent["email"] or (main and main.email) or (party and party.email) or "")


def _taxed_alike(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    return [line["tax"] for line in one] == [line["tax"] for line in other]


def _changes(seen: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, str]]:
    before = {line["key"]: line for line in seen}
    return [
        {
            "concept": line["concept"],
            "seen": before[line["key"]]["unit_price"],
            "now": line["unit_price"],
        }
        for line in now
        if line["key"] in before and before[line["key"]]["unit_price"] != line["unit_price"]
    ][:20]


def _headline(numbers: dict[str, Any]) -> str:
    parts = [format_eur(from_cents(numbers["total"]))] if numbers["total"] else []
    parts += [
        _("%(amount)s al mes") % {"amount": format_eur(from_cents(amount))}
        for amount in numbers["recurring"].values()
    ]
    return " + ".join(parts) or format_eur(0)
