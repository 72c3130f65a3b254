"""The taxes and the sums of a quote on paper and on the customer's page, in its language.

`gettext` is to speak that language already (`documents.figures.writing_to`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from lonja.documents.contracts import Due, TaxRow, TotalRow
from lonja.documents.figures import Figures
from lonja.documents.words import IN_SPANISH, Say
from lonja.sales.paces import pace
from lonja.sales.snapshot import Part


def tax_rows(part: Part | None, say: Say = IN_SPANISH) -> list[tuple[str, str]]:
    """(label, amount) of the taxes of a part: «IVA 21 %», «759,36 €»."""
    write = say.figures
    rows = []
    for group in part.totals.groups if part else ():
        if group.rate is None:
            continue
        rows.append((_rate_label(group, say), write.money(group.amount)))
        if group.surcharge_rate:
            label = _("Recargo %(rate)s") % {"rate": write.percent(group.surcharge_rate)}
            rows.append((label, write.money(group.surcharge)))
    return rows


def tax_name(parts: Iterable[Part | None]) -> str:
    """«IVA», or the tax of where the issuer is: IGIC in Canarias, IPSI in Ceuta and Melilla."""
    groups = (group for part in parts if part is not None for group in part.totals.groups)
    return next((_TAXES[group.tax] for group in groups if group.tax in _TAXES), _("IVA"))


_TAXES = {"02": "IPSI", "03": "IGIC"}


def _rate_label(group: Any, say: Say) -> str:
    name = {"01": say("IVA"), **_TAXES}.get(group.tax, _("Impuesto"))
    if group.rate is None:
        return _("%(tax)s exento o no sujeto") % {"tax": name}
    return f"{name} {say.figures.percent(group.rate)}"


def total(part: Part | None) -> Any:
    return part.totals.total if part else 0


def fee(part: Part, write: Figures) -> Due:
    amount = f"{write.money(part.totals.total)} {pace(part.unit, part.every)}"
    label = _("Cuota, %(tax)s incluido") % {"tax": tax_name([part])}
    return {"label": label, "amount": amount}


def taxes(part: Part | None, say: Say) -> list[TaxRow]:
    rows: list[TaxRow] = []
    write = say.figures
    for group in part.totals.groups if part else ():
        row: TaxRow = {
            "label": _rate_label(group, say),
            "base": write.money(group.base),
            "amount": write.money(group.amount),
        }
        if group.surcharge_rate:
            rate = write.percent(group.surcharge_rate)
            row["surcharge"] = f"{rate} · {write.money(group.surcharge)}"
        rows.append(row)
    return rows


def totals(part: Part | None, say: Say) -> list[TotalRow]:
    if part is None:
        return []
    rows: list[TotalRow] = []
    if part.totals.global_discount:
        amount = say.figures.money(-part.totals.global_discount)
        rows.append({"label": _("Descuento"), "amount": amount})
    base = say.figures.money(part.totals.base_total)
    rows.append({"label": _("Base imponible"), "amount": base})
    rows += [{"label": label, "amount": amount} for label, amount in tax_rows(part, say)]
    return rows
