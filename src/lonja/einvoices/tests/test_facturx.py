"""Factur-X: the same PDF with the invoice inside, announced as PDF/A-3 wants."""

from __future__ import annotations

import io

import pytest
from lxml import etree
from pypdf import PdfReader

from lonja.billing.pdf import invoice_pdf
from lonja.documents.tests import verapdf
from lonja.documents.tests.archive import faults
from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.facturx import embedded_xml
from lonja.einvoices.tests.conftest import broken_rules
from lonja.kit.errors import Refused


def test_every_byte_of_the_printed_pdf_is_there_and_the_invoice_after_it(issue):
    one = issue({})
    printed, made = invoice_pdf(one).read(), electronic_copy(one, "facturx").read()
    assert made.startswith(printed)
    old, new = PdfReader(io.BytesIO(printed)), PdfReader(io.BytesIO(made))
    assert [p.extract_text() for p in new.pages] == [p.extract_text() for p in old.pages]
    assert embedded_xml(made) == electronic_copy(one, "cii").read()
    assert faults(made) == []
    assert broken_rules("facturx", embedded_xml(made)) == []


@pytest.mark.skipif(not verapdf.here, reason="veraPDF no está")
def test_the_reference_validator_finds_nothing(issue, tmp_path):
    made = {"factur-x": electronic_copy(issue({}), "facturx").read()}
    for flavour in (verapdf.ARCHIVE, verapdf.ACCESSIBLE):
        assert verapdf.broken_rules(made, tmp_path, flavour) == {"factur-x": []}


def test_the_attachment_is_associated_with_the_document(issue):
    root = PdfReader(io.BytesIO(electronic_copy(issue({}), "facturx").read())).trailer["/Root"]
    (spec,) = (item.get_object() for item in root["/AF"])
    assert spec["/AFRelationship"] == "/Alternative"
    assert spec["/UF"] == spec["/F"] == "factur-x.xml"
    stream = spec["/EF"]["/F"]
    assert stream["/Subtype"] == "/text/xml"
    assert "/ModDate" in stream["/Params"]
    assert root["/Names"]["/EmbeddedFiles"]["/Names"][0] == "factur-x.xml"


def test_the_metadata_announce_it_and_keep_what_they_said(issue):
    root = PdfReader(io.BytesIO(electronic_copy(issue({}), "facturx").read())).trailer["/Root"]
    stream = root["/Metadata"].get_object()
    assert "/Filter" not in stream
    xmp = etree.fromstring(stream.get_data())
    said = {etree.QName(node).localname: (node.text or "").strip() for node in xmp.iter()}
    assert said["DocumentFileName"] == "factur-x.xml"
    assert (said["DocumentType"], said["ConformanceLevel"]) == ("INVOICE", "EN 16931")
    assert [n.text for n in xmp.iter("{http://www.aiim.org/pdfa/ns/id/}part")] == ["3"]
    bags = xmp.findall(".//{http://www.aiim.org/pdfa/ns/extension/}schemas")
    assert len(bags) == 1
    declared = [n.text for n in bags[0].iter("{http://www.aiim.org/pdfa/ns/schema#}prefix")]
    assert "fx" in declared
    assert "pdfuaid" in declared


def test_a_pdf_without_invoice_inside_says_so(issue):
    with pytest.raises(Refused) as refused:
        embedded_xml(invoice_pdf(issue({})).read())
    assert refused.value.code == "pdf_without_invoice"
    with pytest.raises(Refused) as refused:
        embedded_xml(b"%PDF-1.7 roto")
    assert refused.value.code == "pdf_broken"
