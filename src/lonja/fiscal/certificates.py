"""Reading a PKCS#12 and knocking with it."""

from __future__ import annotations

import re
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

BIGGEST = 256 * 1024
_QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
# DER of id-etsi-qct-eseal (ETSI EN 319 412-5): certificates of seal have a door of their own.
_SEAL = bytes.fromhex("060704008e46010602")
_NIF = re.compile(r"(?:VATES-|IDCES-|PNOES-|NTRES-)?([A-Z0-9]\d{7}[A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Holder:
    """What a certificate says of itself."""

    name: str
    nif: str
    organisation_nif: str
    issued_by: str
    serial: str
    valid_from: datetime
    valid_until: datetime
    is_seal: bool

    @property
    def nifs(self) -> set[str]:
        return {self.nif, self.organisation_nif} - {""}


def _load(content: bytes, password: str) -> Any:
    if not content or len(content) > BIGGEST:
        raise Refused(
            "certificate_size", _("Un certificado .p12 o .pfx ocupa pocos kB."), field="file"
        )
    try:
        bundle = pkcs12.load_pkcs12(content, password.encode())
    except ValueError as error:
        if "password" in str(error).lower() or "mac" in str(error).lower():
            raise Refused(
                "certificate_password",
                _("La contraseña no abre el certificado. Es la que pusiste al exportarlo."),
                field="password",
            ) from None
        raise Refused(
            "certificate_unreadable",
            _("El fichero no es un certificado PKCS#12 (.p12 o .pfx)."),
            field="file",
        ) from None
    if bundle.key is None or bundle.cert is None:
        raise Refused(
            "certificate_without_key",
            _(
                "El fichero no lleva la clave privada: expórtalo otra vez marcando «con clave "
                "privada»."
            ),
            field="file",
        )
    return bundle


def read_holder(content: bytes, password: str) -> Holder:
    """Open a PKCS#12 and tell whose it is. Raises Refused: wrong password, not a certificate,
    without its private key, or without a NIF."""
    certificate = _load(content, password).cert.certificate
    subject = certificate.subject

    def first(oid: x509.ObjectIdentifier) -> str:
        found = subject.get_attributes_for_oid(oid)
        return str(found[0].value) if found else ""

    own = _nif_in(first(NameOID.SERIAL_NUMBER))
    organisation = _nif_in(first(NameOID.ORGANIZATION_IDENTIFIER))
    if not own and not organisation:
        raise Refused(
            "certificate_without_nif",
            _("El certificado no dice de qué NIF es: la AEAT no lo admitirá."),
            field="file",
        )
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Holder(
        name=first(NameOID.COMMON_NAME)[:200],
        nif=own or organisation,
        organisation_nif=organisation,
        issued_by=(str(issuer[0].value) if issuer else certificate.issuer.rfc4514_string())[:200],
        serial=f"{certificate.serial_number:X}"[:60],
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        is_seal=_is_seal(certificate),
    )


def _nif_in(text: str) -> str:
    found = _NIF.fullmatch(text.strip().upper().replace(" ", ""))
    return found.group(1) if found else ""


def _is_seal(certificate: x509.Certificate) -> bool:
    try:
        raw: Any = certificate.extensions.get_extension_for_oid(_QC_STATEMENTS).value
    except x509.ExtensionNotFound:
        return False
    return _SEAL in raw.value


def tls_context(content: bytes, password: str, authorities: str = "") -> ssl.SSLContext:
    """A context that presents the certificate and trusts the system's authorities, or those of
    the file `authorities`. Raises Refused as `read_holder`.

    OpenSSL only reads files: the key touches the disk encrypted with a password made for that
    moment, in a folder of ours that is gone before this returns.
    """
    bundle = _load(content, password)
    secret = secrets.token_hex(32).encode()
    chain = [bundle.cert.certificate, *(extra.certificate for extra in bundle.additional_certs)]
    context = ssl.create_default_context(cafile=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory(prefix="lonja-") as folder:
        path = Path(folder) / "c"
        path.touch(mode=0o600)
        path.write_bytes(
            b"".join(one.public_bytes(Encoding.PEM) for one in chain)
            + bundle.key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret)
            )
        )
        context.load_cert_chain(path, password=secret)
    return context
