"""What the customer saw and signed: frozen versions, private links, signatures with evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Membership, OrganisationModel
from lonja.accounts.models.people import token_hash
from lonja.accounts.secrets import seal, unseal
from lonja.sales.models.quote import Quote


class QuoteVersion(OrganisationModel):
    """A version as it was sent: its whole content and the very PDF."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()  # sales.snapshot.QuoteSnapshot
    # Who has to sign, in order: [{"position": 1, "name": …, "email": …}]; empty: whoever has the
    # link, once.
    signers = models.JSONField(default=list)
    base_url = models.CharField(max_length=200, blank=True, default="")  # where it was published
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

    @property
    def signatures_needed(self) -> int:
        return len(self.signers) or 1


class PublicLink(OrganisationModel):
    """A private link to one version (R35): only the hash of its token is stored.

    `token` itself is kept sealed so that the same link can be copied or mailed again. With several
    signers each has a link of its own, and `position` says in which order they sign.
    """

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="links")
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    sealed_token = models.TextField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    position = models.PositiveSmallIntegerField(default=1)
    signer_name = models.CharField(max_length=120, blank=True, default="")
    signer_email = models.EmailField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("enlace de presupuesto")

    def __str__(self) -> str:
        return f"{self.quote_id}"

    @classmethod
    def make(
        cls,
        quote: Quote,
        version: QuoteVersion,
        token: str,
        expires_at: datetime,
        *,
        position: int = 1,
        signer_name: str = "",
        signer_email: str = "",
    ) -> Self:
        """Store a link for a token just made: its hash, and the token sealed for this place."""
        hashed = token_hash(token)
        place = f"sales.PublicLink.sealed_token:{quote.organisation_id}:{hashed}"
        return cls.objects.create(
            quote=quote,
            version=version,
            token_hash=hashed,
            sealed_token=seal(token, place),
            expires_at=expires_at,
            position=position,
            signer_name=signer_name,
            signer_email=signer_email,
        )

    @property
    def token(self) -> str:
        """The token in clear, to show or mail the link again. Raises BrokenSecret."""
        place = f"sales.PublicLink.sealed_token:{self.organisation_id}:{self.token_hash}"
        return unseal(self.sealed_token, place)

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class Signature(OrganisationModel):
    """The acceptance of one version by one signer, with its evidence (fiscal-rules §7).

    Never changes. `position` is the place among the signers of the version. `key` is made by the
    page or the device before sending: the same key again is the same signature.
    """

    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="signatures")
    position = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=64, blank=True, default="")
    signer_name = models.CharField(max_length=120)
    signer_nif = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=8, default="drawn")  # drawn | typed
    # link: the private link; code: that and a one-time code; person: in front of a member.
    identified_by = models.CharField(max_length=8, default="link")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    image = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The strokes, encrypted for the holder of the private key (sales.biometrics); else null.
    dynamics = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    chosen_lines = models.JSONField(default=list)
    quantities = models.JSONField(default=dict)  # key of the line → quantity, as text
    consent_text = models.TextField()
    # Each text that was accepted: [{"kind", "version", "text", "sha256"}]
    consents = models.JSONField(default=list)
    document_sha256 = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)  # times, address, agent, hash-chained log
    evidence_code = models.CharField(max_length=64, unique=True)
    signed_at = models.DateTimeField(default=timezone.now)  # our clock
    signed_at_device = models.DateTimeField(null=True)  # what the signer's clock said
    # Not kept: whether all that follows was done with it, in the same transaction.
    is_followed = False

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("firma")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version", "position"], name="signature_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=~models.Q(key=""),
                name="signature_key_once",
            ),
        ]
        indexes = [models.Index(fields=["document_sha256"], name="signature_document")]

    def __str__(self) -> str:
        return self.signer_name

    @property
    def asked(self) -> dict[int, str]:
        """The quantities the signer changed, by the key of their line."""
        return {int(key): told for key, told in self.quantities.items()}


class SignedDocument(OrganisationModel):
    """The PDF with the signature and its evidence report, sealed: one for each signature, for ever.

    Apart from the signature because making it may fail; the signature must not be lost with it.
    `seal` says with what it was sealed: {"kind": "certificate" | "local", "subject", "issuer",
    "certificate_sha256", "timestamp"}; empty for those made before there were seals.
    """

    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="documents")
    pdf = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    pdf_sha256 = models.CharField(max_length=64, default="", db_index=True)  # for the checker
    seal = models.JSONField(default=dict)
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
