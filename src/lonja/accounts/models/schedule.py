"""When the organisation works: calendars, departments and absences."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models.base import OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.kit.worktime import Calendar, hours_text, regions

SPLIT_DAY = [["09:00", "14:00"], ["16:00", "19:00"]]


class Zone(models.TextChoices):
    MADRID = "Europe/Madrid", _("Península, Baleares, Ceuta y Melilla")
    CANARY = "Atlantic/Canary", _("Canarias")
    LISBON = "Europe/Lisbon", _("Portugal")
    LONDON = "Europe/London", _("Reino Unido e Irlanda")


def default_rules() -> dict[str, Any]:
    """Monday to Friday, from 9 to 14 and from 16 to 19."""
    week = {day: [list(pair) for pair in SPLIT_DAY] for day in ("mon", "tue", "wed", "thu", "fri")}
    return {"weekly": week, "ranges": [], "holidays": {}, "open_days": {}}


class WorkCalendar(OrganisationModel):
    """The working hours of a company, or of some of its departments.

    ``rules`` is the plain JSON of ``kit.worktime.Calendar`` without its zone and region. Who
    writes it raises ``version``: what was computed with an older one has to be computed again.
    """

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="+", verbose_name=_("empresa")
    )
    name = models.CharField(_("nombre"), max_length=80)
    zone = models.CharField(
        _("zona horaria"), max_length=40, choices=Zone.choices, default=Zone.MADRID
    )
    region = models.CharField(
        _("festivos de"), max_length=2, choices=regions(), default="ES", blank=True
    )
    rules = models.JSONField(default=default_rules)
    version = models.PositiveIntegerField(default=1)
    # The one of its company that holds for whoever has no other.
    is_default = models.BooleanField(_("general de la empresa"), default=False)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("horario")
        ordering = ["company_id", "-is_default", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "name"], name="work_calendar_name_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "company"],
                condition=models.Q(is_default=True),
                name="work_calendar_default_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def calendar(self) -> Calendar:
        """What it says, ready to measure with. Raises ``Refused('calendar_invalid')``."""
        from lonja.accounts.schedule import built

        return built(self.zone, self.region, self.rules)

    @property
    def summary(self) -> str:
        """The hours of its first working day, as a list shows them: ``9:00-14:00, …``."""
        return next((hours_text(day) for day in self.calendar.weekly if day), "")


class Department(OrganisationModel):
    """People who work together, with their own hours when they have them."""

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="+", verbose_name=_("empresa")
    )
    name = models.CharField(_("nombre"), max_length=80)
    calendar = models.ForeignKey(
        WorkCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="departments",
        verbose_name=_("horario"),
    )
    members: models.ManyToManyField = models.ManyToManyField(
        "accounts.Membership",
        through="accounts.DepartmentMember",
        related_name="departments",
        verbose_name=_("miembros"),
    )
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("departamento")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "name"], name="department_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DepartmentMember(OrganisationModel):
    """A member in a department."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("miembro de un departamento")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "department", "membership"], name="department_member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} → {self.department_id}"


class AbsenceQuerySet(ScopedQuerySet):
    def on(self, day: date) -> Self:
        """Absences that hold on a day."""
        return self.filter(cancelled_at=None, first__lte=day, last__gte=day)

    def visible_to(self, member: Any) -> Self:
        """Those of the people that the member may see."""
        rows = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(membership_id__in=member.subordinate_ids())
        return rows


class Absence(OrganisationModel):
    """Days, both included, on which a member does not work."""

    membership = models.ForeignKey(
        "accounts.Membership",
        on_delete=models.PROTECT,
        related_name="absences",
        verbose_name=_("persona"),
    )
    first = models.DateField(_("primer día"))
    last = models.DateField(_("último día"))
    reason = models.CharField(_("motivo"), max_length=120, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ScopedManager.from_queryset(AbsenceQuerySet)()

    class Meta:
        verbose_name = _("ausencia")
        ordering = ["first", "id"]
        indexes = [models.Index(fields=["organisation", "last", "id"], name="absence_last")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="absence_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership}: {self.first:%d/%m/%Y}-{self.last:%d/%m/%Y}"
