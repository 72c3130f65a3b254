"""What the customer may decide in a version: options, one of each group, quantities.

Whatever comes from outside is checked here against the frozen version; prices are never asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from lonja.documents.figures import SPANISH, Figures, figures_of
from lonja.kit.errors import Refused
from lonja.kit.money import parse_quantity

if TYPE_CHECKING:
    from lonja.sales.snapshot import QuoteSnapshot, SnapshotLine

_PLAIN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
Quantities = Mapping[int, Decimal | int | str]


def taken_keys(snapshot: QuoteSnapshot, chosen: Collection[int] | None = None) -> set[int]:
    """The keys of the lines that are in: compulsory, chosen options, and one of each group.

    `chosen` None: those the company ticked. Keys that do not exist or are not optional are
    ignored; a group nobody chose from keeps the company's. Raises Refused("group_choice") when two
    of a group are chosen.
    """
    lines = snapshot["lines"]
    if chosen is None:
        taken = {line["key"] for line in lines if line["chosen"] or not line["optional"]}
    else:
        taken = {line["key"] for line in lines if not line["optional"] or line["key"] in chosen}
    for name, members in groups_of(snapshot).items():
        keys = [line["key"] for line in members]
        picked = [key for key in keys if key in taken]
        if len(picked) > 1 and chosen is not None:
            raise Refused(
                "group_choice", _("Elige solo una opción de «%(name)s».") % {"name": name}
            )
        taken -= set(keys)
        taken.add(picked[0] if picked else usual_of(members))
    return taken


def groups_of(snapshot: QuoteSnapshot) -> dict[str, list[SnapshotLine]]:
    """The lines to choose one of, by the name of their group, in order."""
    groups: dict[str, list[SnapshotLine]] = {}
    for line in snapshot["lines"]:
        if line.get("group"):
            groups.setdefault(line["group"], []).append(line)
    return groups


def usual_of(members: Collection[SnapshotLine]) -> int:
    """The key that is chosen of a group when nobody says: the company's, or the first."""
    return next((line["key"] for line in members if line["chosen"]), next(iter(members))["key"])


def every_option(snapshot: QuoteSnapshot) -> set[int]:
    """All that could be chosen together: every option, and of each group the usual one."""
    keys = {line["key"] for line in snapshot["lines"] if not line.get("group")}
    return keys | {usual_of(members) for members in groups_of(snapshot).values()}


def settled(snapshot: QuoteSnapshot, quantities: Quantities | None = None) -> QuoteSnapshot:
    """The same version with those quantities (line key → quantity) and the price of their tramo.

    Raises Refused("quantity_limits") for a quantity the line does not allow, with the field
    `cantidad-<key>`; a key that does not exist is ignored.
    """
    if not quantities:
        return snapshot
    write = figures_of(snapshot.get("language", ""))
    lines: list[SnapshotLine] = []
    for line in snapshot["lines"]:
        asked = quantities.get(line["key"])
        if asked is None or Decimal(asked) == Decimal(line["quantity"]):
            lines.append(line)
            continue
        lines.append(_with_quantity(line, Decimal(asked), write))
    return {**snapshot, "lines": lines}


def _with_quantity(line: SnapshotLine, quantity: Decimal, write: Figures) -> SnapshotLine:
    low, high = limits(line)
    if low is None or high is None or not quantity.is_finite() or not low <= quantity <= high:
        raise Refused("quantity_limits", limits_text(line, write), field=f"cantidad-{line['key']}")
    if quantity != quantity.to_integral_value() and not is_fractional(line):
        text = _("«%(concept)s» se pide por unidades enteras.")
        raise Refused(
            "quantity_limits",
            text % {"concept": line["concept"]},
            field=f"cantidad-{line['key']}",
        )
    changed: dict[str, Any] = {**line, "quantity": plain(quantity)}
    for least, price, discount in line.get("tiers") or []:
        if Decimal(least) <= max(quantity, Decimal(1)):
            changed |= {"unit_price": price, "discount_pct": discount}
    return changed  # type: ignore[return-value]


def is_fractional(line: SnapshotLine) -> bool:
    """Whether the company itself wrote a quantity with decimals."""
    numbers = (line["quantity"], line.get("min_quantity"), line.get("max_quantity"))
    return any(Decimal(n) != Decimal(n).to_integral_value() for n in numbers if n is not None)


def limits(line: SnapshotLine) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most of a line; (None, None) when its quantity is fixed."""
    low, high = line.get("min_quantity"), line.get("max_quantity")
    if low is None and high is None:
        return None, None
    quantity = Decimal(line["quantity"])
    return Decimal(low) if low is not None else min(quantity, Decimal(1)), (
        Decimal(high) if high is not None else max(quantity, Decimal(1_000_000))
    )


def range_text(line: SnapshotLine, write: Figures = SPANISH) -> str:
    """«Puedes pedir entre 2 y 10», for a line whose quantity the customer may change."""
    low, high = limits(line)
    if low is None or high is None:
        return ""
    words = {"low": write.quantity(low), "high": write.quantity(high)}
    if line.get("max_quantity") is None:
        return _("Puedes pedir desde %(low)s") % words
    return _("Puedes pedir entre %(low)s y %(high)s") % words


def limits_text(line: SnapshotLine, write: Figures = SPANISH) -> str:
    low, high = limits(line)
    if low is None or high is None:
        text = _("La cantidad de «%(concept)s» no se puede cambiar.")
        return text % {"concept": line["concept"]}
    words = {"concept": line["concept"], "low": write.quantity(low), "high": write.quantity(high)}
    if line.get("max_quantity") is None:
        return _("De «%(concept)s» puedes pedir desde %(low)s.") % words
    return _("De «%(concept)s» puedes pedir entre %(low)s y %(high)s.") % words


def read_choice(data: Any, snapshot: QuoteSnapshot) -> tuple[set[int], dict[int, Decimal]]:
    """(chosen keys, quantities) of a form of the customer, a QueryDict."""
    return read_options(data, snapshot), read_quantities(data, snapshot)


def read_options(data: Any, snapshot: QuoteSnapshot) -> set[int]:
    """The keys in `opcion`, and in `opcion-<key>` the one of the group that begins at that line
    (buttons of one choice need a name of their own)."""
    given = list(data.getlist("opcion"))
    for members in groups_of(snapshot).values():
        given += data.getlist(f"opcion-{members[0]['key']}")
    return {int(key) for key in given if key.isascii() and key.isdigit() and len(key) < 6}


def read_quantities(data: Any, snapshot: QuoteSnapshot) -> dict[int, Decimal]:
    """The quantities of `cantidad-<key>` that differ from the company's. Raises Refused for one
    that cannot be read; the limits are checked by `settled`."""
    quantities = {}
    for line in snapshot["lines"]:
        field = f"cantidad-{line['key']}"
        text = data.get(field, "").strip()[:40]
        if not text:
            continue
        # Number fields of browsers send a point; people write a comma.
        asked = Decimal(text) if _PLAIN.fullmatch(text) else parse_quantity(text, field=field)
        if asked != Decimal(line["quantity"]):
            quantities[line["key"]] = asked
    return quantities


def plain(number: Any) -> str:
    """A decimal without the zeros of its column: 1.000000 → «1»."""
    value = Decimal(number).normalize()
    return f"{value:f}"
