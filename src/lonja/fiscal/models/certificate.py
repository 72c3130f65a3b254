"""The certificate that opens the agency's door, sealed."""

from __future__ import annotations

import base64
import json
from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.accounts.secrets import seal, unseal


class Certificate(OrganisationModel):
    """A PKCS#12 of a company. What it says of itself is in clear; the rest is sealed (R36)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(max_length=200)
    holder_nif = models.CharField(max_length=20)
    organisation_nif = models.CharField(max_length=20, blank=True)
    issued_by = models.CharField(max_length=200)
    serial = models.CharField(max_length=60)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    is_seal = models.BooleanField(default=False)
    # Of who represents the company before the agency (apoderado, colaborador social).
    is_representative = models.BooleanField(default=False)
    sealed_content = models.TextField(blank=True, default="")
    is_current = models.BooleanField(default=True)
    # The last of 30, 15, 7 and 1 days that was warned of.
    warned_days = models.PositiveSmallIntegerField(null=True)
    uploaded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("certificado")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_current=True),
                name="certificate_current_once",
            )
        ]

    def __str__(self) -> str:
        return self.holder

    def _place(self) -> str:
        return f"fiscal.Certificate.content:{self.organisation_id}:{self.pk}"

    def put(self, pkcs12: bytes, password: str) -> None:
        """Seal and save the content; the row must be saved before."""
        told = json.dumps({"pkcs12": base64.b64encode(pkcs12).decode(), "password": password})
        self.sealed_content = seal(told, self._place())
        self.save(update_fields=["sealed_content"])

    def content(self) -> tuple[bytes, str]:
        """The PKCS#12 and its password. Raises BrokenSecret."""
        told = json.loads(unseal(self.sealed_content, self._place()))
        return base64.b64decode(told["pkcs12"]), told["password"]

    def days_left(self, on: date) -> int:
        """Whole days until it expires; negative once it has."""
        last = timezone.localtime(self.valid_until, self.company.zone).date()
        return (last - on).days
