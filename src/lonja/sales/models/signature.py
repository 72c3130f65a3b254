"""What the customer saw and signed: frozen versions, private links, signatures with evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel
from lonja.accounts.models.people import token_hash
from lonja.accounts.secrets import seal, unseal
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

    @classmethod
    def make(cls, quote: Quote, version: QuoteVersion, token: str, expires_at: datetime) -> Self:
        """Store a link for a token just made: its hash, and the token sealed for this place."""
        hashed = token_hash(token)
        place = f"sales.PublicLink.sealed_token:{quote.organisation_id}:{hashed}"
        return cls.objects.create(
            quote=quote,
            version=version,
            token_hash=hashed,
            sealed_token=seal(token, place),
            expires_at=expires_at,
        )

    @property
    def token(self) -> str:
        """The token in clear, to show or mail the link again. Raises BrokenSecret."""
        place = f"sales.PublicLink.sealed_token:{self.organisation_id}:{self.token_hash}"
        return unseal(self.sealed_token, place)

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


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
    signed_at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("firma")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="signature_once")
        ]

    def __str__(self) -> str:
        return self.signer_name


class SignedDocument(OrganisationModel):
    """The PDF with the signature and its evidence page: one for each signature, for ever.

    Apart from the signature because making it may fail; the signature must not be lost with it.
    """

    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="documents")
    pdf = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("presupuesto firmado")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "signature"], name="signed_document_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.signature_id}"
