"""The ledger of what each party owes, and month totals kept for the home page."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.billing.models.credit import Credit, Receipt
from lonja.billing.models.invoice import Invoice
from lonja.parties.models import Party, PaymentMethod


class EntryKind(models.TextChoices):
    CHARGE = "charge", _("Factura")
    PAYMENT = "payment", _("Cobro")
    UNDO = "undo", _("Cobro deshecho")
    ADVANCE = "advance", _("Cobro sin factura")
    APPLIED = "applied", _("Saldo aplicado")
    REFUND = "refund", _("Saldo devuelto")


class Entry(OrganisationModel):
    """A movement of a party's balance: positive cents are owed to us, negative settle.

    Rows are only added; undoing a payment adds its opposite. The balance of a party on a day is the
    sum of its entries up to it. Those of an invoice add up to what it owes; those of a credit
    without invoice, to what remains of it (with the sign changed). Applying credit moves nothing
    between us and the party: its two entries, one on each side, cancel out.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="entries"
    )
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, related_name="entries"
    )
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, null=True, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind.choices)
    amount_cents = models.BigIntegerField()
    on = models.DateField()
    method = models.CharField(max_length=12, choices=PaymentMethod.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("apunte")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="entry_undone_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "invoice"],
                condition=models.Q(kind="charge"),
                name="entry_charge_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "invoice"], name="entry_invoice"),
            models.Index(fields=["organisation", "party", "on"], name="entry_party"),
            models.Index(
                fields=["organisation", "receipt"],
                condition=models.Q(receipt__isnull=False),
                name="entry_receipt",
            ),
            models.Index(
                fields=["organisation", "credit"],
                condition=models.Q(credit__isnull=False),
                name="entry_credit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_cents}"


class MonthlySales(OrganisationModel):
    """What a company issued in a calendar month: base without tax and total, in cents.

    Written in the issuing transaction, whose series row already makes it wait its turn.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    count = models.PositiveIntegerField(default=0)
    base_cents = models.BigIntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("ventas del mes")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "month"], name="monthly_sales_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}"
