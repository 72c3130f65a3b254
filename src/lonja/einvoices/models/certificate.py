"""The certificate that signs Facturae and the messages to FACe."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.accounts.secrets import seal, unseal
from lonja.einvoices.keys import SigningKey, open_p12

# Days before the end when the expiry is told.
WARN_DAYS = 30


class SigningCertificate(OrganisationModel):
    """A PKCS#12 of a company, sealed with its password (R36). One per company is current."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(_("titular"), max_length=300)
    nif = models.CharField(_("NIF"), max_length=20, blank=True)
    not_before = models.DateTimeField(_("válido desde"))
    not_after = models.DateTimeField(_("caduca"))
    sealed_p12 = models.TextField(editable=False, default="")
    sealed_password = models.TextField(editable=False, default="")
    is_current = models.BooleanField(default=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("certificado de firma")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_current=True),
                name="signing_certificate_current_once",
            )
        ]

    def __str__(self) -> str:
        return self.subject

    def _place(self, name: str) -> str:
        return f"einvoices.SigningCertificate.{name}:{self.organisation_id}:{self.pk}"

    def keep(self, content: bytes, password: str) -> None:
        """Seal and save the file and its password; the row must be saved before."""
        self.sealed_p12 = seal(base64.b64encode(content).decode(), self._place("p12"))
        self.sealed_password = seal(password, self._place("password"))
        self.save(update_fields=["sealed_p12", "sealed_password"])

    def open(self) -> SigningKey:
        """Its key. Raises BrokenSecret when the installation lost the key that sealed it."""
        content = base64.b64decode(unseal(self.sealed_p12, self._place("p12")))
        return open_p12(content, unseal(self.sealed_password, self._place("password")))

    def is_valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after

    def expires_soon(self, moment: datetime) -> bool:
        """Within the days of the warning, or already past."""
        return self.not_after - moment < timedelta(days=WARN_DAYS)
