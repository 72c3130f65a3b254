"""What ISO 19005-3 (PDF/A-3) asks of the structure of a file, read with pypdf.

veraPDF cannot be installed from a registry of packages. `faults` looks at the rules below, each
with its clause; what it does not look at is told in docs/archive.md.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ID = "{http://www.aiim.org/pdfa/ns/id/}"
_SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
_PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
# Schemas that need no description of their own: XMP 2005 and the PDF/A identification.
_PREDEFINED = {
    "http://www.aiim.org/pdfa/ns/id/",
    "http://www.aiim.org/pdfa/ns/extension/",
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/",
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/bj/",
    "http://ns.adobe.com/xap/1.0/t/pg/",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "http://ns.adobe.com/pdf/1.3/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://ns.adobe.com/camera-raw-settings/1.0/",
    "http://ns.adobe.com/tiff/1.0/",
    "http://ns.adobe.com/exif/1.0/",
    "http://ns.adobe.com/exif/1.0/aux/",
}
_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
_FORBIDDEN = {
    *("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide"),
    *("/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView"),
}
_NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_ANNOTATIONS = {
    *("/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"),
    *("/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink"),
    *("/Popup", "/FileAttachment", "/Widget", "/PrinterMark", "/TrapNet", "/Watermark"),
    "/Redact",
}
_FILTERS = {
    *("/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode"),
    *("/JBIG2Decode", "/DCTDecode", "/JPXDecode"),
}
_BLENDS = {
    *("/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten"),
    *("/ColorDodge", "/ColorBurn", "/HardLight", "/SoftLight", "/Difference", "/Exclusion"),
    *("/Hue", "/Saturation", "/Color", "/Luminosity"),
}
_INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}
_RELATIONSHIPS = {"/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified"}


def faults(pdf: bytes) -> list[str]:
    """What the file breaks, each with its clause; nothing when it is sound."""
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    root: Any = reader.trailer["/Root"]
    objects = list(_objects(reader))
    profile = _output_profile(root)
    told = [
        *_file(pdf, reader),
        *_catalogue(root),
        *_metadata(root),
        *(fault for one in objects for fault in _any_object(one)),
        *_attachments(root, objects),
        *_structure(root),
    ]
    if profile is None:
        told.append("6.2.3 there is no output intent with a profile")
    for number, page in enumerate(reader.pages, start=1):
        told += [f"page {number}: {fault}" for fault in _page(page, reader, profile)]
    return list(dict.fromkeys(told))


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Every object that can be reached, once."""
    seen: set[tuple[int, int]] = set()
    pending: list[Any] = [reader.trailer]
    while pending:
        one = pending.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in seen:
                continue
            seen.add((one.idnum, one.generation))
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            pending += list(one.values())
        elif isinstance(one, ArrayObject):
            pending += list(one)


def _file(pdf: bytes, reader: PdfReader) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", pdf):
        yield "6.1.2 the header is not %PDF-1.n and a comment of four high bytes"
    if not re.search(rb"%%EOF[\r\n]*\Z", pdf):
        yield "6.1.3 something follows the end of the file"
    if "/Encrypt" in reader.trailer:
        yield "6.1.3 it is encrypted"
    ids = _of(reader.trailer, "/ID")
    if not isinstance(ids, ArrayObject) or len(ids) != 2 or not all(ids):
        yield "6.1.3 the trailer has no ID"
    yield from _lines_of_objects(pdf, reader)


_OBJECT = re.compile(rb"\d+ \d+ obj[\r\n]")
_END = re.compile(rb"(?<=[\r\n])endobj[\r\n]")


def _lines_of_objects(pdf: bytes, reader: PdfReader) -> Iterator[str]:
    """§6.1.9: each object begins a line and ends one, also the first of an incremental update."""
    starts = sorted(at for table in reader.xref.values() for at in table.values() if at)
    for at, following in zip(starts, [*starts[1:], len(pdf)], strict=True):
        if not _OBJECT.match(pdf, at) or pdf[at - 1 : at] not in (b"\n", b"\r"):
            yield f"6.1.9 the object at {at} does not begin a line of its own"
        if not _END.search(pdf, at, following):
            yield f"6.1.9 the object at {at} does not end in a line of its own"


def _catalogue(root: Any) -> Iterator[str]:
    for key, clause in (
        ("/AA", "6.5.2"),
        ("/Requirements", "6.12"),
        ("/NeedsRendering", "6.4.2"),
        ("/AlternatePresentations", "6.10"),
    ):
        if key in root:
            yield f"{clause} the catalogue has {key}"
    form = _of(root, "/AcroForm", {})
    if "/XFA" in form or _of(form, "/NeedAppearances"):
        yield "6.4 the form has XFA or asks for appearances"
    for config in _configurations(root):
        if "/AS" in config:
            yield "6.9 an optional content configuration changes by itself"
        if "/Name" not in config:
            yield "6.9 an optional content configuration has no name"


def _configurations(root: Any) -> list[Any]:
    layers = _of(root, "/OCProperties")
    if layers is None:
        return []
    return [layers["/D"], *(one.get_object() for one in _of(layers, "/Configs", []))]


def _metadata(root: Any) -> Iterator[str]:
    stream = _of(root, "/Metadata")
    if not isinstance(stream, StreamObject):
        yield "6.6.2 there is no metadata"
        return
    packet = stream.get_data()
    head = re.search(rb"<\?xpacket begin[^>]*\?>", packet)
    if head is None or b"bytes=" in head[0] or b"encoding=" in head[0]:
        yield "6.6.2 the packet is not announced as it must"
    xmp = etree.fromstring(packet, etree.XMLParser(resolve_entities=False))
    said = {node.tag: (node.text or "").strip() for node in xmp.iter() if node.tag is not None}
    for node in xmp.iter(f"{_RDF}Description"):
        said |= dict(node.attrib)
    if said.get(f"{_ID}part") != "3" or said.get(f"{_ID}conformance") not in ("A", "B", "U"):
        yield "6.6.4 it does not say that it is PDF/A-3"
    described: dict[str, set[str]] = {}
    for schema in xmp.iter(f"{_SCHEMA}namespaceURI"):
        owner: Any = schema.getparent()
        if any(owner.find(f"{_SCHEMA}{name}") is None for name in ("schema", "prefix", "property")):
            yield f"6.6.2.3 the description of {schema.text} is not whole"
        names = {node.text or "" for node in owner.iter(f"{_PROPERTY}name")}
        described[(schema.text or "").strip()] = names
        for one in owner.iter(f"{_PROPERTY}name"):
            kept: Any = one.getparent()
            wanted = ("valueType", "category", "description")
            if any(kept.find(f"{_PROPERTY}{name}") is None for name in wanted):
                yield f"6.6.2.3 the property {one.text} is not wholly described"
    for node in xmp.iter(f"{_RDF}Description"):
        if node.getparent() is None or node.getparent().tag != f"{_RDF}RDF":
            continue
        for name in [*(child.tag for child in node), *node.attrib]:
            space, _brace, local = str(name).removeprefix("{").partition("}")
            if space in _PREDEFINED or space == _RDF.strip("{}"):
                continue
            if local not in described.get(space, ()):
                yield f"6.6.2.3 {local} of {space} is described by no schema"


def _any_object(one: Any) -> Iterator[str]:
    """What no dictionary or stream of the file may have."""
    if isinstance(one, StreamObject):
        if {"/F", "/FFilter", "/FDecodeParms"} & set(one) and _of(one, "/Type") != "/Filespec":
            yield "6.1.7 a stream is kept in another file"
        for name in _listed(_of(one, "/Filter")):
            if name not in _FILTERS:
                yield f"6.1.7 a stream is kept with {name}"
    if _of(one, "/S") in _FORBIDDEN:
        yield f"6.5.1 there is an action {one['/S']}"
    if _of(one, "/S") == "/Named" and _of(one, "/N") not in _NAMED:
        yield f"6.5.1 there is an action {one.get('/N')}"
    if "/JS" in one or "/JavaScript" in one:
        yield "6.5.1 there is JavaScript"
    if _of(one, "/Subtype") == "/PS" or (_of(one, "/Type") == "/XObject" and "/PS" in one):
        yield "6.2.9 there is PostScript"
    if "/OPI" in one or (_of(one, "/Subtype") == "/Image" and "/Alternates" in one):
        yield "6.2.8 a picture has alternates"
    if _of(one, "/Subtype") == "/Image" and _of(one, "/Interpolate"):
        yield "6.2.8 a picture is interpolated"
    if _of(one, "/Subtype") == "/Form" and "/Ref" in one:
        yield "6.2.9 a form is in another file"
    if any(isinstance(key, str) and len(key.encode()) > 128 for key in one):
        yield "6.1.13 a name is too long"


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, ArrayObject) else [value]


def _attachments(root: Any, objects: list[Any]) -> Iterator[str]:
    """ISO 19005-3 §6.8: each file is associated with the document or a part of it."""
    associated = {id(spec.get_object()) for one in objects for spec in _listed(_of(one, "/AF"))}
    for one in objects:
        if "/EF" not in one:
            continue
        name = _of(one, "/UF")
        if not _of(one, "/F") or not name:
            yield "6.8 an attached file has no F and UF"
        if _of(one, "/AFRelationship") not in _RELATIONSHIPS:
            yield f"6.8 {name} does not say its relationship"
        if id(one) not in associated:
            yield f"6.8 {name} is associated with nothing"
        stream = _of(one["/EF"], "/F")
        stream = stream.get_object() if stream is not None else None
        if stream is None or "/" not in str(_of(stream, "/Subtype", ""))[1:]:
            yield f"6.8 {name} does not say its MIME type"


def _of(one: Any, key: str, default: Any = None) -> Any:
    """What a dictionary has there, references followed."""
    return _resolved(one.get(key, default))


def _resolved(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _structure(root: Any) -> Iterator[str]:
    """§6.7, level A: tagged, and in a language."""
    marks = _of(root, "/MarkInfo", {})
    if not _of(marks, "/Marked"):
        yield "6.7.2 it is not marked"
    if "/StructTreeRoot" not in root:
        yield "6.7.3 it has no structure"
    if not _of(root, "/Lang"):
        yield "6.7.4 it is in no language"


def _output_profile(root: Any) -> str | None:
    """«RGB », «CMYK» or «GRAY» of the profile of the output intent."""
    for intent in _of(root, "/OutputIntents", []):
        one = intent.get_object()
        if _of(one, "/S") == "/GTS_PDFA1" and "/DestOutputProfile" in one:
            return _icc(one["/DestOutputProfile"].get_object())
    return None


def _icc(stream: Any) -> str | None:
    """The space of an ICC profile when it is whole and of a version that PDF/A-3 takes."""
    data = stream.get_data()
    sound = len(data) >= 128 and data[36:40] == b"acsp" and data[8] <= 4
    size = int.from_bytes(data[:4], "big") == len(data)
    space = data[16:20].decode("latin-1")
    channels = {"RGB ": 3, "CMYK": 4, "GRAY": 1}.get(space)
    return space if sound and size and _of(stream, "/N") == channels else None


# --- what is drawn --------------------------------------------------------------------------------
def _page(page: Any, reader: PdfReader, profile: str | None) -> Iterator[str]:
    if "/AA" in page or "/PresSteps" in page:
        yield "6.5.2 it does something by itself"
    for reference in _of(page, "/Annots") or []:
        yield from _annotation(reference.get_object())
    seen: set[int] = set()
    if page.get_contents() is not None:
        resources = _of(page, "/Resources", {})
        yield from _content(page.get_contents(), resources, reader, profile, seen)


def _annotation(one: Any) -> Iterator[str]:
    kind = _of(one, "/Subtype")
    if kind not in _ANNOTATIONS:
        yield f"6.3.1 there is an annotation {kind}"
    if "/AA" in one:
        yield "6.5.2 an annotation does something by itself"
    action = _of(one, "/A")
    if action is not None and _of(action, "/S") not in _ACTIONS:
        yield f"6.5.1 there is an action {action.get('/S')}"
    if kind == "/Popup":
        return
    flags = int(_of(one, "/F", 0))
    if not flags & 4 or flags & (1 | 2 | 32 | 256):
        yield f"6.3.2 the flags of a {kind} do not print it"
    x1, y1, x2, y2 = (float(n) for n in one["/Rect"])
    if kind != "/Link" and (x1 != x2 or y1 != y2):
        looks = _of(one, "/AP")
        if looks is None or set(looks) != {"/N"}:
            yield f"6.3.3 the look of a {kind} is not only the normal one"


def _content(
    content: Any, resources: Any, reader: PdfReader, profile: str | None, seen: set[int]
) -> Iterator[str]:
    for group in ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading"):
        for one in _resolved(resources.get(group, {})).values():
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
        if "/TR" in one or _of(one, "/TR2", "/Default") != "/Default" or "/HTO" in one:
            yield "6.2.5 a graphics state has a transfer function"
        if _of(one, "/RI", "/Perceptual") not in _INTENTS:
            yield "6.2.6 a graphics state has an intent that is not one"
        if not {str(name) for name in _listed(_of(one, "/BM", "/Normal"))} <= _BLENDS:
            yield f"6.2.10 the blend {one.get('/BM')} is not one"
        if profile is None and (float(_of(one, "/ca", 1)) < 1 or float(_of(one, "/CA", 1)) < 1):
            yield "6.2.10 there is transparency and no output intent"
        mask = _of(one, "/SMask")
        if isinstance(mask, DictionaryObject):
            form = mask["/G"].get_object()
            inner = _of(form, "/Resources", {})
            yield from _content(form, inner, reader, profile, seen)
    elif group == "/XObject" and _of(one, "/Subtype") == "/Image":
        if not _of(one, "/ImageMask"):
            yield from _space(_of(one, "/ColorSpace"), profile)
    elif group == "/XObject" or _of(one, "/PatternType") == 1:
        inner = _of(one, "/Resources", resources)
        yield from _content(one, inner, reader, profile, seen)
    elif group in ("/Pattern", "/Shading"):
        shading = _of(one, "/Shading", one)
        yield from _space(_of(shading, "/ColorSpace"), profile)


def _space(space: Any, profile: str | None) -> Iterator[str]:
    space = _resolved(space)
    name = space[0] if isinstance(space, ArrayObject) else space
    if name == "/DeviceRGB" and profile != "RGB ":
        yield "6.2.4.3 DeviceRGB without a profile for it"
    elif name == "/DeviceCMYK" and profile != "CMYK":
        yield "6.2.4.3 DeviceCMYK without a profile for it"
    elif name == "/ICCBased" and _icc(_resolved(space[1])) is None:
        yield "6.2.4.2 a profile is not whole"
    elif name in ("/Indexed", "/Separation", "/DeviceN") and not isinstance(space, NameObject):
        yield from _space(space[1 if name == "/Indexed" else 2], profile)


_STANDARD_CMAPS = {"/Identity-H", "/Identity-V"}


def _font(font: Any) -> Iterator[str]:
    name = _of(font, "/BaseFont")
    kind = _of(font, "/Subtype")
    mapping = _of(font, "/ToUnicode")
    if mapping is None:
        if _of(font, "/Encoding") not in ("/WinAnsiEncoding", "/MacRomanEncoding"):
            yield f"6.2.11.7 {name} does not say its Unicode"
    elif re.search(rb"<[0-9A-Fa-f]+>\s*<(0000|FFFE|FEFF|fffe|feff)>", mapping.get_data()):
        yield f"6.2.11.7 {name} gives a character that is none"
    if kind == "/Type3":
        return
    if kind == "/Type0":
        below = font["/DescendantFonts"][0].get_object()
        encoding = _resolved(font["/Encoding"])
        if isinstance(encoding, NameObject) and encoding not in _STANDARD_CMAPS:
            yield f"6.2.11.3.3 the CMap {encoding} of {name} is not inside"
        if _of(below, "/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in below:
            yield f"6.2.11.3.2 {name} has no CIDToGIDMap"
        font = below
    descriptor = _of(font, "/FontDescriptor")
    files = {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor or ())
    if len(files) != 1 or not _resolved(descriptor[next(iter(files))]).get_data():
        yield f"6.2.11.4 {name} is not inside"
    elif kind != "/Type0" and not ("/Widths" in font and "/FirstChar" in font):
        yield f"6.2.11.5 {name} has no widths"
