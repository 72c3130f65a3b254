"""Messages of FACe: SOAP 1.1 rpc/literal by its WSDL, signed with WS-Security.

OASIS WSS 1.0 X.509 Token Profile: the body and a timestamp are signed with the certificate that
travels in the message. Exclusive canonical XML, RSA with SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from lonja.einvoices.keys import SigningKey
from lonja.einvoices.xmltree import add, parser, read

FACE = "https://webservice.face.gob.es"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DS = "http://www.w3.org/2000/09/xmldsig#"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
X509V3 = f"{_OASIS}x509-token-profile-1.0#X509v3"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
MINUTES = 5

_WSDL = Path(__file__).parent / "facturasspp2.wsdl"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_W = "{http://schemas.xmlsoap.org/wsdl/}"
_lock = Lock()


class NotValid(Exception):
    """The message does not follow the WSDL, or its signature does not hold."""


@cache
def operations() -> tuple[str, ...]:
    """Names of the operations of the service."""
    root = etree.parse(str(_WSDL), parser()).getroot()
    return tuple(str(op.get("name")) for op in root.findall(f"{_W}portType/{_W}operation"))


@cache
def _schema() -> Any:
    """The types of the WSDL with an element for each message: in rpc/literal the operation wraps
    its parts."""
    root: Any = etree.parse(str(_WSDL), parser()).getroot()
    schema: Any = deepcopy(root.find(f"{_W}types/{_XSD}schema"))
    for message in root.findall(f"{_W}message"):
        name = str(message.get("name"))
        wrapper = name.removesuffix("In")
        if name.endswith("Out"):
            wrapper = f"{name.removesuffix('Out')}Response"
        element = etree.SubElement(schema, f"{_XSD}element", name=wrapper)
        kind = etree.SubElement(element, f"{_XSD}complexType")
        parts = etree.SubElement(kind, f"{_XSD}sequence")
        for part in message.findall(f"{_W}part"):
            etree.SubElement(
                parts, f"{_XSD}element", name=str(part.get("name")), type=str(part.get("type"))
            )
    # Written and read back, so that the prefixes of the types are declared where they are used.
    holder = etree.Element(f"{_XSD}schema", dict(schema.attrib), nsmap=root.nsmap)
    holder.extend(list(schema))
    return etree.XMLSchema(etree.fromstring(etree.tostring(holder)))


def refuse_unless_by_wsdl(operation: Any) -> None:
    """Raises NotValid when the element in the body is not as the WSDL says."""
    with _lock:
        schema = _schema()
        if not schema.validate(operation):
            raise NotValid(str(schema.error_log.last_error.message))


def envelope(operation: str) -> tuple[Any, Any]:
    """An empty message and the element of its operation."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "web": FACE})
    etree.SubElement(root, f"{{{SOAP}}}Header")
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    return root, etree.SubElement(body, f"{{{FACE}}}{operation}")


def opened(content: bytes) -> tuple[Any, Any]:
    """A message from outside and what its body holds. Raises Refused (not XML) and NotValid."""
    root = read(content)
    body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or body is None or len(body) != 1:
        raise NotValid("not a SOAP message")
    return root, body[0]


def signed(root: Any, key: SigningKey, at: datetime) -> bytes:
    """The message with its WS-Security header."""
    mark = uuid.uuid4().hex
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    body.set(f"{{{WSU}}}Id", f"Body-{mark}")
    security = etree.SubElement(
        header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU, "ds": DS}
    )
    security.set(f"{{{SOAP}}}mustUnderstand", "1")
    token = add(security, "wsse:BinarySecurityToken", _b64(key.der))
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509V3)
    token.set(f"{{{WSU}}}Id", f"X509-{mark}")
    stamp = add(security, "wsu:Timestamp")
    stamp.set(f"{{{WSU}}}Id", f"Time-{mark}")
    moment = at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    add(stamp, "wsu:Created", f"{moment.isoformat()}Z")
    add(stamp, "wsu:Expires", f"{(moment + timedelta(minutes=MINUTES)).isoformat()}Z")
    signature = add(security, "ds:Signature")
    info = add(signature, "ds:SignedInfo")
    add(info, "ds:CanonicalizationMethod", Algorithm=EXCLUSIVE)
    add(info, "ds:SignatureMethod", Algorithm=RSA_SHA256)
    for name, element in ((f"Body-{mark}", body), (f"Time-{mark}", stamp)):
        reference = add(info, "ds:Reference", URI=f"#{name}")
        add(add(reference, "ds:Transforms"), "ds:Transform", Algorithm=EXCLUSIVE)
        add(reference, "ds:DigestMethod", Algorithm=DIGEST_SHA256)
        add(reference, "ds:DigestValue", _b64(hashlib.sha256(_c14n(element)).digest()))
    add(signature, "ds:SignatureValue", _b64(key.sign(_c14n(info))))
    to_token = add(add(signature, "ds:KeyInfo"), "wsse:SecurityTokenReference")
    add(to_token, "wsse:Reference", URI=f"#X509-{mark}", ValueType=X509V3)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def signer_of(root: Any, now: datetime) -> x509.Certificate:
    """The certificate that signed the body of a message. Raises NotValid."""
    security = root.find(f"{{{SOAP}}}Header/{{{WSSE}}}Security")
    if security is None:
        raise NotValid("without WS-Security")
    info = security.find(f"{{{DS}}}Signature/{{{DS}}}SignedInfo")
    value = security.findtext(f"{{{DS}}}Signature/{{{DS}}}SignatureValue")
    token = security.findtext(f"{{{WSSE}}}BinarySecurityToken")
    expires = security.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires")
    if info is None or not (value and token and expires):
        raise NotValid("WS-Security incomplete")
    if now > datetime.fromisoformat(expires):
        raise NotValid("message expired")
    certificate = x509.load_der_x509_certificate(base64.b64decode(token))
    key: Any = certificate.public_key()
    try:
        key.verify(base64.b64decode(value), _c14n(info), padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        raise NotValid("signature does not hold") from None
    named = {
        element.get(f"{{{WSU}}}Id"): element
        for element in (root.find(f"{{{SOAP}}}Body"), security.find(f"{{{WSU}}}Timestamp"))
    }
    referred = {ref.get("URI", "")[1:]: ref for ref in info.findall(f"{{{DS}}}Reference")}
    for name, element in named.items():  # both, and nothing in their place
        if name not in referred:
            raise NotValid("body or timestamp not signed")
        digest = _b64(hashlib.sha256(_c14n(element)).digest())
        if referred[name].findtext(f"{{{DS}}}DigestValue") != digest:
            raise NotValid("digest does not match")
    return certificate


def _c14n(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
