"""Certificates that sign: PKCS#12 opened, looked at, and used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import ExtensionOID, NameOID
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif

MAX_BYTES = 200_000
_NIF = re.compile(r"(?:VATES-|IDCES-|PASES-|ES)?([0-9A-Z][0-9]{7}[0-9A-Z])")
_ORGANISATION_ID = "2.5.4.97"  # organizationIdentifier: the entity that the certificate represents


@dataclass(frozen=True)
class SigningKey:
    """A private key with its certificate, and those of who issued it."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def sign(self, content: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256."""
        return self.private.sign(content, padding.PKCS1v15(), SHA256())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def subject(self) -> str:
        """Who it is, to show: its common name."""
        return _first(self.certificate, NameOID.COMMON_NAME) or (
            self.certificate.subject.rfc4514_string()
        )

    @property
    def nifs(self) -> tuple[str, ...]:
        """The NIF it names: that of the entity it represents first, then that of the person."""
        found: list[str] = []
        for oid in (x509.ObjectIdentifier(_ORGANISATION_ID), NameOID.SERIAL_NUMBER):
            nif = _nif_in(_first(self.certificate, oid))
            if nif and nif not in found:
                found.append(nif)
        if not found:
            for word in re.split(r"[\s,:;()-]+", self.subject):
                nif = _nif_in(word)
                if nif and nif not in found:
                    found.append(nif)
        return tuple(found)

    @property
    def not_after(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @property
    def not_before(self) -> datetime:
        return self.certificate.not_valid_before_utc


def _first(certificate: x509.Certificate, oid: Any) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _nif_in(text: str) -> str:
    match = _NIF.fullmatch(text.strip().upper())
    if match is None:
        return ""
    try:
        return check_nif(match[1]).value
    except Refused:
        return ""


def open_p12(content: bytes, password: str) -> SigningKey:
    """The key inside a PKCS#12 (.p12, .pfx).

    Raises Refused: not a PKCS#12, wrong password, without private key, or a key that is not RSA.
    """
    if not content or len(content) > MAX_BYTES:
        raise Refused(
            "certificate_size",
            _("El fichero no parece un certificado. Elige el .p12 o .pfx que exportaste."),
            field="file",
        )
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password.encode())
    except (ValueError, TypeError) as error:
        if "password" in str(error).lower() or "mac" in str(error).lower():
            raise Refused(
                "certificate_password",
                _("La contraseña no abre ese certificado. Escríbela otra vez."),
                field="password",
            ) from error
        raise Refused(
            "certificate_broken",
            _("No es un certificado .p12 o .pfx que podamos leer. Expórtalo de nuevo."),
            field="file",
        ) from error
    if key is None or certificate is None:
        raise Refused(
            "certificate_no_key",
            _(
                "El fichero no lleva la clave privada. Expórtalo otra vez marcando «Exportar la "
                "clave privada»."
            ),
            field="file",
        )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused(
            "certificate_not_rsa",
            _("El certificado usa una clave que no es RSA y las firmas de Facturae la piden."),
            field="file",
        )
    if not may_sign(certificate):
        raise Refused(
            "certificate_not_for_signing",
            _("Ese certificado no sirve para firmar. Elige uno de firma o de sello."),
            field="file",
        )
    return SigningKey(key, certificate, tuple(others))


def may_sign(certificate: x509.Certificate) -> bool:
    """Its key usage, when it says one, allows signatures."""
    try:
        usage: Any = certificate.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE).value
    except x509.ExtensionNotFound:
        return True
    return bool(usage.digital_signature or usage.content_commitment)
