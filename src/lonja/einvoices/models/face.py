"""Invoices presented to FACe, and what FACe said of them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Membership, OrganisationModel
from lonja.billing.models import Invoice
from lonja.einvoices.models.copy import ElectronicCopy


class FaceState(models.TextChoices):
    QUEUED = "queued", _("Por presentar")
    SENDING = "sending", _("Presentando")
    UNKNOWN = "unknown", _("Sin respuesta")
    ARRIVED = "arrived", _("Presentada, falta su número")
    REGISTERED = "registered", _("Registrada")
    DONE = "done", _("Terminada")
    FAILED = "failed", _("No admitida")


LIVE = [state.value for state in FaceState if state != FaceState.FAILED]


class FaceDelivery(OrganisationModel):
    """The presentation of an invoice. `code` and `text` are its state in FACe (1200, 2500…),
    `cancel_code` that of the request to annul it. Only one is alive for each invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="face_deliveries")
    copy = models.ForeignKey(ElectronicCopy, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=FaceState.choices, default=FaceState.QUEUED)
    registry_number = models.CharField(_("número de registro"), max_length=60, blank=True)
    code = models.CharField(max_length=10, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    cancel_code = models.CharField(max_length=10, blank=True, default="")
    cancel_text = models.CharField(max_length=500, blank=True, default="")
    cancel_asked = models.CharField(_("motivo de la anulación"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("presentación en FACe")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "invoice"],
                condition=~models.Q(state="failed"),
                name="face_delivery_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "registry_number"],
                condition=~models.Q(registry_number=""),
                name="face_registry_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "checked_at", "id"],
                condition=models.Q(state="registered"),
                name="face_to_follow",
            )
        ]

    def __str__(self) -> str:
        return self.registry_number or str(self.get_state_display())

    @property
    def may_be_cancelled(self) -> bool:
        return self.state == FaceState.REGISTERED and not self.cancel_asked


class FaceEvent(OrganisationModel):
    """One thing that happened to a presentation: only added."""

    delivery = models.ForeignKey(FaceDelivery, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=12)  # queued, sent, lost, refused, registered, state, cancel
    code = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("movimiento en FACe")
        indexes = [models.Index(fields=["organisation", "delivery", "id"], name="face_event")]

    def __str__(self) -> str:
        return f"{self.what} {self.code}"
