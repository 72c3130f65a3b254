"""Certificates to try with: an authority of our own, its server and its people.

Subjects are written as Spanish qualified certificates do (ETSI EN 319 412-1): `IDCES-` and the NIF
of the person, `VATES-` and that of the organisation.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# QcStatements with the type «electronic seal» (ETSI EN 319 412-5): id-etsi-qct-eseal.
_SEAL = bytes.fromhex("301530130606" + "04008e460106" + "3009060704008e46010602")
_CURVE = ec.SECP256R1()
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")


def _name(common: str, *more: x509.NameAttribute) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ES"),
            *more,
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


class Authority:
    """An authority that lives as long as the object; `folder` keeps what servers read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = ec.generate_private_key(_CURVE)
        self._subject = _name("Lonja: autoridad de pruebas")
        self.certificate = (
            self._builder(self._subject, self._key.public_key(), days=(-1, 3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .add_extension(_usage(signs=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path = folder / "ca.pem"
        self.path.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def _builder(
        self, subject: x509.Name, public: PublicKey, *, days: tuple[float, float]
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
        )

    def _leaf(
        self, builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier
    ) -> x509.Certificate:
        key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(key_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def server(self) -> tuple[Path, Path]:
        """Certificate and key of `localhost`, as files."""
        key = ec.generate_private_key(_CURVE)
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        builder = self._builder(_name("localhost"), key.public_key(), days=(-1, 365))
        certificate = self._leaf(
            builder.add_extension(names, critical=False), ExtendedKeyUsageOID.SERVER_AUTH
        )
        paths = self.folder / "server.pem", self.folder / "server.key"
        paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        paths[1].touch(mode=0o600)
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return paths

    def pkcs12(
        self,
        name: str,
        nif: str,
        password: str,
        *,
        days: tuple[float, float] = (-1, 365),
        person: tuple[str, str] | None = None,
        is_seal: bool = False,
        as_rsa: bool = False,
    ) -> bytes:
        """A PKCS#12 of an organisation or person with that NIF.

        `person` (name, NIF) makes it a certificate of representative; `days` are its validity from
        now; `is_seal` marks it as an electronic seal; `as_rsa` gives it an RSA key, which those who
        sign Facturae need (slower to make).
        """
        more = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
        common = name
        if person or is_seal or (nif[0].isalpha() and nif[0] not in "XYZKLM"):
            more.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATES-{nif}"))
        else:
            more = []
        if person:
            common = f"{person[1]} {person[0]} (R: {nif})"
            more.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, f"IDCES-{person[1]}"))
        elif not more:
            common = f"{name} - {nif}"
            more.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, f"IDCES-{nif}"))
        key: Key = (
            rsa.generate_private_key(65537, 2048) if as_rsa else ec.generate_private_key(_CURVE)
        )
        builder = self._builder(_name(common[:64], *more), key.public_key(), days=days)
        if is_seal:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(QC_STATEMENTS, _SEAL), critical=False
            )
        certificate = self._leaf(builder, ExtendedKeyUsageOID.CLIENT_AUTH)
        return pkcs12.serialize_key_and_certificates(
            name.encode()[:60],
            key,
            certificate,
            [self.certificate],
            # 2,048 turns, as those issued have: opening it ten times slower protects nothing here.
            PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048).build(password.encode()),
        )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
