"""Signing in tests: what a pad gives, and a custodian with their pair of keys."""

from __future__ import annotations

import functools
import io
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from lonja.sales.actions import accept_quote
from lonja.sales.biometrics.sealed import described
from lonja.sales.evidence import Visitor
from lonja.sales.models import DynamicsKey, LocalSeal, PublicLink, Signature, SigningSettings
from lonja.sales.seals.loops import wait_for
from lonja.sales.tests.house import a_drawing

VISITOR = Visitor("203.0.113.9", "Móvil de Carmen")

STROKES: dict[str, Any] = {
    "v": 1,
    "pointer": "pen",
    "device": {"w": 340, "h": 190, "dpr": 2},
    "strokes": [
        [[20, 150, 0, 0.1, 30, -5], [90, 40, 120.5, 0.6, 31, -5], [160, 140, 260, 0.9, 32, -6]],
        [[170, 60, 700, 0.4, 30, 0], [300, 60.5, 910, 0.2, 30, 0]],
    ],
}


@functools.cache
def custodian() -> rsa.RSAPrivateKey:
    """The private key of the notary: never on the server."""
    return rsa.generate_private_key(65537, 2048)


def keep_dynamics(company: Any) -> DynamicsKey:
    """The company keeps strokes, encrypted for its notary."""
    SigningSettings.objects.update_or_create(
        company=company, defaults={"biometrics_since": timezone.now()}
    )
    public = described(custodian().public_key())
    return DynamicsKey.objects.create(
        company=company,
        holder="Notaría Pérez",
        public_pem=public.pem,
        fingerprint=public.fingerprint,
        bits=public.bits,
    )


def validated(pdf: bytes) -> tuple[Any, Any]:
    """(what pyHanko says of the seal with the company's own as root, the embedded signature)."""
    from asn1crypto import pem, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    own = x509.Certificate.load(pem.unarmor(LocalSeal.objects.get().certificate_pem.encode())[2])
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    context = ValidationContext(trust_roots=[own])
    return wait_for(lambda: async_validate_pdf_signature(embedded, context)), embedded


def sign(link: PublicLink, **changes: Any) -> Signature:
    given = {
        "signer_name": "Carmen Roselló Ferrer",
        "signer_nif": "12345678Z",
        "image": a_drawing(),
        "chosen": [],
        "consents": {"accept": True},
        "visitor": VISITOR,
        "at": timezone.now(),
    }
    return accept_quote(link, **{**given, **changes})
