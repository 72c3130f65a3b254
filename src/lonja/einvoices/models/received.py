"""Electronic invoices received from suppliers and what we answered (RD 238/2026)."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly, FrozenColumns
from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.einvoices.law import answer_deadline
from lonja.files.models import StoredFile
from lonja.kit.text import search_text


class ReceivedState(models.TextChoices):
    PENDING = "pending", _("Por contestar")
    ACCEPTED = "accepted", _("Aceptada")
    REJECTED = "rejected", _("Rechazada")
    PAID = "paid", _("Pagada")


RECEIVED_TONES = {
    ReceivedState.PENDING: "warn",
    ReceivedState.ACCEPTED: "info",
    ReceivedState.REJECTED: "bad",
    ReceivedState.PAID: "ok",
}


class ReceivedQuerySet(ScopedQuerySet):
    def pending(self) -> Self:
        return self.filter(state=ReceivedState.PENDING)


class ReceivedInvoice(OrganisationModel):
    """An invoice of a supplier as it came. Its unique code is issuer + number + date (Orden
    HAC/1028/2026). Amounts are cents of `currency`; `answer_by`, the last day to answer."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    supplier_name = models.CharField(_("proveedor"), max_length=120)
    supplier_nif = models.CharField(_("NIF del proveedor"), max_length=30)
    number = models.CharField(_("número"), max_length=80)
    issued_on = models.DateField(_("fecha de expedición"))
    received_on = models.DateField(_("fecha de recepción"))
    due_on = models.DateField(_("vencimiento"), null=True)
    answer_by = models.DateField(_("contestar antes de"))
    currency = models.CharField(max_length=3, default="EUR")
    base_cents = models.BigIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    withholding_cents = models.BigIntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)
    payable_cents = models.BigIntegerField(default=0)
    iban = models.CharField(max_length=34, blank=True)
    format = models.CharField(_("formato"), max_length=10)
    is_copy = models.BooleanField(default=False)
    lines = models.JSONField(default=list)  # [concept, quantity, net], as texts
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        _("estado"), max_length=10, choices=ReceivedState.choices, default=ReceivedState.PENDING
    )
    search_text = models.TextField(editable=False, default="")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    database_lock = FrozenColumns(
        when="OLD.number <> ''",
        columns=(
            *("organisation_id", "company_id", "supplier_name", "supplier_nif", "number"),
            *("issued_on", "received_on", "due_on", "currency", "base_cents", "tax_cents"),
            *("withholding_cents", "total_cents", "payable_cents", "file_id"),
        ),
    )

    objects = ScopedManager.from_queryset(ReceivedQuerySet)()

    class Meta:
        verbose_name = _("factura recibida")
        verbose_name_plural = _("facturas recibidas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "supplier_nif", "number", "issued_on"],
                name="received_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-issued_on", "-id"], name="received_date"),
            models.Index(
                fields=["organisation", "state", "answer_by", "id"], name="received_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.supplier_name}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.search_text = search_text(self.number, self.supplier_name, self.supplier_nif)
        if self.answer_by is None:
            self.answer_by = answer_deadline(self.received_on)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def is_late(self, today: date) -> bool:
        """Still without answer after its term."""
        return self.state == ReceivedState.PENDING and today > self.answer_by


class ReceivedStatus(OrganisationModel):
    """What we answered of a received invoice, with its day; only added.

    `report_by` is the last day to report it; `withdrawn` takes the previous one back.
    """

    invoice = models.ForeignKey(ReceivedInvoice, on_delete=models.PROTECT, related_name="statuses")
    state = models.CharField(max_length=10, choices=ReceivedState.choices)
    before = models.CharField(max_length=10, choices=ReceivedState.choices)
    on = models.DateField()
    report_by = models.DateField()
    reason = models.CharField(_("motivo"), max_length=300, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("respuesta a una factura recibida")
        indexes = [models.Index(fields=["organisation", "invoice", "id"], name="received_answer")]

    def __str__(self) -> str:
        return str(self.get_state_display())
