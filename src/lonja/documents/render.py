"""From a template and a dict to a PDF (or SVG pages for the live preview), with typst.

Data reaches the typesetter only as JSON, in a file that it reads and does not run (and that as
source would be a comment), so nothing a person types can become code. Files are readable only
inside `src/lonja`; fonts only from our folder.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lonja.documents.glyphs import FONT_DIR, printable_tree
from lonja.kit.errors import Refused

logger = logging.getLogger(__name__)

# A document is small: sharing it out among threads costs more than it saves, and those who wait
# for others have the cores. Read by typst when it first typesets.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
INVOICE = ROOT / "billing" / "typst" / "invoice.typ"
QUOTE = ROOT / "sales" / "typst" / "quote.typ"
# PDF/A-3a: kept readable for decades and may carry the structured invoice; UA-1: accessible.
ARCHIVE = ("a-3a", "ua-1")

# Where a long word has the width of the page, or is not printed.
_WIDE_KEYS = {"footer", "title", "number", "link_url", "url", "iban", "legal_line"}
# The name of the file that holds the data; it is in memory only.
GIVEN = "given"
_NO_PACKAGES = str(ROOT / "documents" / "typst")  # holds none: a template cannot download any


class RenderFailed(Exception):
    """typst could not typeset the document. `str()` is its diagnosis, for the log."""


class FontsMissing(RuntimeError):
    """The fonts were not copied into `documents/fonts` (the front-end build does it)."""


@dataclass(frozen=True)
class Attachment:
    """A text file (XML, JSON, CSV) carried inside the PDF, such as the structured invoice.

    `relationship` is the PDF/A-3 /AFRelationship: alternative, source, data or supplement.
    """

    name: str
    content: bytes
    mime_type: str
    description: str
    relationship: str = "alternative"


def render_pdf(
    template: Path,
    data: Mapping[str, Any],
    *,
    images: Mapping[str, bytes] | None = None,
    timestamp: datetime,
    standards: Sequence[str] = ARCHIVE,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The document as PDF. Same arguments, same bytes, so its hash can be kept.

    `data` is one of the shapes in `lonja.documents.contracts`; `images` are PNG, JPEG, WebP,
    GIF or SVG by name; `timestamp` (aware) is written as the date of creation. If the document
    cannot meet `standards` it is made without them rather than not made (and logged).
    Raises Refused("document_failed") when it cannot be made at all.
    """
    try:
        return typeset_pdf(
            template,
            data,
            images=images,
            timestamp=timestamp,
            standards=standards,
            attachments=attachments,
        )
    except RenderFailed as error:
        raise document_failed() from error


def render_svg(
    template: Path,
    data: Mapping[str, Any],
    *,
    images: Mapping[str, bytes] | None = None,
    timestamp: datetime | None = None,
) -> list[str]:
    """The same document as one SVG per page, for the live preview.

    Raises Refused("document_failed") when it cannot be made.
    """
    given = _given(data, images or {}, ())
    try:
        pages = _compile(template, given, timestamp or datetime.now(UTC), format="svg")
    except RenderFailed as error:
        raise document_failed() from error
    if isinstance(pages, bytes):
        pages = [pages]
    return [_lighter(page.decode(), number) for number, page in enumerate(pages, 1)]


_GLYPH = re.compile(r"(g[0-9A-F]{20,32})")
_LONG_DECIMAL = re.compile(r"(\.\d{3})\d+")
_SYMBOL, _SYMBOL_END = '<symbol id="', "</symbol>"
# What a glyph's name stands for, already lighter: the same in every page of every document.
_drawn: dict[str, str] = {}
_MOST_DRAWN = 4000


def _lighter(svg: str, page: int) -> str:
    """About half the bytes: three decimals of a point, and short glyph names, own to each page
    so that several pages can stand in one HTML document."""
    svg = svg.replace(' fill-rule="nonzero"', "")
    placed, *symbols = svg.split(_SYMBOL)
    rest = ""
    if symbols:
        symbols[-1], _end, rest = symbols[-1].rpartition(_SYMBOL_END)
    parts = _GLYPH.split(_fewer_decimals(placed))
    names: dict[str, str] = {}
    for at in range(1, len(parts), 2):
        parts[at] = names.get(parts[at]) or names.setdefault(parts[at], f"p{page}g{len(names)}")
    for symbol in symbols:
        glyph, quote, drawing = symbol.removesuffix(_SYMBOL_END).partition('"')
        drawn = _drawn.get(glyph)
        if drawn is None:
            if len(_drawn) >= _MOST_DRAWN:
                _drawn.clear()
            drawn = _drawn[glyph] = quote + _fewer_decimals(drawing)
        name = names.get(glyph) or names.setdefault(glyph, f"p{page}g{len(names)}")
        parts += (_SYMBOL, name, drawn, _SYMBOL_END)
    return "".join((*parts, _fewer_decimals(rest)))


def _fewer_decimals(drawing: str) -> str:
    # What a pattern with a group splits into is the text without the rest of each match.
    return "".join(_LONG_DECIMAL.split(drawing))


def typeset_pdf(
    template: Path,
    data: Mapping[str, Any],
    *,
    images: Mapping[str, bytes] | None = None,
    timestamp: datetime,
    standards: Sequence[str] = ARCHIVE,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """`render_pdf` for processes without Django: raises RenderFailed instead of Refused."""
    given = _given(data, images or {}, attachments)
    try:
        return _compile(template, given, timestamp, format="pdf", pdf_standards=list(standards))
    except RenderFailed as error:
        if not standards:
            raise
        logger.warning("%s does not meet %s: %s", template.name, "+".join(standards), error)
    return _compile(template, given, timestamp, format="pdf")


def document_failed() -> Refused:
    """The refusal of a document that could not be made, for whoever asked for it."""
    return Refused(
        "document_failed",
        _("No se ha podido crear el documento. Revisa el logotipo y los textos y vuelve a probar."),
    )


@functools.cache
def fonts() -> typst.Fonts:
    """Our fonts, read once per process. Only ours: the result never depends on the machine."""
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_DIR)]
    )
    if "Inter" not in found.families():
        raise FontsMissing(f"No hay fuentes en {FONT_DIR}: falta construir la parte de «frontend»")
    return found


_mine = threading.local()


def _compiler(root: Path) -> typst.Compiler:
    """One for each thread: it keeps the templates read and what documents have in common laid out
    (their words, the head and foot of a company). One shared by two threads fails («Already
    borrowed»). `sys.inputs` is not used: whatever changes there makes it forget all of that."""
    made: dict[Path, typst.Compiler] = _mine.__dict__.setdefault("made", {})
    if root not in made:
        made[root] = typst.Compiler(
            root=str(root),
            font_paths=fonts(),
            package_path=_NO_PACKAGES,
            package_cache_path=_NO_PACKAGES,
        )
    return made[root]


def _compile(template: Path, given: bytes, timestamp: datetime, **options: Any) -> Any:
    if timestamp.tzinfo is None:
        raise ValueError("timestamp must be aware")
    try:
        return _compiler(ROOT).compile(
            {"main.typ": f'#include "/{template.relative_to(ROOT)}"'.encode(), GIVEN: given},
            timestamp=int(timestamp.timestamp()),
            **options,
        )
    except typst.TypstError as error:
        raise RenderFailed(str(error)) from error


def _given(
    data: Mapping[str, Any], images: Mapping[str, bytes], attachments: Sequence[Attachment]
) -> bytes:
    """What `documents/typst/base.typ` reads. On one line after `//`: the typesetter looks at what
    is kept in memory as if it were source, and a comment it passes over."""
    carried = [
        {
            "name": item.name,
            "text": item.content.decode("utf-8"),
            "mime": item.mime_type,
            "relationship": item.relationship,
            "description": item.description,
        }
        for item in attachments
    ]
    printed = printable_tree(dict(data))
    given = {
        "data": printed,
        "long-words": _has_long_word(printed),
        "images": {name: _as_svg(image) for name, image in images.items()},
        "attachments": carried,
    }
    return b"//" + json.dumps(given).encode()


def _has_long_word(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > 18 and any(len(word) > 18 for word in value.split())
    if isinstance(value, dict):
        return any(_has_long_word(item) for key, item in value.items() if key not in _WIDE_KEYS)
    return isinstance(value, list) and any(_has_long_word(item) for item in value)


@functools.lru_cache(maxsize=256)
def _as_svg(content: bytes) -> str:
    """Any image as SVG source: JSON carries only text, and typst decodes a data URI
    in native code (an array of numbers for a 300 KB logo would take longer than the page).
    In the colours of printing inks, or with a profile that is not of a device, it would not be
    PDF/A-3: it is saved again in those of a screen."""
    if content.lstrip()[:1] == b"<":
        return content.decode("utf-8")
    try:
        with Image.open(io.BytesIO(content)) as image:
            (width, height), kind = image.size, image.format or ""
            if image.mode == "CMYK" or not _is_of_a_device(image.info.get("icc_profile")):
                out = io.BytesIO()
                image.convert("RGBA").save(out, "PNG", icc_profile=None)
                content, kind = out.getvalue(), "PNG"
    except (UnidentifiedImageError, OSError) as error:
        raise RenderFailed(f"not an image: {error}") from error
    payload = base64.b64encode(content).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" '
        f'xlink:href="data:{Image.MIME.get(kind, "image/png")};base64,{payload}"/></svg>'
    )


def _is_of_a_device(profile: bytes | None) -> bool:
    """Whether PDF/A-3 takes that ICC profile (§6.2.4.2): of a screen, scanner or printer, of red,
    green and blue or of greys. Also when there is none."""
    if not profile:
        return True
    return profile[12:16] in (b"mntr", b"scnr", b"prtr", b"spac") and profile[16:20] in (
        b"RGB ",
        b"GRAY",
    )
