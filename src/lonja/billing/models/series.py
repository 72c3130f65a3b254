"""Numbering: correlative inside each series and year, taken only when issuing (R8)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import FrozenColumns
from lonja.accounts.models import Company, OrganisationModel, ScopedManager, ScopedQuerySet


class IssuedBy(models.TextChoices):
    """Who issues in the name of the company (RD 1619/2012 art. 5); the codes are the agency's."""

    OWN = "", _("La propia empresa")
    THIRD = "T", _("Un tercero, en nombre de la empresa")
    RECIPIENT = "D", _("El destinatario (autofacturación)")


class Series(OrganisationModel):
    """A series of a company. `use` is the key of `billing.kinds` groups that may number in it:
    RD 1619/2012 art. 6.1.a wants rectificativas and simplificadas in series of their own."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="series")
    code = models.CharField(_("código"), max_length=12)
    name = models.CharField(_("nombre"), max_length=60)
    use = models.CharField(_("uso"), max_length=16, default="ordinary")
    # str.format over year (int) and number (int).
    pattern = models.CharField(_("formato"), max_length=40, default="F{year}/{number:04d}")
    is_active = models.BooleanField(_("activa"), default=True)
    is_default = models.BooleanField(_("por defecto"), default=False)
    # Those issued by the recipient or by a third party go in a series for each (art. 6.1.a).
    issued_by = models.CharField(
        _("quién las expide"), max_length=1, choices=IssuedBy.choices, blank=True, default=""
    )
    issuer_name = models.CharField(_("nombre de quien expide"), max_length=120, blank=True)
    issuer_nif = models.CharField(_("NIF de quien expide"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("serie")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "code"], name="series_code_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def number_for(self, year: int, sequence: int) -> str:
        """The printed number, for example «F2026/0413»."""
        return self.pattern.format(year=year, number=sequence, yy=year % 100)


class SeriesYear(OrganisationModel):
    """The counter of a series in a year: the row that issuing locks."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)
    last_issued_on = models.DateField(null=True)

    database_lock = FrozenColumns(
        when="OLD.next_number > 1", columns=("series_id", "year", "organisation_id")
    )

    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("contador de serie")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "series", "year"], name="series_year_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.year}"
