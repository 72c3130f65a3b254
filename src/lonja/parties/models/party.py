"""Customers and leads are parties: a lead is a party at an early stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.kit.identifiers import format_phone
from lonja.kit.text import search_text
from lonja.parties.names import name_key

if TYPE_CHECKING:
    from datetime import date


class PartyQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        """A hierarchical member sees the parties of its own branch; the rest see all."""
        if member.sees_only_own:
            return self.filter(agent_id__in=member.subordinate_ids())
        return self

    def clients(self) -> Self:
        return self.filter(stage=Stage.CLIENT, archived_at__isnull=True)

    def leads(self) -> Self:
        return self.filter(stage=Stage.LEAD, archived_at__isnull=True)


class Stage(models.TextChoices):
    LEAD = "lead", _("Potencial")
    CLIENT = "client", _("Cliente")


class LeadStatus(models.TextChoices):
    """How far a lead has come. It stays on the client it becomes."""

    NEW = "new", _("Nuevo")
    CONTACTED = "contacted", _("Contactado")
    QUALIFIED = "qualified", _("Cualificado")
    DISCARDED = "discarded", _("Descartado")


class Kind(models.TextChoices):
    COMPANY = "company", _("Empresa o entidad")
    PROFESSIONAL = "professional", _("Autónomo o profesional")
    CONSUMER = "consumer", _("Particular")


class IdType(models.TextChoices):
    """How the party is identified for the tax agency (VERI*FACTU, IDOtro/IDType)."""

    NIF = "nif", _("NIF español")
    VAT_EU = "02", _("NIF-IVA de otro país de la UE")
    PASSPORT = "03", _("Pasaporte")
    OFFICIAL = "04", _("Documento oficial de su país")
    RESIDENCE = "05", _("Certificado de residencia")
    OTHER = "06", _("Otro documento")


class PaymentMethod(models.TextChoices):
    TRANSFER = "transfer", _("Transferencia")
    DIRECT_DEBIT = "direct_debit", _("Domiciliación")
    CARD = "card", _("Tarjeta")
    CASH = "cash", _("Efectivo")


class LeadSource(OrganisationModel):
    """Where leads come from («Web», «Recomendación»). What is in use is retired, not deleted."""

    name = models.CharField(_("origen"), max_length=80)
    active = models.BooleanField(_("en uso"), default=True)

    class Meta:
        verbose_name = _("origen de potenciales")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="lead_source_once")
        ]

    def __str__(self) -> str:
        return self.name


class Party(OrganisationModel):
    """Somebody we sell to, or hope to.

    Of two that were the same, one has `merged_into`: it is archived and keeps only what may not be
    rewritten (its issued invoices…), which is read together with the other's (`parties.family`).
    `merged_into` never points to one that was merged itself.
    """

    stage = models.CharField(_("fase"), max_length=8, choices=Stage.choices, default=Stage.CLIENT)
    kind = models.CharField(_("tipo"), max_length=12, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("razón social"), max_length=120)
    trade_name = models.CharField(_("nombre comercial"), max_length=120, blank=True)
    id_type = models.CharField(
        _("identificación"), max_length=3, choices=IdType.choices, default=IdType.NIF
    )
    nif = models.CharField(_("NIF"), max_length=20, blank=True)
    address = models.CharField(_("dirección"), max_length=200, blank=True)
    postcode = models.CharField(_("código postal"), max_length=10, blank=True)
    city = models.CharField(_("población"), max_length=80, blank=True)
    province = models.CharField(_("provincia"), max_length=80, blank=True)
    country = models.CharField(_("país"), max_length=2, default="ES")
    email = models.EmailField(_("correo"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    website = models.CharField(_("web"), max_length=120, blank=True)
    # Addresses that get the invoices; empty: `email`.
    invoice_emails = models.JSONField(_("correos para facturas"), default=list, blank=True)
    quote_emails = models.JSONField(_("correos para presupuestos"), default=list, blank=True)
    reminder_emails = models.JSONField(_("correos para recordatorios"), default=list, blank=True)
    agent = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parties",
        verbose_name=_("agente"),
    )
    payment_method = models.CharField(
        _("forma de pago"),
        max_length=12,
        choices=PaymentMethod.choices,
        default=PaymentMethod.TRANSFER,
    )
    payment_terms_days = models.PositiveSmallIntegerField(
        _("días de vencimiento"), null=True, blank=True
    )
    # Several due dates for each invoice («30/60/90», «40% 0 / 60% 30»); empty: one.
    instalment_terms = models.CharField(_("plazos"), max_length=60, blank=True, default="")
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    tariff = models.CharField(_("tarifa"), max_length=60, blank=True)
    risk_limit_cents = models.BigIntegerField(_("límite de riesgo"), null=True, blank=True)
    # Recargo de equivalencia: LIVA arts. 148-163, our sales to this party carry it.
    surcharge = models.BooleanField(_("recargo de equivalencia"), default=False)
    withholding_pct = models.DecimalField(
        _("retención de IRPF (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    # A consumer gets invoices by mail only after saying so (LGDCU art. 63.3); null: never said.
    einvoice_consent_on = models.DateField(_("acepta facturas por correo"), null=True, blank=True)
    # Tax category that replaces the products' one (intra-EU, export…); empty: the products'.
    tax_category = models.CharField(_("tratamiento fiscal"), max_length=40, blank=True)
    language = models.CharField(_("idioma"), max_length=5, default="es")
    client_since = models.DateField(_("cliente desde"), null=True, blank=True)
    lead_source = models.ForeignKey(
        LeadSource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parties",
        verbose_name=_("origen"),
    )
    # Empty in clients that were never a lead.
    lead_status = models.CharField(
        _("estado"), max_length=10, choices=LeadStatus.choices, blank=True, default=""
    )
    discard_reason = models.CharField(
        _("motivo del descarte"), max_length=200, blank=True, default="", editable=False
    )
    # Points, and where they come from: [{"fact": "email", "points": 20}].
    score = models.SmallIntegerField(_("puntuación"), default=0, editable=False)
    score_reasons = models.JSONField(default=list, editable=False)
    # The day the lead became a client.
    converted_on = models.DateField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="merged"
    )
    blocked_reason = models.CharField(_("motivo de bloqueo"), max_length=200, blank=True)
    notes = models.TextField(_("notas"), blank=True)
    search_text = models.TextField(editable=False, default="")
    # The name to compare with others (`parties.names`).
    name_key = models.CharField(max_length=80, editable=False, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(PartyQuerySet)()

    class Meta:
        verbose_name = _("cliente")
        verbose_name_plural = _("clientes")
        indexes = [
            models.Index(fields=["organisation", "stage", "name", "id"], name="party_name"),
            models.Index(fields=["organisation", "nif"], name="party_nif"),
            models.Index(fields=["organisation", "email"], name="party_email"),
            # Without those of nobody: SQLite would think that each agent has them all.
            models.Index(
                fields=["organisation", "agent", "name", "id"],
                condition=models.Q(agent__isnull=False),
                name="party_agent",
            ),
            models.Index(
                fields=["organisation", "stage", "province"],
                condition=~models.Q(province=""),
                name="party_province",
            ),
            models.Index(
                fields=["organisation", "stage", "tariff"],
                condition=~models.Q(tariff=""),
                name="party_tariff",
            ),
            models.Index(fields=["organisation", "-id"], name="party_recent"),
            models.Index(fields=["organisation", "stage", "-id"], name="party_stage_recent"),
            models.Index(fields=["organisation", "phone"], name="party_phone"),
            models.Index(fields=["organisation", "name_key"], name="party_name_key"),
            # Few among many: of the whole table SQLite would think that it is quicker to read it.
            models.Index(
                fields=["organisation", "merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="party_merged",
            ),
            models.Index(
                fields=["organisation", "stage", "name", "id"],
                condition=~models.Q(blocked_reason=""),
                name="party_blocked",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        if self.stage == Stage.LEAD and not self.lead_status:
            self.lead_status = LeadStatus.NEW
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_text", "name_key"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search and comparing; call it before a bulk write."""
        self.name_key = name_key(self.name)
        self.search_text = search_text(
            self.name, self.trade_name, self.nif, self.city, self.email, self.phone
        )

    @property
    def is_lead(self) -> bool:
        return self.stage == Stage.LEAD

    @property
    def root_id(self) -> int:
        """The id of the one kept, when this one was merged into another; else its own."""
        return int(self.merged_into_id or self.pk)

    @property
    def display_name(self) -> str:
        return self.trade_name or self.name

    @property
    def phone_text(self) -> str:
        """The phone as people write it: «975 78 93 28»."""
        return format_phone(self.phone)

    @property
    def initials(self) -> str:
        words = [word for word in self.display_name.split() if word[:1].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def mail_addresses(self) -> list[str]:
        """Where invoices go: the billing addresses, else the general one; may be empty."""
        if self.merged_into is not None:
            return self.merged_into.mail_addresses
        return list(self.invoice_emails) or ([self.email] if self.email else [])

    def addresses_for(self, use: str) -> list[str]:
        """Where mails of a use go (`invoice`, `quote`, `reminder`); may be empty.

        Reminders without addresses of their own go where the invoices go.
        """
        if self.merged_into is not None:
            return self.merged_into.addresses_for(use)
        if use == "quote":
            return list(self.quote_emails) or ([self.email] if self.email else [])
        if use == "reminder" and self.reminder_emails:
            return list(self.reminder_emails)
        return self.mail_addresses

    @property
    def every_address(self) -> list[str]:
        """All the addresses we may write to, in lower case, each once."""
        found = [self.email, *self.invoice_emails, *self.quote_emails, *self.reminder_emails]
        return list(dict.fromkeys(address.lower() for address in found if address))

    @property
    def address_lines(self) -> list[str]:
        place = " ".join(part for part in (self.postcode, self.city) if part)
        if self.province and self.province.casefold() != self.city.casefold():
            place = f"{place} ({self.province})".strip()
        country = "" if self.country == "ES" else self.country
        return [line for line in (self.address, place, country) if line]

    @property
    def lacks_for_invoices(self) -> list[str]:
        """What a full invoice must say of its recipient (RD 1619/2012, art. 6.1.d and e) and is
        not written yet: `nif`, `address`."""
        lacking = [] if self.nif else ["nif"]
        if self.kind != Kind.CONSUMER and not (self.address and self.city):
            lacking.append("address")
        return lacking

    def due_on(self, issued_on: date, default_days: int) -> date:
        """Due date by the terms agreed with this party, or the company's."""
        from datetime import timedelta

        days = self.payment_terms_days if self.payment_terms_days is not None else default_days
        return issued_on + timedelta(days=days)


class Contact(OrganisationModel):
    """A person at a party."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("nombre"), max_length=120)
    position = models.CharField(_("cargo"), max_length=80, blank=True)
    email = models.EmailField(_("correo"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    is_main = models.BooleanField(_("contacto principal"), default=False)

    class Meta:
        verbose_name = _("contacto")
        indexes = [
            models.Index(fields=["organisation", "party"], name="contact_party"),
            models.Index(fields=["organisation", "email"], name="contact_email"),
            models.Index(fields=["organisation", "phone"], name="contact_phone"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_text(self) -> str:
        return format_phone(self.phone)


class Tag(OrganisationModel):
    """A word to group parties by."""

    name = models.CharField(_("etiqueta"), max_length=40)

    class Meta:
        verbose_name = _("etiqueta")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="tag_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class PartyTag(OrganisationModel):
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="party_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="party_tags")

    class Meta:
        verbose_name = _("etiqueta de un cliente")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "tag", "party"], name="party_tag_once")
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} → {self.party_id}"


class VatCheck(OrganisationModel):
    """What VIES answered about a client's VAT number: the evidence for an exempt delivery
    (art. 25 LIVA). Kept as it came."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="vat_checks")
    number = models.CharField(_("NIF-IVA"), max_length=20)
    valid = models.BooleanField(_("registrado"))
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300, blank=True)
    reference = models.CharField(_("referencia"), max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("consulta a VIES")
        indexes = [models.Index(fields=["organisation", "party", "-id"], name="vat_check_last")]

    def __str__(self) -> str:
        return f"{self.number} {self.at:%d/%m/%Y}"

    @property
    def on(self) -> date:
        return timezone.localtime(self.at).date()
