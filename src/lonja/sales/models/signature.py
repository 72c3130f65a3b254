"""What the customer saw and signed: frozen versions, private links, signatures with evidence."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel
from lonja.sales.models.quote import Quote


class QuoteVersion(OrganisationModel):
    """A version as it was sent: its whole content and the very PDF."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()  # sales.snapshot.QuoteSnapshot
    pdf = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("versión de presupuesto")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "quote", "version"], name="quote_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class PublicLink(OrganisationModel):
    """A private link to one version (R35): only the hash of its token is stored.

    `token` itself is kept sealed so that the same link can be copied or mailed again.
    """

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="links")
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    sealed_token = models.TextField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("enlace de presupuesto")

    def __str__(self) -> str:
        return f"{self.quote_id}"


class Signature(OrganisationModel):
    """The acceptance of one version, with its evidence (fiscal-rules §7). Never changes."""

    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="signatures")
    signer_name = models.CharField(max_length=120)
    signer_nif = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=8, default="drawn")  # drawn | typed
    image = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    chosen_lines = models.JSONField(default=list)
    consent_text = models.TextField()
    document_sha256 = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)  # times, address, agent, hash-chained log
    evidence_code = models.CharField(max_length=64, unique=True)
    signed_pdf = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("firma")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="signature_once")
        ]

    def __str__(self) -> str:
        return self.signer_name
