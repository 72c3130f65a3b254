"""The one answer to «with which certificate does this company sign?».

First the signing certificate of the company (Configuración › Factura electrónica), then the one
it keeps for VERI*FACTU if it is the company's own and may sign, and when there is none, a local
seal: a key made here, that no authority vouches for, and that says so in its own name.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot
from lonja.accounts.secrets import BrokenSecret
from lonja.documents.pdf_tools import load_pyhanko
from lonja.einvoices.keys import may_sign, open_p12
from lonja.einvoices.models import SigningCertificate
from lonja.fiscal.models import Certificate
from lonja.kit.errors import Refused
from lonja.sales.models import LocalSeal

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

CERTIFICATE, LOCAL = "certificate", "local"
LOCAL_YEARS = 20

_NOW = DateTimeField()
_signing = Prepared(
    lambda: SigningCertificate.objects.filter(
        company_id=Slot("company"),
        is_current=True,
        not_before__lte=Slot("now", _NOW),
        not_after__gt=Slot("now", _NOW),
    ).values_list("pk", "created_at")
)
_fiscal = Prepared(
    lambda: Certificate.objects.filter(
        company_id=Slot("company"),
        is_current=True,
        is_representative=False,
        valid_from__lte=Slot("now", _NOW),
        valid_until__gt=Slot("now", _NOW),
    ).values_list("pk", "uploaded_at")
)
_local = Prepared(
    lambda: LocalSeal.objects.filter(
        company_id=Slot("company"), is_current=True, valid_until__gt=Slot("now", _NOW)
    ).values_list("pk", "certificate_pem")[:1]
)


@dataclass(frozen=True)
class SealKey:
    """A key that seals, its certificate and those that issued it."""

    kind: str  # CERTIFICATE or LOCAL
    private: Any
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def subject(self) -> str:
        return _common_name(self.certificate.subject)

    @property
    def issuer(self) -> str:
        return _common_name(self.certificate.issuer)

    @property
    def not_after(self) -> datetime:
        return self.certificate.not_valid_after_utc

    @functools.cached_property
    def signer(self) -> SimpleSigner:
        """What pyHanko signs with; made once for each key of the process."""
        load_pyhanko()
        from asn1crypto.keys import PrivateKeyInfo
        from asn1crypto.x509 import Certificate as Asn1Certificate
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        from lonja.sales.seals.cms import QuickSigner

        own, *issuers = (
            Asn1Certificate.load(one.public_bytes(Encoding.DER))
            for one in (self.certificate, *self.chain)
        )
        key = PrivateKeyInfo.load(
            self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )
        return QuickSigner(
            signing_cert=own,
            signing_key=key,
            cert_registry=SimpleCertificateStore.from_certs([own, *issuers]),
        ).prepare(self.private)


def seal_key(company: Company, now: datetime) -> SealKey:
    """The key that seals what this company signs today. Always gives one."""
    return known_seal(company, now) or local_seal(company, now)


def known_seal(company: Company, now: datetime) -> SealKey | None:
    """The key that would seal today; None when it would be made then. Makes nothing."""
    for kind, pk, kept_at in _candidates(company, now):
        key = _opened(kind, pk, kept_at)
        if key is not None:
            return key
    row = _local.first(company=company.pk, now=now)
    return _opened_local(*row) if row is not None else None


def _candidates(company: Company, now: datetime) -> list[tuple[str, int, datetime]]:
    told = {"company": company.pk, "now": now}
    return [
        *(("einvoices", *row) for row in _signing.all(**told)),
        *(("fiscal", *row) for row in _fiscal.all(**told)),
    ]


@functools.lru_cache(maxsize=64)
def _opened(kind: str, pk: int, kept_at: datetime) -> SealKey | None:
    """The key of a kept certificate: opening a PKCS#12 is slow on purpose. Its rows do not change,
    and whoever asks has looked up the row in its own organisation just now."""
    try:
        if kind == "einvoices":
            found = SigningCertificate.objects.get(pk=pk).open()
        else:
            found = open_p12(*Certificate.objects.get(pk=pk).content())
    except (BrokenSecret, Refused):  # of another installation, or not for signing
        return None
    if not may_sign(found.certificate):
        return None
    return SealKey(CERTIFICATE, found.private, found.certificate, found.chain)


def local_seal(company: Company, now: datetime) -> SealKey:
    """The local seal of the company, made the first time."""
    row = LocalSeal.objects.filter(company=company, is_current=True).first()
    if row is not None and row.valid_until > now:
        key = _opened_local(row.pk, row.certificate_pem)
        if key is not None:
            return key
    try:
        with transaction.atomic():
            if row is not None:
                LocalSeal.objects.filter(pk=row.pk).update(is_current=False)
            row = _make_local(company, now)
    except IntegrityError:  # made at the same time elsewhere
        row = LocalSeal.objects.get(company=company, is_current=True)
    key = _opened_local(row.pk, row.certificate_pem)
    assert key is not None  # noqa: S101
    return key


@functools.lru_cache(maxsize=64)
def _opened_local(pk: int, certificate_pem: str) -> SealKey | None:
    row = LocalSeal.objects.get(pk=pk)
    try:
        private = load_pem_private_key(row.key_pem().encode(), None)
    except BrokenSecret:
        return None
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return SealKey(LOCAL, private, certificate)


@house()
def _make_local(company: Company, now: datetime) -> LocalSeal:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(
                NameOID.COMMON_NAME,
                _("Sello local de Lonja: %(company)s")[:64]
                % {"company": company.display_name[:40]},
            ),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, company.legal_name[:64]),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME, _("Sin autoridad de certificación")
            ),
        ]
    )
    until = now.astimezone(UTC) + timedelta(days=366 * LOCAL_YEARS)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False
        )
        .sign(private, SHA256())
    )
    row = LocalSeal.objects.create(
        company=company,
        certificate_pem=certificate.public_bytes(Encoding.PEM).decode(),
        valid_until=until,
    )
    row.keep(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    return row


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
