"""Organisations (tenants) and the companies that issue invoices inside them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models.base import OrganisationModel


class Organisation(models.Model):
    """A customer of the installation: owns users' memberships, companies and all business rows."""

    name = models.CharField(_("nombre"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    is_demo = models.BooleanField(_("datos de prueba"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Issuing stays blocked after a restore until the last numbers are confirmed (reliability §6).
    issuing_blocked_reason = models.CharField(max_length=300, blank=True, default="")
    # What every page tells its members (records waiting for the tax agency); empty: nothing.
    notice = models.CharField(max_length=300, blank=True, default="")
    setup_done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("organización")

    def __str__(self) -> str:
        return self.name


class Territory(models.TextChoices):
    PENINSULA = "peninsula", _("Península y Baleares (IVA)")
    CANARIAS = "canarias", _("Canarias (IGIC)")
    CEUTA = "ceuta", _("Ceuta (IPSI)")
    MELILLA = "melilla", _("Melilla (IPSI)")


ZONES: dict[str, str] = {Territory.CANARIAS: "Atlantic/Canary"}


class Company(OrganisationModel):
    """An issuer with a NIF. An organisation usually has one."""

    legal_name = models.CharField(_("razón social"), max_length=120)
    trade_name = models.CharField(_("nombre comercial"), max_length=120, blank=True)
    nif = models.CharField(_("NIF"), max_length=20)
    address = models.CharField(_("domicilio fiscal"), max_length=200, blank=True)
    postcode = models.CharField(_("código postal"), max_length=10, blank=True)
    city = models.CharField(_("población"), max_length=80, blank=True)
    province = models.CharField(_("provincia"), max_length=80, blank=True)
    country = models.CharField(_("país"), max_length=2, default="ES")
    territory = models.CharField(
        _("territorio fiscal"),
        max_length=12,
        choices=Territory.choices,
        default=Territory.PENINSULA,
    )
    email = models.EmailField(_("correo"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    website = models.CharField(_("web"), max_length=120, blank=True)
    registry = models.CharField(
        _("datos registrales"),
        max_length=200,
        blank=True,
        help_text=_("Registro Mercantil, tomo, folio y hoja (art. 24 del Código de Comercio)"),
    )
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    logo = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accent = models.CharField(_("color de marca"), max_length=7, default="#0e6f78")
    tagline = models.CharField(_("lema"), max_length=120, blank=True)
    invoice_message = models.CharField(
        _("mensaje en la factura"),
        max_length=200,
        blank=True,
        # The company edits it in its own language: it is its text, not ours.
        default="Es el momento de hacer las cuentas. ¡Aquí tienes tu factura!",  # literal
    )
    payment_terms_days = models.PositiveSmallIntegerField(_("días de vencimiento"), default=30)
    # A code of `tax.invoicing.SIMPLIFIED_ACTIVITIES`: art. 4.2 RD 1619/2012 lets it reach 3.000 €.
    activity = models.CharField(_("actividad"), max_length=16, blank=True)
    # Code and type of the activity (A03…) and its heading in the IAE (6533), as the books of the
    # agency tell them (Orden HAC/773/2019 art. 9.4).
    iae_kind = models.CharField(_("tipo de actividad"), max_length=3, blank=True, default="")
    iae_heading = models.CharField(_("epígrafe del IAE"), max_length=4, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("empresa")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "nif"], name="company_nif_once")
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.trade_name or self.legal_name

    @property
    def zone(self) -> ZoneInfo:
        """Legal time zone: Canarias has its own (R4)."""
        return ZoneInfo(ZONES.get(self.territory, "Europe/Madrid"))

    def now_local(self) -> datetime:
        return timezone.now().astimezone(self.zone)

    def today(self) -> date:
        """Today where the company is, never the server's date (R4)."""
        return self.now_local().date()

    @property
    def address_lines(self) -> list[str]:
        """Street, and «postcode city (province)»; empty parts left out."""
        place = " ".join(part for part in (self.postcode, self.city) if part)
        if self.province and self.province.casefold() != self.city.casefold():
            place = f"{place} ({self.province})".strip()
        return [line for line in (self.address, place) if line]
