"""The outbox and the settings of the server that empties it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.accounts.secrets import seal, unseal


class MailStatus(models.TextChoices):
    QUEUED = "queued", _("En cola")
    SENDING = "sending", _("Enviando")
    SENT = "sent", _("Enviado")
    FAILED = "failed", _("No enviado")
    CANCELLED = "cancelled", _("Cancelado")


class OutgoingMail(OrganisationModel):
    """A mail we owe: written in the business transaction, sent after, never deleted (R13).

    `attachments` is a list of objects `{"name", "file"}` (id of a stored file) or
    `{"name", "later", "id"}` (made when sent by what `register_attachment` knows).
    """

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, null=True, related_name="+"
    )
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    reply_to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(_("asunto"), max_length=300)
    text = models.TextField(_("mensaje"))
    html = models.TextField(blank=True, default="")
    attachments = models.JSONField(default=list)
    message_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40, blank=True)
    # One mail per (organisation, key): whoever queues it again does nothing.
    key = models.CharField(max_length=160, null=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    party_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("correo saliente")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=models.Q(key__isnull=False),
                name="mail_key_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                condition=models.Q(status="queued"),
                name="mail_queued",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status="sending"),
                name="mail_sending",
            ),
            models.Index(fields=["organisation", "-id"], name="mail_recent"),
            models.Index(fields=["organisation", "about_type", "about_id"], name="mail_about"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def recipients(self) -> str:
        return ", ".join(self.to)


class Security(models.TextChoices):
    STARTTLS = "starttls", _("STARTTLS (recomendado, puerto 587)")
    TLS = "tls", _("TLS (puerto 465)")
    NONE = "none", _("Sin cifrar (solo en la propia máquina)")


class MailServer(OrganisationModel):
    """The SMTP server of the organisation. The password is sealed for this row."""

    host = models.CharField(_("servidor"), max_length=200)
    port = models.PositiveIntegerField(_("puerto"), default=587)
    security = models.CharField(
        _("cifrado"), max_length=10, choices=Security.choices, default=Security.STARTTLS
    )
    username = models.CharField(_("usuario"), max_length=200, blank=True)
    sealed_password = models.TextField(blank=True, default="", editable=False)
    from_address = models.EmailField(_("remitente"))
    from_name = models.CharField(_("nombre del remitente"), max_length=120, blank=True)
    reply_to = models.EmailField(_("responder a"), blank=True)
    enabled = models.BooleanField(_("enviar correos"), default=True)
    last_error = models.TextField(blank=True, default="", editable=False)
    last_ok_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("servidor de correo")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="mail_server_once")]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def _place(self) -> str:
        return f"mail.MailServer.password:{self.organisation_id}:{self.pk}"

    def set_password(self, password: str) -> None:
        """Seal and save the password; the row must be saved before."""
        self.sealed_password = seal(password, self._place()) if password else ""
        self.save(update_fields=["sealed_password"])

    def password(self) -> str:
        """The password in clear. Raises BrokenSecret."""
        return unseal(self.sealed_password, self._place()) if self.sealed_password else ""
