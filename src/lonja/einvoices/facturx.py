"""Factur-X: the CII of the invoice inside its PDF/A-3.

The printed PDF is not touched: the XML and the metadata that announce it are appended to it (an
incremental update, ISO 32000-1 §7.5.6), so the first bytes and every page are those of the
original. Factur-X 1.0.7, profile EN 16931; PDF/A-3 (ISO 19005-3) §6.8 and XMP extension schemas.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree
from pyhanko.pdf_utils import embed, generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader

from lonja.documents.pdf_tools import continued
from lonja.einvoices.xmltree import parser
from lonja.kit.errors import Refused

FILE_NAME = "factur-x.xml"
# Names that the XML has had in Factur-X, ZUGFeRD and Order-X; the newest first.
KNOWN_NAMES = (FILE_NAME, "xrechnung.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml")

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PDFA_ID = "http://www.aiim.org/pdfa/ns/id/"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"

_XMP = f"""<rdf:RDF xmlns:rdf="{_RDF}">
<rdf:Description rdf:about="" xmlns:fx="{_FX}">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="{_EXTENSION}"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag>{{schema}}</rdf:Bag></pdfaExtension:schemas>
</rdf:Description></rdf:RDF>"""
_SCHEMA = f"""<rdf:li rdf:parseType="Resource" xmlns:rdf="{_RDF}"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{{properties}}</rdf:Seq></pdfaSchema:property></rdf:li>"""
_PROPERTY = (
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
    "<pdfaProperty:category>external</pdfaProperty:category>"
    "<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
)
_PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "The actual version of the Factur-X XML schema",
    "ConformanceLevel": "The conformance level of the embedded Factur-X data",
}


def facturx_pdf(pdf: bytes, cii: bytes, at: datetime) -> bytes:
    """`pdf` with the CII embedded. `at`: aware moment of the XML.

    Raises Refused("facturx_not_archive") when the PDF could not be made as PDF/A-3.
    """
    writer = continued(pdf)
    catalogue = writer.root
    xmp = _announce(catalogue)
    embed.embed_file(
        writer,
        embed.FileSpec(
            file_spec_string=FILE_NAME,
            file_name=FILE_NAME,
            embedded_data=embed.EmbeddedFileObject.from_file_data(
                writer,
                data=cii,
                mime_type="text/xml",
                params=embed.EmbeddedFileParams(creation_date=at, modification_date=at),
            ),
            description="Factura electrónica en CII (EN 16931)",  # literal
            af_relationship=generic.pdf_name("/Alternative"),
        ),
    )
    stream = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Metadata"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/XML"),
        },
        stream_data=xmp,
    )
    catalogue["/Metadata"] = writer.add_object(stream)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _announce(catalogue: Any) -> bytes:
    """The XMP of the original, with the properties and the extension schema of Factur-X."""
    try:
        packet = etree.fromstring(catalogue["/Metadata"].data, parser())
    except (KeyError, etree.XMLSyntaxError):
        raise _not_archive() from None
    if packet.find(f".//{{{_PDFA_ID}}}part") is None and not packet.xpath(
        "//@p:part", namespaces={"p": _PDFA_ID}
    ):
        raise _not_archive()
    rdf: Any = packet if packet.tag == f"{{{_RDF}}}RDF" else packet.find(f".//{{{_RDF}}}RDF")
    properties = "".join(_PROPERTY.format(name=n, text=t) for n, t in _PROPERTIES.items())
    schema = _SCHEMA.format(properties=properties)
    schemas = rdf.find(f".//{{{_EXTENSION}}}schemas/{{{_RDF}}}Bag")
    added = etree.fromstring(_XMP.format(schema="" if schemas is not None else schema))
    if schemas is not None:  # one list of schemas a document
        schemas.append(etree.fromstring(schema))
        added.remove(added[-1])
    rdf.extend(list(added))
    body = etree.tostring(packet, encoding="unicode")
    text = f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{body}\n<?xpacket end="r"?>'
    return text.encode("utf-8")


def _not_archive() -> Refused:
    return Refused(
        "facturx_not_archive",
        _(
            "El PDF de esta factura no se pudo hacer como PDF/A-3 y no admite la factura dentro. "
            "Usa UBL o CII."
        ),
    )


# What a PDF made to hurt raises inside the library.
_BROKEN = (misc.PdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def embedded_xml(pdf: bytes) -> bytes:
    """The XML invoice inside a Factur-X or ZUGFeRD PDF from outside.

    Raises Refused: not a PDF, protected, or without an invoice inside.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if reader.encrypted:
            raise Refused("pdf_protected", _("El PDF está protegido. Guárdalo sin contraseña."))
        files = dict(_embedded(reader.root))
        for name in (*KNOWN_NAMES, *files):
            if name in files and name.lower().endswith(".xml"):
                return files[name]
    except _BROKEN as error:
        raise Refused("pdf_broken", _("El PDF no se puede leer.")) from error
    raise Refused(
        "pdf_without_invoice",
        _("El PDF no lleva una factura electrónica dentro. Sube también su XML o apúntala a mano."),
    )


def _embedded(root: Any) -> Any:
    """(name, content) of the files attached to a PDF."""
    if "/Names" not in root or "/EmbeddedFiles" not in root["/Names"]:
        return
    pending, seen = [root["/Names"]["/EmbeddedFiles"]], 0
    while pending and seen < 100:
        node = pending.pop()
        seen += 1
        pending += _items(node, "/Kids")
        for spec in _items(node, "/Names")[1::2]:
            name = str(spec["/UF"] if "/UF" in spec else spec["/F"])
            yield name, spec["/EF"]["/F"].data


def _items(node: Any, key: str) -> list[Any]:
    """An array of a dictionary with its references followed."""
    if key not in node:
        return []
    array = node[key]  # by index: `get` does not follow references
    return [array[place] for place in range(min(len(array), 200))]
