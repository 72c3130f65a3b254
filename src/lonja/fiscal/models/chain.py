"""VERI*FACTU records: one chain per (taxpayer, installation, environment)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import FrozenColumns
from lonja.accounts.models import Company, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.billing.models import Invoice

if TYPE_CHECKING:
    from lonja.accounts.models import Membership


class OfAChain(ScopedQuerySet):
    """Rows that belong to a company through their chain."""

    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        granted = member.company_ids()
        return rows.filter(chain__company_id__in=granted) if granted else rows


class Chain(OrganisationModel):
    """A chain of records and its head: the row that is locked to add one (R7, R10)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    nif = models.CharField(max_length=20)
    installation = models.CharField(max_length=100)
    environment = models.CharField(max_length=10, default="test")
    last_position = models.PositiveIntegerField(default=0)
    last_number = models.CharField(max_length=60, blank=True, default="")
    last_issued_on = models.DateField(null=True)
    last_huella = models.CharField(max_length=64, blank=True, default="")
    last_generated_at = models.CharField(max_length=25, blank=True, default="")
    # Every record up to here has the agency's verdict: what follows is the queue.
    settled_position = models.PositiveIntegerField(default=0)
    # Something to be looked at, found before a record was added; it never stops issuing.
    alarm_code = models.CharField(max_length=10, blank=True, default="")
    alarm = models.CharField(max_length=300, blank=True, default="")
    alarm_at = models.DateTimeField(null=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("cadena de registros")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "nif", "installation", "environment"],
                name="chain_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_current=True),
                name="chain_current_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "nif"],
                condition=models.Q(last_position__gt=models.F("settled_position")),
                name="chain_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.nif} · {self.installation}"

    @property
    def waiting(self) -> int:
        """Records without the agency's verdict."""
        return self.last_position - self.settled_position


class RecordState(models.TextChoices):
    """`SENT`: it left and the answer is not known; it goes again until it is."""

    PENDING = "pending", _("Pendiente de enviar")
    SENT = "sent", _("Enviado, sin respuesta")
    ACCEPTED = "accepted", _("Aceptado")
    ACCEPTED_WITH_ERRORS = "with_errors", _("Aceptado con errores")
    REJECTED = "rejected", _("Rechazado")


class Record(OrganisationModel):
    """A registro de facturación de alta or anulación, exactly as it will be sent.

    `xml` is the RegistroAlta or RegistroAnulacion element valid against the official XSD; the
    texts are the very strings that were hashed. Only the state of its sending changes.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="records")
    position = models.PositiveIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="records")
    operation = models.CharField(max_length=10, default="alta")
    is_amendment = models.BooleanField(default=False)  # Subsanacion
    issuer_nif = models.CharField(max_length=20)
    number = models.CharField(max_length=60)
    issued_on = models.DateField()
    invoice_type = models.CharField(max_length=2, blank=True)
    tax_text = models.CharField(max_length=16, blank=True)
    total_text = models.CharField(max_length=16, blank=True)
    previous_huella = models.CharField(max_length=64, blank=True)
    generated_at = models.CharField(max_length=25)
    huella = models.CharField(max_length=64)
    qr_url = models.CharField(max_length=300, blank=True)
    xml = models.TextField()
    # SHA-256 of `xml`: the huella covers a few of its elements only.
    xml_digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(
        max_length=12, choices=RecordState.choices, default=RecordState.PENDING
    )
    csv = models.CharField(max_length=40, blank=True, default="")
    error_code = models.CharField(max_length=10, blank=True, default="")
    error_text = models.CharField(max_length=1500, blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    # The later record that mends this one (subsanación, or the anulación that ends the matter).
    mended_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="mends")

    database_lock = FrozenColumns(
        when="OLD.huella <> ''",
        columns=(
            "organisation_id",
            "chain_id",
            "position",
            "invoice_id",
            "operation",
            "is_amendment",
            "issuer_nif",
            "number",
            "issued_on",
            "invoice_type",
            "tax_text",
            "total_text",
            "previous_huella",
            "generated_at",
            "huella",
            "qr_url",
            "xml",
            "xml_digest",
        ),
    )

    objects = ScopedManager.from_queryset(OfAChain)()

    class Meta:
        verbose_name = _("registro de facturación")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "chain", "position"], name="record_position_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "invoice"], name="record_invoice"),
            models.Index(
                fields=["organisation", "chain", "state", "position"],
                condition=models.Q(state__in=("rejected", "with_errors"), mended_by__isnull=True),
                name="record_unmended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.number}"
