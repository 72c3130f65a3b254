"""How invoices reach their customer: rules, links, and what became of each."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
)
from lonja.accounts.models.people import new_token, token_hash
from lonja.accounts.secrets import seal, unseal
from lonja.billing.models.invoice import Invoice
from lonja.parties.models import Party


class SendWhen(models.TextChoices):
    MANUAL = "manual", _("A mano: se envía cuando alguien lo dice")
    ISSUE = "issue", _("Al emitir, en el momento")
    WORKDAY = "workday", _("El siguiente día laborable, a una hora")


def nine_o_clock() -> time:
    return time(9)


class SendingRule(OrganisationModel):
    """When the invoices of a company leave (`party` null), or those of one of its clients."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.CASCADE, null=True, related_name="sending_rules"
    )
    send_when = models.CharField(
        _("envío automático"), max_length=8, choices=SendWhen.choices, default=SendWhen.MANUAL
    )
    hour = models.TimeField(_("hora"), default=nine_o_clock)
    zone = models.CharField(_("zona horaria"), max_length=40, blank=True)
    # Only in the row of the company.
    needs_approval = models.BooleanField(
        _("un responsable aprueba los envíos"), default=False, db_default=False
    )
    # How many days the links to the customer's page stay open.
    link_days = models.PositiveSmallIntegerField(_("días del enlace"), default=365)
    with_account = models.BooleanField(
        _("el enlace enseña todas sus facturas pendientes"), default=True
    )

    class Meta:
        verbose_name = _("norma de envío")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(party__isnull=True),
                name="sending_company_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "company", "party"],
                condition=models.Q(party__isnull=False),
                name="sending_client_once",
            ),
        ]

    def __str__(self) -> str:
        return self.short

    @property
    def short(self) -> str:
        """The rule in two words, for lists."""
        words = {
            SendWhen.MANUAL: gettext("A mano"),
            SendWhen.ISSUE: gettext("Al emitir"),
            SendWhen.WORKDAY: gettext("El siguiente día laborable"),
        }
        return words[SendWhen(self.send_when)]

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone) if self.zone else self.company.zone


class CustomerLink(OrganisationModel):
    """A private link to the customer's page of an invoice, or of all of a customer's.

    `with_account`: from the page of one invoice the other open ones are seen too. Only the hash is
    looked up; the token is kept sealed to be mailed again (R35).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="customer_links")
    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, null=True, related_name="customer_links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    sealed_token = models.TextField()
    with_account = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("enlace de cliente")
        indexes = [
            models.Index(fields=["organisation", "invoice"], name="customerlink_invoice"),
            models.Index(fields=["organisation", "party"], name="customerlink_party"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}/{self.invoice_id or '*'}"

    @staticmethod
    def place(organisation_id: int, hashed: str) -> str:
        return f"billing.CustomerLink.sealed_token:{organisation_id}:{hashed}"

    @classmethod
    def row(cls, organisation_id: int, **values: Any) -> tuple[str, dict[str, Any]]:
        """(token, columns) of a link not saved yet, for bulk inserts."""
        token, hashed = new_token()
        sealed = seal(token, cls.place(organisation_id, hashed))
        return token, {"token_hash": hashed, "sealed_token": sealed, **values}

    @classmethod
    def make(cls, organisation_id: int, **values: Any) -> Self:
        _token, columns = cls.row(organisation_id, **values)
        return cls.objects.create(**columns)

    @property
    def token(self) -> str:
        """The token in clear. Raises BrokenSecret."""
        return unseal(self.sealed_token, self.place(self.organisation_id, self.token_hash))

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


def link_of(token: str) -> Any:
    """The links with that token, of any organisation in the scope."""
    return CustomerLink.objects.filter(token_hash=token_hash(token))


class FollowUp(OrganisationModel):
    """What became of an invoice after it left: only what cannot be read elsewhere.

    Opened and downloaded come from the customer's page, never from hidden images in the mail.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="follow_ups")
    opened_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)
    opens = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    bounced_at = models.DateTimeField(null=True)
    bounce_reason = models.CharField(max_length=300, blank=True, default="")

    objects = ScopedManager()

    class Meta:
        verbose_name = _("seguimiento de una factura")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "invoice"], name="follow_up_once")
        ]
        indexes = [
            models.Index(
                fields=["organisation", "invoice"],
                condition=models.Q(bounced_at__isnull=False),
                name="follow_up_bounced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}"


class DocumentStyle(OrganisationModel):
    """Which of the document templates the invoices of a company are printed with."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(_("plantilla"), max_length=20, default="standard")
    # Simplificadas on a roll of 80 mm instead of A4.
    ticket = models.BooleanField(_("simplificadas en tique de 80 mm"), default=True)

    class Meta:
        verbose_name = _("plantilla de documentos")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "company"], name="document_style_once")
        ]

    def __str__(self) -> str:
        return self.template


class DocumentMessage(OrganisationModel):
    """The message of a company on its documents, by kind (or all), series (or all), language."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("tipo"), max_length=20, blank=True)
    series = models.ForeignKey(
        "billing.Series", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    language = models.CharField(_("idioma"), max_length=5)
    text = models.CharField(_("mensaje"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("mensaje de documentos")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "kind", "language"],
                condition=models.Q(series__isnull=True),
                name="document_message_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "company", "kind", "series", "language"],
                condition=models.Q(series__isnull=False),
                name="document_message_series",
            ),
        ]

    def __str__(self) -> str:
        return self.text
