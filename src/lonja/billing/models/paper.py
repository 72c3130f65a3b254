"""Papers around invoices that are not invoices: proformas and delivery notes."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.billing.models.invoice import Invoice
from lonja.catalogue.models import PricedLine
from lonja.kit.text import search_text
from lonja.parties.models import Party


class PaperUse(models.TextChoices):
    DELIVERY = "delivery", _("Albaranes")
    PROFORMA = "proforma", _("Proformas")


# Prefix of the numbers of each paper: «A2026/0001».
PAPER_PREFIX = {PaperUse.DELIVERY: "A", PaperUse.PROFORMA: "PF"}


class PaperCounter(OrganisationModel):
    """Next number of a company's papers of a kind in a year: not a fiscal series."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    use = models.CharField(max_length=8, choices=PaperUse.choices)
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("contador de documentos")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "use", "year"], name="paper_counter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.use} {self.year}"


class PaperQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(party__agent_id__in=member.subordinate_ids())
        return rows


class Proforma(OrganisationModel):
    """What would be invoiced, printed: no fiscal number, no QR, no record (it is no invoice).

    `content` is what a draft needs, as `actions.drafts.kept_draft` writes it; nothing of it changes
    afterwards. `invoice` is the draft it came from or became.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="proformas", verbose_name=_("cliente")
    )
    number = models.CharField(_("número"), max_length=30)
    on = models.DateField(_("fecha"))
    total_cents = models.BigIntegerField(default=0)
    content = models.JSONField(default=dict)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.SET_NULL, null=True, related_name="proformas"
    )
    # The presupuesto or other document above that it was made from.
    origin_type = models.CharField(max_length=60, blank=True, default="")
    origin_id = models.BigIntegerField(null=True)
    pdf = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    search_text = models.TextField(default="")
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager.from_queryset(PaperQuerySet)()

    class Meta:
        verbose_name = _("proforma")
        verbose_name_plural = _("proformas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "number"], name="proforma_number_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-on", "-id"], name="proforma_date"),
            models.Index(fields=["organisation", "total_cents", "id"], name="proforma_total"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = search_text(self.number, self.party.name, self.party.nif)
        super().save(*args, **kwargs)


class DeliveryNote(OrganisationModel):
    """An albarán: goods or services delivered on a day, not invoiced until `invoice` says where.

    It may change while it is pending; its invoice may still be a draft.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="delivery_notes", verbose_name=_("cliente")
    )
    number = models.CharField(_("número"), max_length=30)
    delivered_on = models.DateField(_("fecha de entrega"))
    reference = models.CharField(_("referencia"), max_length=80, blank=True)
    notes = models.CharField(_("observaciones"), max_length=300, blank=True)
    base_cents = models.BigIntegerField(default=0)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.SET_NULL, null=True, related_name="delivery_notes"
    )
    search_text = models.TextField(default="")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager.from_queryset(PaperQuerySet)()

    class Meta:
        verbose_name = _("albarán")
        verbose_name_plural = _("albaranes")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "number"], name="delivery_note_number_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "-delivered_on", "-id"], name="delivery_note_date"
            ),
            models.Index(
                fields=["organisation", "company", "party", "delivered_on"],
                condition=models.Q(invoice__isnull=True),
                name="delivery_note_pending",
            ),
            models.Index(fields=["organisation", "base_cents", "id"], name="delivery_note_base"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = search_text(self.number, self.party.name, self.party.nif, self.reference)
        super().save(*args, **kwargs)

    @property
    def is_pending(self) -> bool:
        return self.invoice_id is None

    @property
    def month(self) -> date:
        return self.delivered_on.replace(day=1)


class DeliveryNoteLine(PricedLine):
    """A line of an albarán."""

    note = models.ForeignKey(DeliveryNote, on_delete=models.CASCADE, related_name="lines")
    extra_discounts = models.CharField(max_length=40, blank=True, default="")

    class Meta(PricedLine.Meta):
        abstract = False
        verbose_name = _("línea de albarán")
        indexes = [models.Index(fields=["organisation", "note"], name="deliverynoteline_note")]


class MonthlyRecap(OrganisationModel):
    """A client of a company whose albaranes are invoiced by themselves once a month."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    since = models.DateField(default=timezone.localdate)

    class Meta:
        verbose_name = _("recapitulativa mensual")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "party"], name="monthly_recap_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.party_id)


class RecapRun(OrganisationModel):
    """The recapitulativa that a client got by itself for a month, or why it did not."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+")
    refusal = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("pase mensual")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "party", "month"], name="recap_run_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.month:%m/%Y}"
