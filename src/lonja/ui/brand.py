"""The brand of a company on its customers' pages: a colour on which white text can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WHITE_TEXT = 4.5
# The customers' pages, on which the colour is also that of links: as readable there.
PAPER = "#f8f7f4"
FALLBACK = "#0e6f78"


@dataclass(frozen=True)
class Brand:
    """What `ui/public.html` shows. `soft` is a pale tint for backgrounds."""

    name: str
    color: str
    soft: str
    tagline: str = ""
    legal: str = ""
    logo_url: str = ""


def of(company: Any, *, logo_url: str = "") -> Brand:
    """The brand of a company. `logo_url` is the public address of its logo, if it has one."""
    color = readable(company.accent)
    legal = " · ".join(
        part
        for part in (
            company.legal_name,
            f"NIF {company.nif}",
            *company.address_lines,
            company.registry,
            company.email,
            company.phone,
        )
        if part
    )
    return Brand(
        name=company.display_name,
        color=color,
        soft=mix(color, "#ffffff", 0.9),
        tagline=company.tagline,
        legal=legal,
        logo_url=logo_url,
    )


def readable(color: str) -> str:
    """The colour, darkened until white text on it, and it on the paper of the customers' pages,
    reach a contrast of 4.5:1 (WCAG 1.4.3)."""
    current = color if _rgb(color) else FALLBACK
    paper = contrast_with_white(PAPER)
    while contrast_with_white(current) / paper < WHITE_TEXT:
        current = mix(current, "#000000", 0.06)
    return current


def contrast_with_white(color: str) -> float:
    """Contrast ratio of WCAG 2 between the colour and white, from 1 to 21."""
    return 1.05 / (_luminance(color) + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """`share` (0–1) of `other` in `color`."""
    first, second = _rgb(color) or (0, 0, 0), _rgb(other) or (0, 0, 0)
    parts = (round(a * (1 - share) + b * share) for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _luminance(color: str) -> float:
    channels = []
    for part in _rgb(color) or (0, 0, 0):
        value = part / 255
        channels.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(color: str) -> tuple[int, int, int] | None:
    text = color.removeprefix("#")
    if len(text) != 6:
        return None
    try:
        return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
    except ValueError:
        return None
