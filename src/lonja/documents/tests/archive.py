"""What ISO 19005-3 (PDF/A-3) asks of the structure of a file, read with pypdf.

For where veraPDF, the reference validator, is not installed. `faults` looks at the rules below and
in `archive_drawn`, each with its clause; what it does not look at is told in docs/archive.md.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from lonja.documents.tests.archive_drawn import icc, listed, of, page_faults

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
_FORBIDDEN = {
    *("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide"),
    *("/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView"),
}
_NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_FILTERS = {
    *("/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode"),
    *("/JBIG2Decode", "/DCTDecode", "/JPXDecode"),
}
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
        told += [f"page {number}: {fault}" for fault in page_faults(page, reader, profile)]
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
    ids = of(reader.trailer, "/ID")
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
    form = of(root, "/AcroForm", {})
    if "/XFA" in form or of(form, "/NeedAppearances"):
        yield "6.4 the form has XFA or asks for appearances"
    for config in _configurations(root):
        if "/AS" in config:
            yield "6.9 an optional content configuration changes by itself"
        if "/Name" not in config:
            yield "6.9 an optional content configuration has no name"


def _configurations(root: Any) -> list[Any]:
    layers = of(root, "/OCProperties")
    if layers is None:
        return []
    return [layers["/D"], *(one.get_object() for one in of(layers, "/Configs", []))]


def _metadata(root: Any) -> Iterator[str]:
    stream = of(root, "/Metadata")
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
        if {"/F", "/FFilter", "/FDecodeParms"} & set(one) and of(one, "/Type") != "/Filespec":
            yield "6.1.7 a stream is kept in another file"
        for name in listed(of(one, "/Filter")):
            if name not in _FILTERS:
                yield f"6.1.7 a stream is kept with {name}"
    if of(one, "/S") in _FORBIDDEN:
        yield f"6.5.1 there is an action {one['/S']}"
    if of(one, "/S") == "/Named" and of(one, "/N") not in _NAMED:
        yield f"6.5.1 there is an action {one.get('/N')}"
    if "/JS" in one or "/JavaScript" in one:
        yield "6.5.1 there is JavaScript"
    if of(one, "/Subtype") == "/PS" or (of(one, "/Type") == "/XObject" and "/PS" in one):
        yield "6.2.9 there is PostScript"
    if "/OPI" in one or (of(one, "/Subtype") == "/Image" and "/Alternates" in one):
        yield "6.2.8 a picture has alternates"
    if of(one, "/Subtype") == "/Image" and of(one, "/Interpolate"):
        yield "6.2.8 a picture is interpolated"
    if of(one, "/Subtype") == "/Form" and "/Ref" in one:
        yield "6.2.9 a form is in another file"
    if any(isinstance(key, str) and len(key.encode()) > 128 for key in one):
        yield "6.1.13 a name is too long"


def _attachments(root: Any, objects: list[Any]) -> Iterator[str]:
    """ISO 19005-3 §6.8: each file is associated with the document or a part of it."""
    associated = {id(spec.get_object()) for one in objects for spec in listed(of(one, "/AF"))}
    for one in objects:
        if "/EF" not in one:
            continue
        name = of(one, "/UF")
        if not of(one, "/F") or not name:
            yield "6.8 an attached file has no F and UF"
        if of(one, "/AFRelationship") not in _RELATIONSHIPS:
            yield f"6.8 {name} does not say its relationship"
        if id(one) not in associated:
            yield f"6.8 {name} is associated with nothing"
        stream = of(one["/EF"], "/F")
        stream = stream.get_object() if stream is not None else None
        if stream is None or "/" not in str(of(stream, "/Subtype", ""))[1:]:
            yield f"6.8 {name} does not say its MIME type"


def _structure(root: Any) -> Iterator[str]:
    """§6.7, level A: tagged, and in a language."""
    marks = of(root, "/MarkInfo", {})
    if not of(marks, "/Marked"):
        yield "6.7.2 it is not marked"
    if "/StructTreeRoot" not in root:
        yield "6.7.3 it has no structure"
    if not of(root, "/Lang"):
        yield "6.7.4 it is in no language"


def _output_profile(root: Any) -> str | None:
    """«RGB », «CMYK» or «GRAY» of the profile of the output intent."""
    for intent in of(root, "/OutputIntents", []):
        one = intent.get_object()
        if of(one, "/S") == "/GTS_PDFA1" and "/DestOutputProfile" in one:
            return icc(one["/DestOutputProfile"].get_object())
    return None
