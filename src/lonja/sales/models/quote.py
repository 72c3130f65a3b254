"""Quotes (presupuestos): priced documents a customer can sign."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
)
from lonja.catalogue.models import PricedLine
from lonja.kit.errors import Refused
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.sales.models.opportunity import Opportunity
from lonja.sales.models.shared import OfAgentQuerySet, YearCounter


class QuoteStatus(models.TextChoices):
    DRAFT = "draft", _("Borrador")
    SENT = "sent", _("Enviado")
    ACCEPTED = "accepted", _("Aceptado")
    REJECTED = "rejected", _("Rechazado")


TRANSITIONS = {
    (QuoteStatus.DRAFT, QuoteStatus.SENT),
    (QuoteStatus.SENT, QuoteStatus.SENT),
    (QuoteStatus.SENT, QuoteStatus.DRAFT),
    (QuoteStatus.SENT, QuoteStatus.ACCEPTED),
    (QuoteStatus.SENT, QuoteStatus.REJECTED),
    (QuoteStatus.REJECTED, QuoteStatus.DRAFT),
    # A change after the signature is another version; the signed one stays as it is.
    (QuoteStatus.ACCEPTED, QuoteStatus.DRAFT),
    (QuoteStatus.DRAFT, QuoteStatus.REJECTED),
}


class QuoteCounter(YearCounter):
    """Next number of the quotes of a company in a year (not a fiscal series)."""

    PREFIX = "P"

    class Meta(YearCounter.Meta):
        abstract = False
        verbose_name = _("contador de presupuestos")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "year"], name="quote_counter_once"
            )
        ]


class Quote(OrganisationModel):
    """A presupuesto. One-off and recurring amounts are kept apart (cents, with and without tax).

    `version` grows with each change after sending; a signature is of exactly one version.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="quotes", verbose_name=_("cliente")
    )
    # The oferta it belongs to. Quotes of one oferta with an `alternative` («A», «Básica») exclude
    # each other: accepting one closes the rest.
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="quotes"
    )
    alternative = models.CharField(_("alternativa"), max_length=40, blank=True, default="")
    number = models.CharField(_("número"), max_length=30)
    title = models.CharField(_("título"), max_length=160, blank=True)
    status = models.CharField(max_length=8, choices=QuoteStatus.choices, default=QuoteStatus.DRAFT)
    version = models.PositiveIntegerField(default=1, editable=False)
    edited = models.PositiveIntegerField(default=0, editable=False)  # conflict detection
    edited_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_on = models.DateField()
    valid_until = models.DateField(_("válido hasta"))
    agent = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact_name = models.CharField(_("a la atención de"), max_length=120, blank=True)
    email = models.EmailField(_("correo"), blank=True)
    greeting = models.CharField(_("mensaje"), max_length=300, blank=True)
    conditions = models.TextField(_("condiciones"), blank=True)
    global_discount_pct = models.DecimalField(
        _("descuento (%)"), max_digits=7, decimal_places=4, default=0
    )
    # The tarifa its lines are priced with; the text and the prices are already in the lines.
    price_list = models.ForeignKey(
        "catalogue.PriceList",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tarifa"),
    )
    # Of the one-off total, tax included, asked for when it is accepted.
    deposit_pct = models.DecimalField(_("anticipo (%)"), max_digits=7, decimal_places=4, default=0)
    probability_pct = models.PositiveSmallIntegerField(_("probabilidad (%)"), default=50)
    expected_on = models.DateField(_("cierre previsto"), null=True, blank=True)
    # The alta that will follow the signature; the recurring lines say how often.
    service_starts_on = models.DateField(_("inicio del servicio"), null=True, blank=True)
    service_time = models.TimeField(_("hora"), default=time(8, 0))
    base_cents = models.BigIntegerField(default=0, editable=False)
    total_cents = models.BigIntegerField(default=0, editable=False)
    recurring_base_cents = models.BigIntegerField(default=0, editable=False)
    recurring_monthly_cents = models.BigIntegerField(default=0, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    first_viewed_at = models.DateTimeField(null=True, editable=False)
    last_viewed_at = models.DateTimeField(null=True, editable=False)
    views = models.PositiveIntegerField(default=0, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    rejected_at = models.DateTimeField(null=True, editable=False)
    reject_reason = models.CharField(max_length=300, blank=True, default="", editable=False)
    service_started_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(editable=False, default="")
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(OfAgentQuerySet)()

    class Meta:
        verbose_name = _("presupuesto")
        verbose_name_plural = _("presupuestos")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "number"], name="quote_number_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_on", "-id"], name="quote_date"),
            models.Index(
                fields=["organisation", "status", "-created_on", "-id"], name="quote_status"
            ),
            models.Index(fields=["organisation", "party", "-id"], name="quote_party"),
            models.Index(fields=["organisation", "opportunity", "id"], name="quote_opportunity"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_text"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        self.search_text = search_text(self.number, self.title, self.party.name, self.party.nif)

    def move_to(self, status: QuoteStatus) -> None:
        """Change the state if TRANSITIONS lists it. Raises Refused("quote_state")."""
        if (QuoteStatus(self.status), status) not in TRANSITIONS:
            raise Refused(
                "quote_state",
                _("El presupuesto %(number)s está «%(state)s» y no puede pasar a «%(next)s».")
                % {
                    "number": self.number,
                    "state": self.get_status_display().lower(),
                    "next": str(status.label).lower(),
                },
            )
        self.status = status

    def is_expired(self, on: date) -> bool:
        return self.status in (QuoteStatus.DRAFT, QuoteStatus.SENT) and self.valid_until < on


class QuoteLine(PricedLine):
    """A line; `unit_of_time` empty is one-off, else it is billed every so many of it."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    optional = models.BooleanField(_("opcional"), default=False)
    chosen = models.BooleanField(default=True)
    every = models.PositiveSmallIntegerField(default=1)
    unit_of_time = models.CharField(
        _("periodicidad"),
        max_length=8,
        blank=True,
        default="",
        choices=[
            ("", _("Una sola vez")),
            ("day", _("Cada día")),
            ("week", _("Cada semana")),
            ("month", _("Cada mes")),
            ("quarter", _("Cada trimestre")),
            ("year", _("Cada año")),
        ],
    )

    # Lines that follow one another with the same title are a section.
    section = models.CharField(_("sección"), max_length=120, blank=True, default="")
    section_detail = models.CharField(max_length=300, blank=True, default="")
    # Of the lines of a group the customer chooses exactly one; they are all optional.
    group = models.CharField(_("a elegir una"), max_length=60, blank=True, default="")
    # How far the customer may change the quantity; both empty: not at all.
    min_quantity = models.DecimalField(
        _("cantidad mínima"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    max_quantity = models.DecimalField(
        _("cantidad máxima"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    # What the tarifa said when the line was written: net unit price, where it comes from, and its
    # tramos while the price is not changed by hand ([min quantity, price, discount] as text).
    list_price = models.DecimalField(
        max_digits=18, decimal_places=6, null=True, blank=True, editable=False
    )
    price_origin = models.CharField(max_length=120, blank=True, default="", editable=False)
    price_by_hand = models.BooleanField(default=False, editable=False)
    tiers = models.JSONField(default=list, editable=False)
    unit_cost = models.DecimalField(
        max_digits=18, decimal_places=6, null=True, blank=True, editable=False
    )

    class Meta(PricedLine.Meta):
        abstract = False
        verbose_name = _("línea de presupuesto")
        indexes = [models.Index(fields=["organisation", "quote"], name="quoteline_quote")]
