"""How a company has its quotes signed: who, with which texts, identified how, sealed with what."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.accounts.secrets import seal, unseal
from lonja.sales.models.quote import Quote
from lonja.sales.models.signature import PublicLink, QuoteVersion
from lonja.tasks.models import Reason


class CodePolicy(models.TextChoices):
    """When a one-time code by e-mail is asked for before signing."""

    NEVER = "never", _("Nunca: basta el enlace privado")
    TYPED = "typed", _("Cuando firme escribiendo su nombre")
    ALWAYS = "always", _("Siempre")


class TextKind(models.TextChoices):
    """The texts that a signer accepts. Each change is another version."""

    ACCEPT = "accept", _("Aceptación de un particular")
    ACCEPT_FOR = "accept_for", _("Aceptación en nombre de una empresa")
    CONDITIONS = "conditions", _("Condiciones generales")
    BIOMETRICS = "biometrics", _("Consentimiento de la firma biométrica")


class SigningSettings(OrganisationModel):
    """Configuración › Firma, of one company. Without a row: link only, no dynamics, no TSA."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    code_policy = models.CharField(
        _("código de un solo uso por correo"),
        max_length=6,
        choices=CodePolicy.choices,
        default=CodePolicy.NEVER,
    )
    biometrics_since = models.DateTimeField(null=True, editable=False)
    tsa_url = models.URLField(_("sello de tiempo (RFC 3161)"), blank=True, default="")
    # The motivo of the task «alta del servicio» that a signature without a date leaves.
    start_reason = models.ForeignKey(
        Reason, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("ajustes de firma")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"], name="signing_settings_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"


class LegalText(OrganisationModel):
    """A version of a text that signers accept. Never changes: another version is another row."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=TextKind.choices)
    version = models.PositiveIntegerField()
    body = models.TextField(_("texto"), max_length=20_000)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("texto legal")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "kind", "version"], name="legal_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"


class DynamicsKey(OrganisationModel):
    """The public key for which signature dynamics are encrypted. Its private half is elsewhere."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(_("quién guarda la clave privada"), max_length=160)
    public_pem = models.TextField()
    fingerprint = models.CharField(max_length=64)  # sha256 of the SubjectPublicKeyInfo
    bits = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("clave de firmas biométricas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_current=True),
                name="dynamics_key_current_once",
            )
        ]

    def __str__(self) -> str:
        return self.holder


class LocalSeal(OrganisationModel):
    """A key made here to seal PDF when the company has no certificate; no authority vouches."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    certificate_pem = models.TextField()
    sealed_key = models.TextField(default="")
    valid_until = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("sello local")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_current=True),
                name="local_seal_current_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"

    def _place(self) -> str:
        return f"sales.LocalSeal.sealed_key:{self.organisation_id}:{self.pk}"

    def keep(self, key_pem: str) -> None:
        """Seal and save the private key; the row must be saved before."""
        self.sealed_key = seal(key_pem, self._place())
        self.save(update_fields=["sealed_key"])

    def key_pem(self) -> str:
        """The private key. Raises BrokenSecret."""
        return unseal(self.sealed_key, self._place())


class QuoteSigner(OrganisationModel):
    """Somebody who has to sign a quote, in order. A sent version keeps its own list."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="signers")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("nombre y apellidos"), max_length=120)
    email = models.EmailField(_("correo"))

    class Meta:
        verbose_name = _("firmante")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "quote", "position"], name="quote_signer_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SigningCode(OrganisationModel):
    """A one-time code sent to the signer of a link: six digits, kept as a keyed hash."""

    link = models.ForeignKey(PublicLink, on_delete=models.PROTECT, related_name="codes")
    code_hash = models.CharField(max_length=64)
    sent_to = models.EmailField()
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("código de firma")
        indexes = [models.Index(fields=["organisation", "link", "-id"], name="signing_code_link")]

    def __str__(self) -> str:
        return self.sent_to

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


class QuoteQuestion(OrganisationModel):
    """What a customer asked about a version, and what was answered."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="questions")
    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    text = models.TextField()
    digest = models.CharField(max_length=20)  # the same question is kept once
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(_("respuesta"), blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("pregunta del cliente")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "quote", "digest"], name="quote_question_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
