"""What we owe our customers: credits, where they come from and where they went.

A receipt is money that came in. What it brings over the invoices it pays, and each issued invoice
of a negative amount, is a credit of the customer; applications and refunds use it up. Nothing is
edited: what was done is undone by an opposite row.
"""

from __future__ import annotations

from typing import Any, Self

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
from lonja.billing.models.invoice import Invoice
from lonja.parties.models import Party, PaymentMethod


class _OfPartiesQuerySet(ScopedQuerySet):
    """Rows that name a party: whoever sees only its own sees those of its clients."""

    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(party__agent_id__in=member.subordinate_ids())
        return rows


_ALWAYS = "OLD.amount_cents IS NOT NULL"


class UndoReason(models.TextChoices):
    """Why a receipt was undone."""

    MISTAKE = "mistake", _("Se apuntó por error")
    RETURNED = "returned", _("Devolución bancaria")


class Receipt(OrganisationModel):
    """Money received from a party on a day (cobro recibido).

    It pays one invoice, several or none; what is left over is the party's credit. Undoing it sets
    `undone_at`, once, and adds the opposite of each of its entries.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="receipts")
    on = models.DateField(_("fecha del cobro"))
    method = models.CharField(_("cómo"), max_length=12, choices=PaymentMethod.choices)
    amount_cents = models.BigIntegerField(_("importe"))
    reference = models.CharField(_("referencia"), max_length=80, blank=True)
    note = models.CharField(_("nota"), max_length=200, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_on = models.DateField(null=True, editable=False)
    undone_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    undone_reason = models.CharField(
        max_length=8, choices=UndoReason.choices, blank=True, editable=False
    )

    database_lock = FrozenColumns(
        when=_ALWAYS,
        columns=("organisation_id", "company_id", "party_id", "on", "method", "amount_cents", "at"),
    )

    objects = ScopedManager.from_queryset(_OfPartiesQuerySet)()

    class Meta:
        verbose_name = _("cobro")
        verbose_name_plural = _("cobros")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_cents__gt=0), name="receipt_positive")
        ]
        indexes = [
            models.Index(fields=["organisation", "-on", "-id"], name="receipt_date"),
            models.Index(fields=["organisation", "party", "-on", "-id"], name="receipt_party"),
        ]

    def __str__(self) -> str:
        return f"C{self.pk}"

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None


class CreditSource(models.TextChoices):
    CORRECTIVE = "corrective", _("Factura rectificativa")
    OVERPAYMENT = "overpayment", _("Cobro de más")
    ADVANCE = "advance", _("Entrega a cuenta")


class Credit(OrganisationModel):
    """An amount in favour of a party that it can spend on invoices or get back.

    `remaining_cents` = amount − applied − refunded; every change of it is a conditional UPDATE, so
    that of two people spending it at once only what fits is spent. A credit whose receipt was
    undone is void: nothing remains and nothing was used.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="credits")
    source = models.CharField(max_length=12, choices=CreditSource.choices)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="credits"
    )
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, related_name="credits"
    )
    amount_cents = models.BigIntegerField()
    remaining_cents = models.BigIntegerField()
    on = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True, editable=False)

    database_lock = FrozenColumns(
        when=_ALWAYS,
        columns=(
            *("organisation_id", "company_id", "party_id", "source", "invoice_id", "receipt_id"),
            *("amount_cents", "on", "at"),
        ),
    )

    objects = ScopedManager.from_queryset(_OfPartiesQuerySet)()

    class Meta:
        verbose_name = _("saldo a favor")
        verbose_name_plural = _("saldos a favor")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_cents__gt=0), name="credit_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    remaining_cents__gte=0, remaining_cents__lte=models.F("amount_cents")
                ),
                name="credit_remaining",
            ),
            models.UniqueConstraint(
                fields=["organisation", "invoice"],
                condition=models.Q(invoice__isnull=False),
                name="credit_invoice_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "receipt"],
                condition=models.Q(receipt__isnull=False),
                name="credit_receipt_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "party", "on", "id"],
                include=["remaining_cents"],
                condition=models.Q(remaining_cents__gt=0),
                name="credit_open",
            ),
            models.Index(fields=["organisation", "party", "on"], name="credit_party"),
        ]

    def __str__(self) -> str:
        return self.invoice.number if self.invoice is not None else self.get_source_display()

    @property
    def used_cents(self) -> int:
        return 0 if self.voided_at is not None else self.amount_cents - self.remaining_cents


class Application(OrganisationModel):
    """Credit spent on an invoice, whole or in part. Undone by a row of the opposite amount."""

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="applications")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="applications")
    amount_cents = models.BigIntegerField()
    on = models.DateField()
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("aplicación de saldo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="application_undone_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "invoice"], name="application_invoice"),
            models.Index(fields=["organisation", "credit"], name="application_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id} → {self.invoice_id}: {self.amount_cents}"


class Refund(OrganisationModel):
    """Credit given back to the party. Undone by a row of the opposite amount."""

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="refunds")
    amount_cents = models.BigIntegerField()
    method = models.CharField(max_length=12, choices=PaymentMethod.choices)
    on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("devolución de saldo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="refund_undone_once",
            )
        ]
        indexes = [models.Index(fields=["organisation", "credit"], name="refund_credit")]

    def __str__(self) -> str:
        return f"{self.credit_id}: {self.amount_cents}"


class Instalment(OrganisationModel):
    """One of the due dates of an issued invoice. Their amounts add up to what it asks to pay."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_cents = models.BigIntegerField()

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("vencimiento")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "invoice", "position"], name="instalment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.due_on:%d/%m/%Y}"
