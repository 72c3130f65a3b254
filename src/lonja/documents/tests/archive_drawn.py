"""What ISO 19005-3 (PDF/A-3) asks of what is drawn: colours, fonts, pictures, annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    NameObject,
)

_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
_ANNOTATIONS = {
    *("/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"),
    *("/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink"),
    *("/Popup", "/FileAttachment", "/Widget", "/PrinterMark", "/TrapNet", "/Watermark"),
    "/Redact",
}
_BLENDS = {
    *("/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten"),
    *("/ColorDodge", "/ColorBurn", "/HardLight", "/SoftLight", "/Difference", "/Exclusion"),
    *("/Hue", "/Saturation", "/Color", "/Luminosity"),
}
_INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}


def of(one: Any, key: str, default: Any = None) -> Any:
    """What a dictionary has there, references followed."""
    return resolved(one.get(key, default))


def resolved(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, ArrayObject) else [value]


def icc(stream: Any) -> str | None:
    """The space of an ICC profile when it is whole and of a version that PDF/A-3 takes."""
    data = stream.get_data()
    sound = len(data) >= 128 and data[36:40] == b"acsp" and data[8] <= 4
    sound = sound and data[12:16] in (b"mntr", b"scnr", b"prtr", b"spac")
    size = int.from_bytes(data[:4], "big") == len(data)
    space = data[16:20].decode("latin-1")
    channels = {"RGB ": 3, "CMYK": 4, "GRAY": 1}.get(space)
    return space if sound and size and of(stream, "/N") == channels else None


def page_faults(page: Any, reader: PdfReader, profile: str | None) -> Iterator[str]:
    if "/AA" in page or "/PresSteps" in page:
        yield "6.5.2 it does something by itself"
    for reference in of(page, "/Annots") or []:
        yield from _annotation(reference.get_object())
    seen: set[int] = set()
    if page.get_contents() is not None:
        resources = of(page, "/Resources", {})
        yield from _content(page.get_contents(), resources, reader, profile, seen)


def _annotation(one: Any) -> Iterator[str]:
    kind = of(one, "/Subtype")
    if kind not in _ANNOTATIONS:
        yield f"6.3.1 there is an annotation {kind}"
    if "/AA" in one:
        yield "6.5.2 an annotation does something by itself"
    action = of(one, "/A")
    if action is not None and of(action, "/S") not in _ACTIONS:
        yield f"6.5.1 there is an action {action.get('/S')}"
    if kind == "/Popup":
        return
    flags = int(of(one, "/F", 0))
    if not flags & 4 or flags & (1 | 2 | 32 | 256):
        yield f"6.3.2 the flags of a {kind} do not print it"
    x1, y1, x2, y2 = (float(n) for n in one["/Rect"])
    if kind != "/Link" and (x1 != x2 or y1 != y2):
        looks = of(one, "/AP")
        if looks is None or set(looks) != {"/N"}:
            yield f"6.3.3 the look of a {kind} is not only the normal one"


def _content(
    content: Any, resources: Any, reader: PdfReader, profile: str | None, seen: set[int]
) -> Iterator[str]:
    for group in ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading"):
        for one in resolved(resources.get(group, {})).values():
            thing = one.get_object()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            yield from _resource(group, thing, resources, reader, profile, seen)
    depth = deepest = 0
    for operands, operator in ContentStream(content, reader).operations:
        if operator in (b"rg", b"RG") and profile != "RGB ":
            yield "6.2.4.3 DeviceRGB without a profile for it"
        if operator in (b"k", b"K") and profile != "CMYK":
            yield "6.2.4.3 DeviceCMYK without a profile for it"
        if operator in (b"g", b"G") and profile is None:
            yield "6.2.4.3 DeviceGray without a profile for it"
        if operator in (b"cs", b"CS"):
            yield from _space(operands[0], profile)
        if operator == b"ri" and operands[0] not in _INTENTS:
            yield f"6.2.6 the intent {operands[0]} is not one"
        depth += (operator == b"q") - (operator == b"Q")
        deepest = max(deepest, depth)
    if deepest > 28:
        yield "6.1.13 the graphics state is saved more than 28 times"


def _resource(
    group: str, one: Any, resources: Any, reader: PdfReader, profile: str | None, seen: set[int]
) -> Iterator[str]:
    if group == "/Font":
        yield from _font(one)
    elif group == "/ColorSpace":
        yield from _space(one, profile)
    elif group == "/ExtGState":
        if "/TR" in one or of(one, "/TR2", "/Default") != "/Default" or "/HTO" in one:
            yield "6.2.5 a graphics state has a transfer function"
        if of(one, "/RI", "/Perceptual") not in _INTENTS:
            yield "6.2.6 a graphics state has an intent that is not one"
        if not {str(name) for name in listed(of(one, "/BM", "/Normal"))} <= _BLENDS:
            yield f"6.2.10 the blend {one.get('/BM')} is not one"
        if profile is None and (float(of(one, "/ca", 1)) < 1 or float(of(one, "/CA", 1)) < 1):
            yield "6.2.10 there is transparency and no output intent"
        mask = of(one, "/SMask")
        if isinstance(mask, DictionaryObject):
            form = mask["/G"].get_object()
            inner = of(form, "/Resources", {})
            yield from _content(form, inner, reader, profile, seen)
    elif group == "/XObject" and of(one, "/Subtype") == "/Image":
        if not of(one, "/ImageMask"):
            yield from _space(of(one, "/ColorSpace"), profile)
    elif group == "/XObject" or of(one, "/PatternType") == 1:
        inner = of(one, "/Resources", resources)
        yield from _content(one, inner, reader, profile, seen)
    elif group in ("/Pattern", "/Shading"):
        shading = of(one, "/Shading", one)
        yield from _space(of(shading, "/ColorSpace"), profile)


def _space(space: Any, profile: str | None) -> Iterator[str]:
    space = resolved(space)
    name = space[0] if isinstance(space, ArrayObject) else space
    if name == "/DeviceRGB" and profile != "RGB ":
        yield "6.2.4.3 DeviceRGB without a profile for it"
    elif name == "/DeviceCMYK" and profile != "CMYK":
        yield "6.2.4.3 DeviceCMYK without a profile for it"
    elif name == "/ICCBased" and icc(resolved(space[1])) is None:
        yield "6.2.4.2 a profile is not whole"
    elif name in ("/Indexed", "/Separation", "/DeviceN") and not isinstance(space, NameObject):
        yield from _space(space[1 if name == "/Indexed" else 2], profile)


_STANDARD_CMAPS = {"/Identity-H", "/Identity-V"}


def _font(font: Any) -> Iterator[str]:
    name = of(font, "/BaseFont")
    kind = of(font, "/Subtype")
    mapping = of(font, "/ToUnicode")
    if mapping is None:
        if of(font, "/Encoding") not in ("/WinAnsiEncoding", "/MacRomanEncoding"):
            yield f"6.2.11.7 {name} does not say its Unicode"
    elif re.search(rb"<[0-9A-Fa-f]+>\s*<(0000|FFFE|FEFF|fffe|feff)>", mapping.get_data()):
        yield f"6.2.11.7 {name} gives a character that is none"
    elif re.search(rb"<[0-9A-Fa-f]+>\s*<([Ee]|[Ff][0-8])[0-9A-Fa-f]+>", mapping.get_data()):
        yield f"6.2.11.7.3 {name} gives a character of private use"
    if kind == "/Type3":
        return
    if kind == "/Type0":
        below = font["/DescendantFonts"][0].get_object()
        encoding = resolved(font["/Encoding"])
        if isinstance(encoding, NameObject) and encoding not in _STANDARD_CMAPS:
            yield f"6.2.11.3.3 the CMap {encoding} of {name} is not inside"
        if of(below, "/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in below:
            yield f"6.2.11.3.2 {name} has no CIDToGIDMap"
        font = below
    descriptor = of(font, "/FontDescriptor")
    files = {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor or ())
    if len(files) != 1 or not resolved(descriptor[next(iter(files))]).get_data():
        yield f"6.2.11.4 {name} is not inside"
    elif kind != "/Type0" and not ("/Widths" in font and "/FirstChar" in font):
        yield f"6.2.11.5 {name} has no widths"
