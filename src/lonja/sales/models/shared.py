"""What ofertas and presupuestos have in common: whose they are, and how they are numbered."""

from __future__ import annotations

from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.db.models import F

from lonja.accounts.models import Company, Membership, OrganisationModel, ScopedQuerySet


class OfAgentQuerySet(ScopedQuerySet):
    """Rows with a company and an `agent`."""

    def visible_to(self, member: Membership) -> Self:
        """Those of the member's companies; a hierarchical one, only those of its branch."""
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(agent_id__in=member.subordinate_ids())
        return rows


class YearCounter(OrganisationModel):
    """Next number of a company in a year (not a fiscal series)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)

    PREFIX = ""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.PREFIX}{self.year}"

    @classmethod
    def take(cls, company: Company, year: int) -> str:
        """The next number of the company in the year («P2026/0001»). Waits for whoever is taking
        one."""
        try:
            with transaction.atomic():
                cls.objects.create(company=company, year=year)
        except IntegrityError:
            pass  # somebody opened the year before
        counter = cls.objects.select_for_update().get(company=company, year=year)
        cls.objects.filter(pk=counter.pk).update(next_number=F("next_number") + 1)
        return f"{cls.PREFIX}{year}/{counter.next_number:04d}"
