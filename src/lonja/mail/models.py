"""The outbox and the settings of the server that empties it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel
from lonja.accounts.secrets import seal, unseal


class MailStatus(models.TextChoices):
    HELD = "held", _("Por aprobar")
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
    language = models.CharField(max_length=5, default="es")
    # The zone the hour was chosen in, to show it as it was said; empty: it was not scheduled.
    zone = models.CharField(max_length=40, blank=True, default="")
    asked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    # When the first definitive answer «it did not arrive» came back, and why.
    bounced_at = models.DateTimeField(null=True)
    bounce_reason = models.CharField(max_length=300, blank=True, default="")

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
            models.Index(
                fields=["organisation", "status", "-id"],
                condition=models.Q(status="held"),
                name="mail_held",
            ),
            models.Index(fields=["organisation", "-id"], name="mail_recent"),
            models.Index(fields=["organisation", "about_type", "about_id"], name="mail_about"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def recipients(self) -> str:
        return ", ".join(self.to)

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for an hour somebody chose."""
        waiting = self.status in (MailStatus.QUEUED, MailStatus.HELD)
        return waiting and bool(self.zone) and self.not_before > timezone.now()


class Security(models.TextChoices):
    STARTTLS = "starttls", _("STARTTLS (recomendado, puerto 587)")
    TLS = "tls", _("TLS (puerto 465)")
    NONE = "none", _("Sin cifrar (solo en la propia máquina)")


class Sealed(OrganisationModel):
    """A server with a password sealed for its row (R36)."""

    sealed_password = models.TextField(blank=True, default="", editable=False)

    class Meta:
        abstract = True

    def _place(self) -> str:
        return f"mail.{type(self).__name__}.password:{self.organisation_id}:{self.pk}"

    def set_password(self, password: str) -> None:
        """Seal and save the password; the row must be saved before."""
        self.sealed_password = seal(password, self._place()) if password else ""
        self.save(update_fields=["sealed_password"])

    def password(self) -> str:
        """The password in clear. Raises BrokenSecret."""
        return unseal(self.sealed_password, self._place()) if self.sealed_password else ""


class MailServer(Sealed):
    """The SMTP server of the organisation. The password is sealed for this row."""

    host = models.CharField(_("servidor"), max_length=200)
    port = models.PositiveIntegerField(_("puerto"), default=587)
    security = models.CharField(
        _("cifrado"), max_length=10, choices=Security.choices, default=Security.STARTTLS
    )
    username = models.CharField(_("usuario"), max_length=200, blank=True)
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


class MailboxSecurity(models.TextChoices):
    TLS = "tls", _("TLS (recomendado, puerto 993)")
    STARTTLS = "starttls", _("STARTTLS (puerto 143)")
    NONE = "none", _("Sin cifrar (solo en la propia máquina)")


class Mailbox(Sealed):
    """The IMAP mailbox where the answers «it did not arrive» come. It is read, never changed.

    `uid_validity` and `last_uid` say up to where it was read (R15).
    """

    host = models.CharField(_("servidor"), max_length=200)
    port = models.PositiveIntegerField(_("puerto"), default=993)
    security = models.CharField(
        _("cifrado"), max_length=10, choices=MailboxSecurity.choices, default=MailboxSecurity.TLS
    )
    username = models.CharField(_("usuario"), max_length=200)
    folder = models.CharField(_("carpeta"), max_length=120, default="INBOX")
    enabled = models.BooleanField(_("leer los rebotes"), default=True)
    uid_validity = models.BigIntegerField(null=True, editable=False)
    last_uid = models.BigIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)
    last_read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("buzón de rebotes")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="mailbox_once")]

    def __str__(self) -> str:
        return f"{self.username} · {self.host}"


class Bounce(OrganisationModel):
    """One recipient of one of our mails that a server says it could not reach.

    `is_hard`: the address does not work; otherwise it is only noted (full box, delay).
    """

    mail = models.ForeignKey(OutgoingMail, on_delete=models.PROTECT, related_name="bounces")
    recipient = models.CharField(max_length=254)
    code = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=300)
    is_hard = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    # SHA-256 of the message and the recipient: reading it again does nothing.
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("rebote")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "fingerprint"], name="bounce_once")
        ]
        indexes = [models.Index(fields=["organisation", "mail"], name="bounce_mail")]

    def __str__(self) -> str:
        return f"{self.recipient} {self.code}"


class BadAddress(OrganisationModel):
    """An address that bounced for good, until somebody says it works again."""

    address = models.CharField(_("dirección"), max_length=254)
    reason = models.CharField(max_length=300)
    code = models.CharField(max_length=12, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("dirección que no funciona")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "address"], name="bad_address_once")
        ]

    def __str__(self) -> str:
        return self.address


class MailText(OrganisationModel):
    """What a kind of mail says in a language, when the house has its own words for it."""

    purpose = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    subject = models.CharField(_("asunto"), max_length=300)
    text = models.TextField(_("mensaje"))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("texto de correo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "purpose", "language"], name="mail_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} ({self.language})"
