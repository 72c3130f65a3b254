"""What changed between two versions of a quote, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.kit.dates import format_date
from lonja.kit.money import format_percent, format_quantity, format_unit_price
from lonja.sales.paces import frequency
from lonja.sales.snapshot import QuoteSnapshot, SnapshotLine, day, figures


def differences(old: QuoteSnapshot, new: QuoteSnapshot) -> list[str]:
    """Sentences, the total first and then each field and line; empty when nothing changed."""
    told = []
    before, after = figures(old).headline, figures(new).headline
    if before != after:
        told.append(_("El total pasa de %(a)s a %(b)s") % {"a": before, "b": after})
    told += _fields(old, new)
    pairs, gone, added = _paired(old["lines"], new["lines"])
    told += [_("Se quita «%(concept)s»") % {"concept": line["concept"]} for line in gone]
    for line in added:
        told.append(
            _("Se añade «%(concept)s» (%(quantity)s × %(price)s €)")
            % {
                "concept": line["concept"],
                "quantity": format_quantity(Decimal(line["quantity"])),
                "price": format_unit_price(Decimal(line["unit_price"])),
            }
        )
    for one, other in pairs:
        told += _line(one, other)
    kept_old = [one["key"] for one, _other in pairs]
    if kept_old != sorted(kept_old):
        told.append(_("Cambia el orden de los conceptos"))
    return told


def _fields(old: QuoteSnapshot, new: QuoteSnapshot) -> list[str]:
    told = []
    if old["recipient"]["name"] != new["recipient"]["name"]:
        told.append(
            _("Cambia el cliente: %(a)s → %(b)s")
            % {"a": old["recipient"]["name"], "b": new["recipient"]["name"]}
        )
    if old["title"] != new["title"]:
        told.append(_("Cambia el título: «%(a)s»") % {"a": new["title"]})
    if old["valid_until"] != new["valid_until"]:
        told.append(
            _("Válido hasta el %(b)s (antes, %(a)s)")
            % {
                "a": format_date(day(old["valid_until"])),
                "b": format_date(day(new["valid_until"])),
            }
        )
    for name, text in (
        ("global_discount_pct", _("El descuento en todo pasa del %(a)s al %(b)s")),
        ("deposit_pct", _("El anticipo pasa del %(a)s al %(b)s")),
    ):
        a, b = Decimal(str(old.get(name, "0"))), Decimal(str(new.get(name, "0")))
        if a != b:
            told.append(text % {"a": format_percent(a), "b": format_percent(b)})
    if old["conditions"] != new["conditions"]:
        told.append(_("Cambian las condiciones"))
    if old["greeting"] != new["greeting"]:
        told.append(_("Cambia el saludo"))
    if old["service_starts_on"] != new["service_starts_on"]:
        told.append(_("Cambia el inicio del servicio"))
    return told


def _paired(
    old: list[SnapshotLine], new: list[SnapshotLine]
) -> tuple[list[tuple[SnapshotLine, SnapshotLine]], list[SnapshotLine], list[SnapshotLine]]:
    """Lines that are the same thing, those that went and those that came.

    First the same concept, then the same product.
    """
    left, pairs, added = list(old), [], []
    for line in new:
        match = next((x for x in left if x["concept"] == line["concept"]), None)
        if match is None and line["product_id"] is not None:
            names = {x["concept"] for x in new}
            match = next(
                (
                    x
                    for x in left
                    if x["product_id"] == line["product_id"] and x["concept"] not in names
                ),
                None,
            )
        if match is None:
            added.append(line)
        else:
            left.remove(match)
            pairs.append((match, line))
    return pairs, left, added


def _line(old: SnapshotLine, new: SnapshotLine) -> list[str]:
    changes = []
    if old["concept"] != new["concept"]:
        changes.append(_("ahora se llama «%(name)s»") % {"name": new["concept"]})
    if old["quantity"] != new["quantity"]:
        changes.append(
            _("cantidad %(a)s → %(b)s")
            % {
                "a": format_quantity(Decimal(old["quantity"])),
                "b": format_quantity(Decimal(new["quantity"])),
            }
        )
    if Decimal(old["unit_price"]) != Decimal(new["unit_price"]):
        changes.append(
            _("precio %(a)s € → %(b)s €")
            % {
                "a": format_unit_price(Decimal(old["unit_price"])),
                "b": format_unit_price(Decimal(new["unit_price"])),
            }
        )
    if Decimal(old["discount_pct"]) != Decimal(new["discount_pct"]):
        changes.append(
            _("descuento %(a)s → %(b)s")
            % {
                "a": format_percent(Decimal(old["discount_pct"])),
                "b": format_percent(Decimal(new["discount_pct"])),
            }
        )
    if (old["unit_of_time"], old["every"]) != (new["unit_of_time"], new["every"]):
        changes.append(frequency(new["unit_of_time"], new["every"]).lower())
    if old["optional"] != new["optional"]:
        changes.append(_("ahora es opcional") if new["optional"] else _("ya no es opcional"))
    if old["tax"]["label"] != new["tax"]["label"]:
        changes.append(
            _("impuesto %(a)s → %(b)s") % {"a": old["tax"]["label"], "b": new["tax"]["label"]}
        )
    if old["detail"] != new["detail"]:
        changes.append(_("cambia el detalle"))
    if _limits(old) != _limits(new):
        changes.append(_("cambian las cantidades que puede elegir"))
    if old.get("section", "") != new.get("section", ""):
        changes.append(_("cambia de sección"))
    if not changes:
        return []
    return [_("«%(concept)s»: ") % {"concept": old["concept"]} + ", ".join(changes)]


def _limits(line: SnapshotLine) -> tuple[Any, Any]:
    return line.get("min_quantity"), line.get("max_quantity")
