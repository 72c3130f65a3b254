"""Small pieces of HTML that tags, tables and rooms share. Everything given is escaped."""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_noop

from lonja.ui import formats
from lonja.ui.kept import Kept

ICON_FILE = Path(__file__).parent / "static" / "build" / "icons.json.gz"
NOTHING = SafeString('<span class="z">—</span>')
TONES = ("ok", "warn", "bad", "info", "mut", "acc")
# What a status says when colour cannot be seen.
TONE_ICONS = {
    gettext_noop("Si cumple"): "check",
    gettext_noop("No cumple"): "alert-triangle",
    gettext_noop("No tiene"): "",
}
SIZES = {"": "i", "s": "i i-s", "l": "i i-l", "xl": "i i-xl"}


class UnknownIcon(LookupError):
    """The name is not an outline of @tabler/icons."""


@cache
def _icons() -> dict[str, str]:
    if not ICON_FILE.is_file():
        return {}
    return json.loads(gzip.decompress(ICON_FILE.read_bytes()))


def escaped(value: Any) -> str:
    """Text for HTML; what is already safe stays. Django's own takes thrice as long, and a page of
    a list asks for it a thousand times."""
    return value if isinstance(value, SafeString) else html.escape(str(value))


def icon(name: str, size: str = "") -> SafeString:
    """The outline SVG of @tabler/icons, decorative (aria-hidden). Sizes: "", s, l, xl."""
    drawing = _icons().get(name)
    if drawing is None:
        if settings.DEBUG and _icons():
            raise UnknownIcon(name)
        drawing = ""
    return SafeString(
        f'<svg class="{SIZES[size]}" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>'
    )


def badge(label: Any, tone: str = "mut", icon_name: str = "") -> SafeString:
    """A status pill: tone ok, warn, bad, info, mut or acc."""
    text = label if isinstance(label, SafeString) else str(label)
    key = type(text), text, tone, icon_name, get_language()
    return _badges.get(key, lambda: _badge(text, tone, icon_name))


_badges: Kept[SafeString] = Kept()


def _badge(label: str, tone: str, icon_name: str) -> SafeString:
    if tone not in TONES:
        raise ValueError(f"Tono desconocido: {tone}")
    name = icon_name or TONE_ICONS.get(label, "")
    drawing = icon(name) if name else ""
    plain = " plain" if label == "No tiene" else ""
    if label in TONE_ICONS:  # values kept in Spanish, read in the language of the screen
        label = gettext(label)
    return SafeString(f'<span class="badge-s badge-{tone}{plain}">{drawing}{escaped(label)}</span>')


def figure(text: Any) -> SafeString:
    """Numbers and codes, all of a width."""
    return SafeString(f'<span class="tn">{escaped(text)}</span>')


def money(value: Any, tone: str = "") -> SafeString:
    """Money for a cell: zero is grey, never blank."""
    if value in (None, ""):
        return NOTHING
    text = formats.money(value)  # digits and signs: nothing to escape
    if not value:
        return SafeString(f'<span class="z tn">{text}</span>')
    classes = f" tone-{escaped(tone)}" if tone else ""
    return SafeString(f'<span class="tn{classes}">{text}</span>')


def when(value: date | datetime | None, *, near: bool = False, tone: str = "") -> SafeString:
    """A day or an instant inside <time>."""
    if value is None:
        return NOTHING
    text = formats.near_date(value) if near else formats.full_date(value)
    classes = f" tone-{escaped(tone)} strong" if tone else ""
    return SafeString(
        f'<time class="tn nowrap{classes}" datetime="{value.isoformat()}">{escaped(text)}</time>'
    )


def avatar(name: Any, size: str = "", *, square: bool = False) -> SafeString:
    """Initials on a colour that stays the same for the same name. Decorative: put the name by."""
    colour = sum(map(ord, str(name))) % 8
    classes = f"av av-c{colour}" + (f" av-{size}" if size else "") + (" av-sq" if square else "")
    initials = escaped(formats.initials(name))
    return SafeString(f'<span class="{escaped(classes)}" aria-hidden="true">{initials}</span>')


def person(name: Any) -> SafeString:
    """Small avatar and name."""
    if not name:
        return NOTHING
    return SafeString(f'<span class="row gap-2 nowrap">{avatar(name, "s")}{escaped(name)}</span>')


def sparkline(
    values: Sequence[Any], colour: str = "1", width: int = 90, height: int = 32
) -> SafeString:
    """A small line without axes; decorative, the figure beside it says the value."""
    points = [float(value) for value in values]
    if len(points) < 2:
        return SafeString("")
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    step = (width - 4) / (len(points) - 1)
    line = [
        (2 + n * step, round(height - 3 - (value - low) / span * (height - 7), 1))
        for n, value in enumerate(points)
    ]
    path = " ".join(f"{x:.1f},{y}" for x, y in line)
    end_x, end_y = line[-1]
    return mark_safe(
        f'<svg class="spark spark-{int(colour)}" width="{int(width)}" height="{int(height)}" '
        f'viewBox="0 0 {int(width)} {int(height)}" aria-hidden="true">'
        f'<polygon points="2,{height} {path} {end_x:.1f},{height}" fill="currentColor" '
        f'opacity=".1"/>'
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linejoin="round"/><circle cx="{end_x:.1f}" cy="{end_y}" r="2.6" '
        f'fill="currentColor"/></svg>'
    )


def share_bar(parts: Sequence[tuple[Any, str]], label: Any) -> SafeString:
    """A bar of parts (amount, colour) such as debt by age: c1…c5, warn or bad."""
    amounts = [max(float(amount), 0.0) for amount, _fill in parts]
    total = sum(amounts)
    if not total:
        return SafeString("")
    pieces, x = [], 0.0
    for amount, (_raw, fill) in zip(amounts, parts, strict=True):
        width = amount / total * 100
        if width:
            pieces.append(
                format_html(
                    '<rect x="{}" y="0" width="{}" height="10" class="fill-{}"/>',
                    f"{x:.2f}",
                    f"{max(width - 0.6, 0.4):.2f}",
                    fill,
                )
            )
        x += width
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        label,
        mark_safe("".join(pieces)),
    )
