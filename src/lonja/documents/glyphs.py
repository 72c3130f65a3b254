"""Which characters our fonts can print, and what happens to the others.

In PDF/A a glyph that no font has is an *error*, so a customer called «漢字 SL» would stop an
invoice. Text is made printable before it reaches the typesetter:

- control characters, bidi controls, joiners, variation selectors and emoji skin tones are
  **stripped** (line breaks stay, tabs become a space);
- a visible character no font has (CJK, most scripts beyond Latin, Greek, Cyrillic, Arabic,
  Hebrew, Armenian, Georgian) is **replaced** by «□», and so is one of private use, which nobody
  could read in twenty years (ISO 19005-3 §6.2.11.7.3); those that a word processor puts before
  each point of a list become the sign that they stand for.
"""

from __future__ import annotations

import functools
import struct
import unicodedata
from pathlib import Path
from typing import Any

FONT_DIR = Path(__file__).parent / "fonts"
MISSING = "□"

_STRIPPED_CATEGORIES = {"Cc", "Cf", "Cs"}
# Of the font of symbols of a word processor, as they are pasted from it.
_POINTS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→"}
_PRIVATE = frozenset(range(0xE000, 0xF900))
_SPACES = {"\t": " ", "\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"}


def printable(text: str) -> str:
    """`text` in NFC with only characters our fonts can print (see the module's rules)."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    covered = _covered()
    kept: list[str] = []
    for char in text:
        char = _SPACES.get(char) or _POINTS.get(char, char)
        if char == "\n" or (ord(char) in covered and not _is_stripped(char)):
            kept.append(char)
        elif not _is_stripped(char):
            kept.append(MISSING)
    return "".join(kept)


def printable_tree(value: Any) -> Any:
    """A copy of a JSON-able value with every string made printable (keys are left alone)."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: printable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_tree(item) for item in value]
    return value


def _is_stripped(char: str) -> bool:
    point = ord(char)
    return (
        unicodedata.category(char) in _STRIPPED_CATEGORIES
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0100 <= point <= 0xE01EF
        or 0x1F3FB <= point <= 0x1F3FF
    )


@functools.cache
def _covered() -> frozenset[int]:
    points: set[int] = set()
    for path in sorted(FONT_DIR.glob("*.ttf")):
        points |= cmap_points(path.read_bytes())
    return frozenset(point for point in points - _PRIVATE if point < 0xF0000)


def cmap_points(font: bytes) -> set[int]:
    """Code points a TrueType font maps to a glyph (cmap formats 4 and 12)."""
    table_count = struct.unpack_from(">H", font, 4)[0]
    for index in range(table_count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"cmap":
            return _read_cmap(font, offset)
    return set()


def _read_cmap(font: bytes, start: int) -> set[int]:
    points: set[int] = set()
    for index in range(struct.unpack_from(">H", font, start + 2)[0]):
        offset = start + struct.unpack_from(">I", font, start + 4 + 8 * index + 4)[0]
        kind = struct.unpack_from(">H", font, offset)[0]
        if kind == 4:
            points |= _read_format_4(font, offset)
        elif kind == 12:
            for group in range(struct.unpack_from(">I", font, offset + 12)[0]):
                first, last, glyph = struct.unpack_from(">III", font, offset + 16 + 12 * group)
                points.update(range(first + (glyph == 0), last + 1))
    return points


def _read_format_4(font: bytes, offset: int) -> set[int]:
    count = struct.unpack_from(">H", font, offset + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, offset + 14)
    starts = struct.unpack_from(f">{count}H", font, offset + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, offset + 16 + 4 * count)
    ranges_at = offset + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", font, ranges_at)
    points: set[int] = set()
    for index in range(count):
        for point in range(starts[index], min(ends[index], 0xFFFE) + 1):
            glyph = point
            if ranges[index]:
                at = ranges_at + 2 * index + ranges[index] + 2 * (point - starts[index])
                glyph = struct.unpack_from(">H", font, at)[0]
                if glyph == 0:
                    continue
            if (glyph + deltas[index]) & 0xFFFF:
                points.add(point)
    return points
