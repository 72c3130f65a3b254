"""XAdES-EPES, enveloped, with the signature policy of Facturae v3.1.

ETSI TS 101 903 v1.3.2; Facturae, «Política de firma electrónica» v3.1. The signature covers the
whole document, its own properties and the certificate. Canonical XML 1.0, RSA with SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from copy import deepcopy
from datetime import datetime
from typing import Any

from lxml import etree

from lonja.einvoices.keys import SigningKey
from lonja.einvoices.xmltree import add, parser

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{DS}sha1"
ENVELOPED = f"{DS}enveloped-signature"

POLICY = (
    "http://www.facturae.es/politica_de_firma_formato_facturae/"
    "politica_de_firma_formato_facturae_v3_1.pdf"
)
POLICY_SHA1 = "Ohixl6upD6av8N7pEvDABhEL6hM="


def sign_facturae(root: Any, key: SigningKey, at: datetime) -> bytes:
    """The signed document (`.xsig`) of a `Facturae` element. `at`: aware moment of signing."""
    # Signed as it will be read: what is canonicalised is what was written and read back.
    root = etree.fromstring(etree.tostring(root), parser())
    content = _c14n(root)
    mark = uuid.uuid4().hex
    signature = etree.SubElement(root, f"{{{DS}}}Signature", nsmap={"ds": DS, "xades": XADES})
    signature.set("Id", f"Signature-{mark}")
    signed = add(signature, "ds:SignedInfo")
    value = add(signature, "ds:SignatureValue", Id=f"SignatureValue-{mark}")
    info = _key_info(signature, key, mark)
    properties = _properties(signature, key, mark, at)

    add(signed, "ds:CanonicalizationMethod", Algorithm=C14N)
    add(signed, "ds:SignatureMethod", Algorithm=RSA_SHA256)
    _reference(
        signed,
        f"#SignedProperties-{mark}",
        _c14n(properties),
        Type="http://uri.etsi.org/01903#SignedProperties",
    )
    _reference(signed, f"#KeyInfo-{mark}", _c14n(info))
    _reference(signed, "", content, enveloped=True, Id=f"Reference-{mark}")
    value.text = _b64(key.sign(_c14n(signed)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _key_info(signature: Any, key: SigningKey, mark: str) -> Any:
    info = add(signature, "ds:KeyInfo", Id=f"KeyInfo-{mark}")
    data = add(info, "ds:X509Data")
    add(data, "ds:X509Certificate", _b64(key.der))
    numbers = key.certificate.public_key().public_numbers()  # type: ignore[union-attr]
    rsa = add(add(info, "ds:KeyValue"), "ds:RSAKeyValue")
    add(rsa, "ds:Modulus", _number(numbers.n))  # type: ignore[union-attr]
    add(rsa, "ds:Exponent", _number(numbers.e))  # type: ignore[union-attr]
    return info


def _properties(signature: Any, key: SigningKey, mark: str, at: datetime) -> Any:
    """`SignedProperties`: when, with which certificate, under which policy, as what."""
    qualifying = add(
        add(signature, "ds:Object"), "xades:QualifyingProperties", Target=f"#Signature-{mark}"
    )
    properties = add(qualifying, "xades:SignedProperties", Id=f"SignedProperties-{mark}")
    about = add(properties, "xades:SignedSignatureProperties")
    add(about, "xades:SigningTime", at.replace(microsecond=0).isoformat())
    certificate = add(add(about, "xades:SigningCertificate"), "xades:Cert")
    _digest(add(certificate, "xades:CertDigest"), SHA256, hashlib.sha256(key.der).digest())
    issuer = add(certificate, "xades:IssuerSerial")
    add(issuer, "ds:X509IssuerName", key.certificate.issuer.rfc4514_string())
    add(issuer, "ds:X509SerialNumber", str(key.certificate.serial_number))
    policy = add(add(about, "xades:SignaturePolicyIdentifier"), "xades:SignaturePolicyId")
    identifier = add(policy, "xades:SigPolicyId")
    add(identifier, "xades:Identifier", POLICY)
    add(identifier, "xades:Description", "Política de Firma FacturaE v3.1")  # literal
    _digest(add(policy, "xades:SigPolicyHash"), SHA1, base64.b64decode(POLICY_SHA1))
    role = add(add(about, "xades:SignerRole"), "xades:ClaimedRoles")
    add(role, "xades:ClaimedRole", "emisor")
    objects = add(properties, "xades:SignedDataObjectProperties")
    form = add(objects, "xades:DataObjectFormat", ObjectReference=f"#Reference-{mark}")
    add(form, "xades:Description", "Factura electrónica")  # literal
    add(form, "xades:MimeType", "text/xml")
    return properties


def _reference(
    signed: Any, uri: str, content: bytes, *, enveloped: bool = False, **attributes: str
) -> None:
    reference = add(signed, "ds:Reference", URI=uri, **attributes)
    if enveloped:
        add(add(reference, "ds:Transforms"), "ds:Transform", Algorithm=ENVELOPED)
    _digest(reference, SHA256, hashlib.sha256(content).digest())


def _digest(holder: Any, algorithm: str, digest: bytes) -> None:
    add(holder, "ds:DigestMethod", Algorithm=algorithm)
    add(holder, "ds:DigestValue", _b64(digest))


def _c14n(element: Any) -> bytes:
    """Inclusive canonical form of an element where it stands: with every namespace in scope."""
    if element.getparent() is not None:
        alone = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
        alone.text = element.text
        for child in element:
            alone.append(deepcopy(child))
        element = alone
    return etree.tostring(element, method="c14n", exclusive=False, with_comments=False)


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
