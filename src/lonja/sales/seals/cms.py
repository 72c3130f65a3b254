"""The CMS of a PAdES B-B signature (RFC 5652; ETSI EN 319 142-1 §6.3), put together by hand.

It is the same for every document of a key but for a digest and a signature: the rest is encoded
once. pyHanko builds it from its parts each time, which took longer than all the rest of sealing.
With a time stamp pyHanko does it. Every seal made here is validated by pyHanko in the tests.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.sign.signers import SimpleSigner

_SEQUENCE, _SET, _OCTETS, _OID, _INTEGER, _CONTEXT0 = 0x30, 0x31, 0x04, 0x06, 0x02, 0xA0


def tlv(tag: int, *parts: bytes) -> bytes:
    """A DER value: tag, length and content."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def _oid(hexadecimal: str) -> bytes:
    return tlv(_OID, bytes.fromhex(hexadecimal))


_DATA = _oid("2a864886f70d010701")
_SIGNED_DATA = _oid("2a864886f70d010702")
_CONTENT_TYPE = _oid("2a864886f70d010903")
_MESSAGE_DIGEST = _oid("2a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = _oid("2a864886f70d010910022f")
_SHA256 = tlv(_SEQUENCE, _oid("608648016503040201"))
_RSA = tlv(_SEQUENCE, _oid("2a864886f70d01010b"), b"\x05\x00")
_ECDSA = tlv(_SEQUENCE, _oid("2a8648ce3d040302"))


class QuickSigner(SimpleSigner):
    """A pyHanko signer for RSA and elliptic keys; without time stamp it answers CMS bytes."""

    def prepare(self, private: Any) -> QuickSigner:
        """Encode what does not change. `private` is the key as `cryptography` has it."""
        own = self.signing_cert
        assert own is not None  # noqa: S101
        der = own.dump()
        self._private = private
        self._algorithm = _RSA if isinstance(private, rsa.RSAPrivateKey) else _ECDSA
        essid = tlv(_SEQUENCE, tlv(_OCTETS, hashlib.sha256(der).digest()))
        self._content_type = tlv(_SEQUENCE, _CONTENT_TYPE, tlv(_SET, _DATA))
        self._certificate = tlv(
            _SEQUENCE,
            _SIGNING_CERTIFICATE_V2,
            tlv(_SET, tlv(_SEQUENCE, tlv(_SEQUENCE, essid))),
        )
        serial = own.serial_number
        size = serial.bit_length() // 8 + 1
        self._who = tlv(
            _SEQUENCE, own.issuer.dump(), tlv(_INTEGER, serial.to_bytes(size, "big", signed=True))
        )
        chain = {one.dump() for one in self.cert_registry} | {der}
        self._certificates = tlv(_CONTEXT0, *sorted(chain, key=lambda one: (len(one), one)))
        return self

    async def async_sign(  # type: ignore[override]
        self,
        data_digest: bytes,
        digest_algorithm: str,
        dry_run: bool = False,
        use_pades: bool = False,
        timestamper: Any = None,
        **more: Any,
    ) -> Any:
        if timestamper is not None or dry_run or not use_pades or digest_algorithm != "sha256":
            return await super().async_sign(
                data_digest,
                digest_algorithm,
                dry_run=dry_run,
                use_pades=use_pades,
                timestamper=timestamper,
                **more,
            )
        return self._cms(data_digest)

    def _cms(self, digest: bytes) -> bytes:
        digested = tlv(_SEQUENCE, _MESSAGE_DIGEST, tlv(_SET, tlv(_OCTETS, digest)))
        # A SET in DER is in the order of its encoded members.
        attributes = sorted([self._content_type, digested, self._certificate])
        signature = self._sign(tlv(_SET, *attributes))
        signer = tlv(
            _SEQUENCE,
            tlv(_INTEGER, b"\x01"),
            self._who,
            _SHA256,
            tlv(_CONTEXT0, *attributes),
            self._algorithm,
            tlv(_OCTETS, signature),
        )
        signed = tlv(
            _SEQUENCE,
            tlv(_INTEGER, b"\x01"),
            tlv(_SET, _SHA256),
            tlv(_SEQUENCE, _DATA),
            self._certificates,
            tlv(_SET, signer),
        )
        return tlv(_SEQUENCE, _SIGNED_DATA, tlv(_CONTEXT0, signed))

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self._private, rsa.RSAPrivateKey):
            return bytes(self._private.sign(content, padding.PKCS1v15(), SHA256()))
        return bytes(self._private.sign(content, ec.ECDSA(SHA256())))
