"""Keeping the certificate that signs."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.einvoices.keys import open_p12
from lonja.einvoices.models import SigningCertificate
from lonja.kit.errors import Refused


@transaction.atomic
def keep_certificate(
    company: Company, content: bytes, password: str, *, by: Membership
) -> SigningCertificate:
    """Open it, check that it is in force and of this company, and seal it as the current one.

    Raises Refused: see `open_p12`; expired; of another NIF.
    """
    key = open_p12(content, password)
    now = timezone.now()
    if key.not_after < now:
        raise Refused(
            "certificate_expired",
            _("Ese certificado caducó el %(day)s. Renuévalo y sube el nuevo.")
            % {"day": f"{key.not_after.astimezone(company.zone):%d/%m/%Y}"},
            field="file",
        )
    if key.nifs and company.nif not in key.nifs:
        raise Refused(
            "certificate_nif",
            _("El certificado es de %(nif)s y la empresa tiene el NIF %(own)s.")
            % {"nif": " / ".join(key.nifs), "own": company.nif},
            field="file",
        )
    SigningCertificate.objects.filter(company=company, is_current=True).update(is_current=False)
    kept = SigningCertificate.objects.create(
        company=company,
        subject=key.subject[:300],
        nif=key.nifs[0] if key.nifs else "",
        not_before=key.not_before,
        not_after=key.not_after,
        by=by,
    )
    kept.keep(content, password)
    record(by, "einvoices.certificate_kept", company, subject=kept.subject)
    return kept


@transaction.atomic
def drop_certificate(certificate: SigningCertificate, *, by: Membership) -> None:
    """Forget the key: the row stays, to tell who signed with what."""
    certificate.is_current = False
    certificate.sealed_p12 = certificate.sealed_password = ""
    certificate.save(update_fields=["is_current", "sealed_p12", "sealed_password"])
    record(by, "einvoices.certificate_dropped", certificate.company, subject=certificate.subject)
