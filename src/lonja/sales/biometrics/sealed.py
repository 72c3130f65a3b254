"""Strokes encrypted for the holder of a private key, as a JWE (RFC 7516, flattened JSON).

RSA-OAEP-256 wraps a random key, A256GCM encrypts. The `aad` member says to which document the
strokes belong and is authenticated: the same ciphertext does not open for another document. Any
JOSE library opens it. The private key is never on the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

MIN_BITS, MAX_BITS = 2048, 8192
MAX_PEM = 20_000
CONTENT_TYPE = "application/jose+json"


class CannotOpen(ValueError):
    """Another key, another document, or altered."""


@dataclass(frozen=True)
class PublicKey:
    """A public key somebody gave, and who its certificate names, if it was one."""

    pem: str
    fingerprint: str
    bits: int
    holder: str


def read_public_key(content: bytes) -> PublicKey:
    """A public RSA key, or a certificate that holds one, in PEM or DER.

    Raises Refused: `key_private` (a private key must never be uploaded), `key_unreadable`,
    `key_not_rsa`, `key_short`.
    """
    if b"PRIVATE KEY" in content:
        raise Refused(
            "key_private",
            _(
                "Eso es una clave privada y no debe salir de quien la guarda: no la hemos "
                "guardado. Sube solo la pública."
            ),
            field="file",
        )
    if not content or len(content) > MAX_PEM:
        raise _unreadable()
    key, holder = _load(content)
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refused(
            "key_not_rsa",
            _("La clave tiene que ser RSA (de 2048 bits o más)."),
            field="file",
        )
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise Refused(
            "key_short", _("La clave tiene que ser de entre 2048 y 8192 bits."), field="file"
        )
    return described(key, holder)


def described(key: rsa.RSAPublicKey, holder: str = "") -> PublicKey:
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(pem, fingerprint_of(key), key.key_size, holder)


def fingerprint_of(key: rsa.RSAPublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, in hexadecimal."""
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def _load(content: bytes) -> tuple[Any, str]:
    for loader in (x509.load_pem_x509_certificate, x509.load_der_x509_certificate):
        try:
            certificate = loader(content)
        except ValueError:
            continue
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return certificate.public_key(), str(names[0].value)[:160] if names else ""
    for load in (load_pem_public_key, load_der_public_key):
        try:
            return load(content), ""
        except ValueError:
            continue
    raise _unreadable()


def _unreadable() -> Refused:
    return Refused(
        "key_unreadable",
        _("El fichero no es una clave pública ni un certificado (PEM o DER)."),
        field="file",
    )


def encrypt(payload: bytes, *, public_pem: str, bound_to: dict[str, Any]) -> bytes:
    """A JWE that only the private half opens; `bound_to` is readable and authenticated."""
    key: Any = load_pem_public_key(public_pem.encode())
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": fingerprint_of(key)}
    protected = _b64(_canonical(header))
    aad = _b64(_canonical(bound_to))
    content_key, nonce = os.urandom(32), os.urandom(12)
    sealed = AESGCM(content_key).encrypt(nonce, payload, f"{protected}.{aad}".encode())
    told = {
        "protected": protected,
        "aad": aad,
        "encrypted_key": _b64(key.encrypt(content_key, _OAEP)),
        "iv": _b64(nonce),
        "ciphertext": _b64(sealed[:-16]),
        "tag": _b64(sealed[-16:]),
    }
    return json.dumps(told, indent=1).encode()


def key_of(jwe: bytes) -> str:
    """The fingerprint of the public key it was encrypted for. Raises CannotOpen."""
    return str(_member(_parse(jwe), "protected").get("kid", ""))


def bound_to(jwe: bytes) -> dict[str, Any]:
    """What it says it belongs to; only `decrypt` proves it. Raises CannotOpen."""
    return _member(_parse(jwe), "aad")


def decrypt(jwe: bytes, private: rsa.RSAPrivateKey) -> bytes:
    """The payload. Raises CannotOpen for another key or anything altered, its `aad` included."""
    told = _parse(jwe)
    header = _member(told, "protected")
    if header.get("alg") != "RSA-OAEP-256" or header.get("enc") != "A256GCM":
        raise CannotOpen("Algoritmo desconocido")
    if header.get("kid") != fingerprint_of(private.public_key()):
        raise CannotOpen("Está cifrado para otra clave")
    try:
        content_key = private.decrypt(_bytes(told["encrypted_key"]), _OAEP)
        return AESGCM(content_key).decrypt(
            _bytes(told["iv"]),
            _bytes(told["ciphertext"]) + _bytes(told["tag"]),
            f"{told['protected']}.{told['aad']}".encode(),
        )
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise CannotOpen("Está alterado, o no es de este documento") from error


_OAEP = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)


def _parse(jwe: bytes) -> dict[str, Any]:
    try:
        told = json.loads(jwe)
    except ValueError as error:
        raise CannotOpen("No es un sobre JWE") from error
    if not isinstance(told, dict):
        raise CannotOpen("No es un sobre JWE")
    return told


def _member(told: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(told[name]))
    except (ValueError, KeyError, TypeError) as error:
        raise CannotOpen("No es un sobre JWE") from error
    if not isinstance(value, dict):
        raise CannotOpen("No es un sobre JWE")
    return value


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(text[:20]) from error
