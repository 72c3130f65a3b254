"""Invoices: drafts are free, issued ones never change."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import FrozenColumns
from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.billing.models.series import Series
from lonja.kit.text import search_text
from lonja.parties.models import Party, PaymentMethod

# The codes of the rectificativas, and of nothing else, are between these (`billing.kinds`).
FIRST_CORRECTIVE, LAST_CORRECTIVE = "r1", "r5"
CORRECTIVE = models.Q(kind__gte=FIRST_CORRECTIVE, kind__lte=LAST_CORRECTIVE)

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(models.TextChoices):
    DRAFT = "draft", _("Borrador")
    ISSUED = "issued", _("Emitida")
    VOID = "void", _("Anulada")


TRANSITIONS = {(Status.DRAFT, Status.ISSUED), (Status.ISSUED, Status.VOID)}

# Everything the law freezes; sending, PDF and settlement stay outside.
FROZEN_COLUMNS = (
    "organisation_id",
    "company_id",
    "party_id",
    "kind",
    "series_id",
    "year",
    "sequence",
    "number",
    "issued_on",
    "operation_on",
    "due_on",
    "instalment_terms",
    "issuer",
    "recipient",
    "currency",
    "exchange_rate",
    "global_discount_pct",
    "global_discount_cents",
    "prices_include_tax",
    "surcharge",
    "withholding_pct",
    "correction",
    "correction_reason",
    "corrected_period",
    "art80_circumstance",
    "art80_on",
    "corrected_base_cents",
    "corrected_tax_cents",
    "corrected_surcharge_cents",
    "replaced_base_cents",
    "replaced_total_cents",
    "replaced_cents",
    "language",
    "legends",
    "message",
    "net_cents",
    "base_cents",
    "tax_cents",
    "surcharge_cents",
    "total_cents",
    "withholding_cents",
    "disbursement_cents",
    "advance_cents",
    "payable_cents",
    "charged_cents",
    "foreign_total_cents",
    "foreign_payable_cents",
    "issued_at",
)


class Correction(models.TextChoices):
    """TipoRectificativa (fiscal rules §3)."""

    DIFFERENCES = "I", _("Por diferencias")
    SUBSTITUTION = "S", _("Por sustitución")


class CreditChoice(models.TextChoices):
    """`refund` pays first what is owed of the invoices corrected: only what was paid goes back."""

    KEEP = "", _("Dejarlo como saldo a favor")
    APPLY = "apply", _("Aplicarlo a lo que debe de la factura rectificada")
    REFUND = "refund", _("Devolverle lo que ya había pagado")


class InvoiceQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(agent_id__in=member.subordinate_ids())
        return rows

    def issued(self) -> Self:
        return self.filter(status=Status.ISSUED)

    def drafts(self) -> Self:
        return self.filter(status=Status.DRAFT)

    def unpaid(self) -> Self:
        """Issued and with something still to collect (or to give back)."""
        return self.issued().exclude(outstanding_cents=0)

    def overdue(self, on: date) -> Self:
        return self.unpaid().filter(outstanding_cents__gt=0, next_due_on__lt=on)

    def unsent(self) -> Self:
        """Issued and never put in the outbox."""
        return self.issued().filter(mailed_at__isnull=True)

    def corrections(self) -> Self:
        """Issued to correct others: few among many, with an index of their own.

        A range and not a list: SQLite only sees that a partial index fits when its condition is
        there word by word.
        """
        return self.issued().filter(kind__gte=FIRST_CORRECTIVE, kind__lte=LAST_CORRECTIVE)


class Invoice(OrganisationModel):
    """A factura of any kind (`billing.kinds`), draft or issued.

    Amounts are euro cents, also in other currencies. `issuer` and `recipient` are the parties
    frozen as they were. `outstanding_cents` = payable − what entries settled; `lonja verify`
    checks it against the ledger.
    """

    search_order = "issued_on"  # see `accounts.textsearch`

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("cliente")
    )
    kind = models.CharField(_("tipo"), max_length=20, default="ordinary")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True, editable=False)
    sequence = models.PositiveIntegerField(null=True, editable=False)
    number = models.CharField(_("número"), max_length=60, blank=True, default="", editable=False)
    # On a draft, the day it was last saved or one that was chosen: never null, lists order by it.
    issued_on = models.DateField(_("fecha de expedición"), blank=True, default=timezone.localdate)
    operation_on = models.DateField(_("fecha de operación"), null=True, blank=True)
    due_on = models.DateField(_("vencimiento"), null=True, blank=True)
    issued_at = models.DateTimeField(null=True, editable=False)
    agent = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Several due dates, as they are written («30/60/90»); empty: one, `due_on`.
    instalment_terms = models.CharField(_("plazos"), max_length=60, blank=True, default="")
    payment_method = models.CharField(
        _("forma de pago"),
        max_length=12,
        choices=PaymentMethod.choices,
        default=PaymentMethod.TRANSFER,
    )
    currency = models.CharField(_("moneda"), max_length=3, default="EUR")
    # Euros per unit of the currency on the day of devengo (art. 79.Once LIVA).
    exchange_rate = models.DecimalField(
        _("tipo de cambio"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    global_discount_pct = models.DecimalField(
        _("descuento global (%)"), max_digits=7, decimal_places=4, default=0
    )
    # An amount off, after the percentage, in cents of the currency.
    global_discount_cents = models.BigIntegerField(_("descuento global (€)"), default=0)
    prices_include_tax = models.BooleanField(_("precios con impuestos"), default=False)
    surcharge = models.BooleanField(_("recargo de equivalencia"), default=False)
    withholding_pct = models.DecimalField(
        _("retención de IRPF (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    # Only in rectificativas: how, why, and what it replaces (RD 1619/2012 art. 15).
    correction = models.CharField(
        _("forma de rectificar"), max_length=1, choices=Correction.choices, blank=True
    )
    correction_reason = models.CharField(
        _("motivo de la rectificación"), max_length=300, blank=True
    )
    # What becomes of what a rectificativa leaves in favour of its client, once issued.
    credit_choice = models.CharField(
        max_length=6, choices=CreditChoice.choices, blank=True, default=""
    )
    corrected_period = models.CharField(_("periodo que rectifica"), max_length=80, blank=True)
    art80_circumstance = models.CharField(
        _("circunstancia del art. 80 LIVA"), max_length=80, blank=True
    )
    art80_on = models.DateField(_("fecha de esa circunstancia"), null=True, blank=True)
    corrected_base_cents = models.BigIntegerField(null=True, blank=True, editable=False)
    corrected_tax_cents = models.BigIntegerField(null=True, blank=True, editable=False)
    corrected_surcharge_cents = models.BigIntegerField(null=True, blank=True, editable=False)
    # What the invoices it takes the place of (by substitution, or receipts exchanged) had charged
    # already, in euro cents: base, total, and out of `payable_cents`. It counts as sold and is
    # owed only the rest.
    replaced_base_cents = models.BigIntegerField(default=0, editable=False)
    replaced_total_cents = models.BigIntegerField(default=0, editable=False)
    replaced_cents = models.BigIntegerField(default=0, editable=False)
    language = models.CharField(_("idioma"), max_length=5, blank=True)
    message = models.CharField(_("mensaje en la factura"), max_length=200, blank=True)
    reference = models.CharField(_("referencia"), max_length=80, blank=True)
    internal_notes = models.TextField(_("notas internas"), blank=True)
    legends = models.JSONField(default=list, editable=False)
    issuer = models.JSONField(default=dict, editable=False)
    recipient = models.JSONField(default=dict, editable=False)
    net_cents = models.BigIntegerField(default=0, editable=False)
    base_cents = models.BigIntegerField(default=0, editable=False)
    tax_cents = models.BigIntegerField(default=0, editable=False)
    surcharge_cents = models.BigIntegerField(default=0, editable=False)
    total_cents = models.BigIntegerField(default=0, editable=False)
    withholding_cents = models.BigIntegerField(default=0, editable=False)
    disbursement_cents = models.BigIntegerField(default=0, editable=False)
    # Advances already collected, taken off what is left to pay.
    advance_cents = models.BigIntegerField(_("anticipos cobrados"), default=0)
    payable_cents = models.BigIntegerField(default=0, editable=False)
    # The same in cents of its currency; null in euros.
    foreign_total_cents = models.BigIntegerField(null=True, editable=False)
    foreign_payable_cents = models.BigIntegerField(null=True, editable=False)
    # What it adds to the customer's balance: the same, but only the difference in a
    # rectificativa «por sustitución» (`billing.charges`).
    charged_cents = models.BigIntegerField(default=0, editable=False)
    outstanding_cents = models.BigIntegerField(default=0, editable=False)
    # «Saldo utilizado»: of the party's credit applied to it or, of a negative one, of its own
    # credit already applied or given back. Kept by `actions.owed`, checked by `lonja verify`.
    credit_used_cents = models.BigIntegerField(default=0, editable=False)
    # The first due date not covered yet; follows what is paid.
    next_due_on = models.DateField(null=True, editable=False)
    # The day the bank returned its last payment, until it is paid again.
    returned_on = models.DateField(null=True, editable=False)
    # Why the customer does not accept it; while there is a reason nobody is reminded.
    dispute_reason = models.CharField(max_length=200, blank=True, default="", editable=False)
    disputed_on = models.DateField(null=True, editable=False)
    # Where it comes from: `subscriptions.plan`, `sales.quote`… (rooms above; nothing is imported).
    origin_type = models.CharField(max_length=60, blank=True, default="", editable=False)
    origin_id = models.BigIntegerField(null=True, editable=False)
    pdf = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    # When its first mail was put in the outbox.
    mailed_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(editable=False, default="")
    # The editor that made the draft, so that autosaving twice makes one.
    draft_key = models.CharField(max_length=40, null=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    database_lock = FrozenColumns(when="OLD.number <> ''", columns=FROZEN_COLUMNS)

    objects = ScopedManager.from_queryset(InvoiceQuerySet)()

    class Meta:
        verbose_name = _("factura")
        verbose_name_plural = _("facturas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "series", "year", "sequence"],
                condition=models.Q(sequence__isnull=False),
                name="invoice_sequence_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "company", "number"],
                condition=~models.Q(number=""),
                name="invoice_number_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "draft_key"],
                condition=models.Q(draft_key__isnull=False),
                name="invoice_draft_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-issued_on", "-id"], name="invoice_date"),
            models.Index(
                fields=["organisation", "status", "-issued_on", "-id"], name="invoice_status"
            ),
            models.Index(
                fields=["organisation", "party", "-issued_on", "-id"], name="invoice_party"
            ),
            # The partial ones below hold few rows each. They repeat `status` among their columns:
            # without it SQLite prefers invoice_status, which answers as many conditions.
            models.Index(
                fields=["organisation", "status", "next_due_on", "id", "outstanding_cents"],
                condition=models.Q(status="issued") & ~models.Q(outstanding_cents=0),
                name="invoice_open_due",
            ),
            models.Index(
                fields=["organisation", "party"],
                include=["next_due_on", "outstanding_cents"],
                condition=models.Q(status="issued") & ~models.Q(outstanding_cents=0),
                name="invoice_open_party",
            ),
            models.Index(
                fields=["organisation", "status", "next_due_on", "id", "outstanding_cents"],
                condition=models.Q(status="issued")
                & ~models.Q(outstanding_cents=0)
                & ~models.Q(instalment_terms=""),
                name="invoice_open_terms",
            ),
            models.Index(
                fields=["organisation", "status", "-issued_on", "-id"],
                condition=models.Q(
                    status="issued", kind__gte=FIRST_CORRECTIVE, kind__lte=LAST_CORRECTIVE
                ),
                name="invoice_corrections",
            ),
            models.Index(fields=["organisation", "origin_type", "origin_id"], name="invoice_from"),
            models.Index(
                fields=["organisation", "status", "-issued_on", "-id"],
                condition=models.Q(status="issued", mailed_at__isnull=True),
                name="invoice_unsent",
            ),
            models.Index(
                fields=["organisation", "status", "-issued_on", "-id"],
                condition=models.Q(status="draft"),
                name="invoice_drafts",
            ),
            models.Index(
                fields=["organisation", "agent", "-issued_on", "-id"], name="invoice_agent"
            ),
            models.Index(
                fields=["organisation", "series", "-issued_on", "-id"], name="invoice_series"
            ),
            models.Index(fields=["organisation", "total_cents", "id"], name="invoice_total"),
            models.Index(fields=["organisation", "kind", "-issued_on", "-id"], name="invoice_kind"),
        ]

    def __str__(self) -> str:
        return self.number or str(_("Factura en borrador"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_text"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        name = self.recipient.get("name") if self.recipient else None
        self.search_text = search_text(
            self.number, name or self.party.name, self.party.nif, self.reference
        )

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    def issue_day(self) -> date:
        """The date a draft would be issued with: the chosen one, or today if it was dated with
        the day it was saved."""
        saved_on = self.updated_at.astimezone(self.company.zone).date()
        return self.company.today() if self.issued_on == saved_on else self.issued_on

    @property
    def due_shown(self) -> date | None:
        """The due date that matters now: the next one while something is owed."""
        return self.next_due_on if self.outstanding_cents > 0 and self.next_due_on else self.due_on

    def is_overdue(self, on: date) -> bool:
        return (
            self.status == Status.ISSUED
            and self.outstanding_cents > 0
            and self.next_due_on is not None
            and self.next_due_on < on
        )

    @property
    def is_owed_elsewhere(self) -> bool:
        """It changes nothing of what is owed, which stays on the invoices it replaces."""
        return self.charged_cents == 0 and self.replaced_cents != 0

    def state(self, on: date) -> tuple[str, str]:
        """(label, tone) of its state on a day, derived from what is owed: nothing is stored."""
        if self.status == Status.DRAFT:
            return gettext("Borrador"), "mut"
        if self.status == Status.VOID:
            return gettext("Anulada"), "mut"
        if self.is_owed_elsewhere:
            return gettext("Emitida"), "info"
        if self.charged_cents < 0:
            return self._credit_state()
        if self.outstanding_cents == 0:
            return gettext("Cobrada"), "ok"
        if self.returned_on is not None:
            return gettext("Devuelta"), "bad"
        if self.is_overdue(on):
            return gettext("Vencida"), "bad"
        if self.outstanding_cents != self.charged_cents:
            return gettext("Cobro parcial"), "warn"
        return gettext("Emitida"), "info"

    def _credit_state(self) -> tuple[str, str]:
        """Of an invoice in favour of the customer: how much of its credit was spent."""
        if self.outstanding_cents == 0:
            return gettext("Compensada"), "ok"
        if self.outstanding_cents != self.charged_cents:
            return gettext("Compensada en parte"), "warn"
        return gettext("Emitida"), "info"

    @property
    def remaining_credit_cents(self) -> int:
        """«Saldo disponible»: what can still be spent of an invoice in the customer's favour."""
        return max(0, -self.outstanding_cents)

    @property
    def settled_cents(self) -> int:
        return self.charged_cents - self.outstanding_cents


def total_outstanding(invoices: Iterable[Invoice]) -> int:
    """Sum of what is still to collect, in cents."""
    return sum(invoice.outstanding_cents for invoice in invoices)
