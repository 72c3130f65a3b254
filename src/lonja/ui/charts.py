"""Data of a chart and of the table beside it («Ver datos»), for `ui/chart.html`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lonja.ui import formats


def bars(
    labels: Sequence[str],
    series: Sequence[tuple[Any, Sequence[Any]]],
    *,
    stacked: bool = False,
    unit: str = "€",
    links: Sequence[str] = (),
    head: Any = "",
    axis: bool = True,
    zero: bool = True,
    past: bool = False,
) -> dict[str, Any]:
    """Series of (label, values), one value per label; money in cents (int) or Decimal.

    Numbers go to the page as text-exact decimals for drawing only. `links` makes each bar lead
    somewhere. Also serves lines (`kind="line"`); `axis=False` hides the vertical axis. Of what has
    been (`past`), the phone shows the last bars; else, the first.
    """
    cents = unit == "€"
    return {
        "labels": [str(label) for label in labels],
        "series": [
            {
                "label": str(label),
                "color": f"c{index + 1}",
                "values": [
                    value / 100 if cents and isinstance(value, int) else float(value)
                    for value in values
                ],
            }
            for index, (label, values) in enumerate(series)
        ],
        "rows": [
            {
                "label": str(label),
                "cells": [_written(values[position], unit) for _name, values in series],
            }
            for position, label in enumerate(labels)
        ],
        "stacked": stacked,
        "unit": unit,
        "links": list(links),
        "head": str(head),
        "axis": axis,
        "zero": zero,
        "past": past,
    }


def _written(value: Any, unit: str) -> str:
    if unit == "€":
        return formats.money(value)
    text = formats.quantity(value)
    return f"{text}{formats.NBSP}{unit}" if unit else text
