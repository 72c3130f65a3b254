"""What the tests of electronic invoices ask for: issued invoices, a certificate, validators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference
from lonja.einvoices.actions.certificates import keep_certificate
from lonja.einvoices.models import SigningCertificate
from lonja.parties.models import Party

SCHEMATRON = Path(__file__).parent / "schematron"
SAMPLES = Path(__file__).parent / "samples"
P12_PASSWORD = "clave del certificado"


@pytest.fixture
def hotel(lonja: Any) -> Party:
    return Party.objects.create(
        name="Hotel Mirador de la Bahía, S.L.",
        nif="B12345674",
        address="Av. del Puerto, 14",
        postcode="03700",
        city="Dénia",
        province="Alicante",
        email="compras@mirador.example",
        iban="ES7921000813610123456789",
    )


@pytest.fixture
def spa(lonja: Any) -> Party:
    """A business of another country of the Union."""
    return Party.objects.create(
        name="Thermes du Midi SARL",
        nif="FR40303265045",
        id_type="02",
        address="3 rue de la Paix",
        postcode="34000",
        city="Montpellier",
        country="FR",
    )


@pytest.fixture
def mill(lonja: Any) -> Party:
    """A business outside the Union."""
    return Party.objects.create(
        name="Mill & Sons Ltd",
        nif="GB123456789",
        id_type="04",
        address="1 High Street",
        postcode="SW1A 1AA",
        city="London",
        country="GB",
    )


@pytest.fixture
def issue(lonja: Any, lucia: Any, hotel: Party) -> Callable[..., Invoice]:
    """Issue an invoice: `issue({"unit_price": "100"}, party=…, kind=…, names=[…])`."""

    def make(
        *lines: dict[str, Any], party: Party | None = None, names: Any = (), **more: Any
    ) -> Invoice:
        company = lonja.company  # type: ignore[attr-defined]
        invoice = Invoice(company=company, party=party or hotel, issued_on=company.today(), **more)
        if kind_of(invoice.kind).corrects and not invoice.correction_reason:
            invoice.correction_reason = "Cambio de precio"
        rows = [
            InvoiceLine(
                **{"concept": "Mantenimiento", "unit_price": Decimal("100"), **_decimals(line)}
            )
            for line in lines or ({},)
        ]
        save_draft(invoice, rows, by=lucia)
        kind = kind_of(invoice.kind)
        for original in names:
            InvoiceReference.objects.create(
                invoice=invoice,
                role="corrects" if kind.corrects else "substitutes",
                target=original,
                number=original.number,
                issued_on=original.issued_on,
                legal=kind_of(original.kind).legal,
            )
        return issue_invoice(invoice, by=lucia)

    return make


def _decimals(line: dict[str, Any]) -> dict[str, Any]:
    numbers = ("quantity", "unit_price", "discount_pct")
    return {name: Decimal(v) if name in numbers else v for name, v in line.items()}


@cache
def p12(nif: str = "B98765431", days: int = 365, password: str = P12_PASSWORD) -> bytes:
    """A PKCS#12 like those of the FNMT for a company."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ES"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Clima Levante, S.L."),
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), f"VATES-{nif}"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "IDCES-12345678Z"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"12345678Z LUCÍA FERRER (R: {nif})"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7001)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    # 2,048 turns, as those issued have; the library's own 20,000 made each opening a wait.
    secret = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048).build(password.encode())
    return pkcs12.serialize_key_and_certificates(b"firma", key, certificate, None, secret)


@pytest.fixture
def certificate(lonja: Any, lucia: Any) -> SigningCertificate:
    return keep_certificate(lonja.company, p12(), P12_PASSWORD, by=lucia)


@cache
def _stylesheet(name: str) -> tuple[Any, Any]:
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=str(SCHEMATRON / name))


def broken_rules(kind: str, xml: bytes) -> list[str]:
    """The fatal rules that a UBL or CII breaks, by the official schematron."""
    from lxml import etree

    name = {
        "ubl": "EN16931-UBL-validation.xslt",
        "cii": "EN16931-CII-validation.xslt",
        "facturx": "FACTUR-X_EN16931.xslt",
    }[kind]
    processor, sheet = _stylesheet(name)
    report = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode("utf-8")))
    svrl = "{http://purl.oclc.org/dsdl/svrl}"
    root = etree.fromstring(report.encode("utf-8"))
    return [
        f"{node.get('id')}: {''.join(node.itertext()).strip()[:300]}"
        for node in root.iter(f"{svrl}failed-assert")
        if node.get("flag", "fatal") != "warning"
    ]
