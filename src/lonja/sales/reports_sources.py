"""«Origen»: what each source of leads has brought, down to the invoiced euros.

The rows behind a figure are the very rows that were counted (`rows_of`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.billing import permissions as billing
from lonja.billing.models import Invoice
from lonja.parties import permissions as parties
from lonja.parties.models import LeadSource, Party
from lonja.sales import permissions
from lonja.sales.models import Quote, QuoteStatus

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

NO_SOURCE = 0
MOST = 500
# What each figure is called in an address, and who may see it.
FIGURES = {
    "potenciales": parties.VIEW,
    "clientes": parties.VIEW,
    "presupuestos": permissions.VIEW,
    "facturas": billing.VIEW,
}


@dataclass(frozen=True)
class Span:
    """Days of the report, both included; None: since the beginning, or until today."""

    first: date | None
    last: date | None

    def moments(self, path: str) -> dict[str, datetime]:
        """Conditions on a column of instants."""
        found = {}
        if self.first is not None:
            found[f"{path}__gte"] = _midnight(self.first)
        if self.last is not None:
            found[f"{path}__lt"] = _midnight(self.last + timedelta(days=1))
        return found

    def days(self, path: str) -> dict[str, date]:
        """Conditions on a column of days."""
        found = {}
        if self.first is not None:
            found[f"{path}__gte"] = self.first
        if self.last is not None:
            found[f"{path}__lte"] = self.last
        return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass
class SourceRow:
    """What a source brought in a span. Amounts in cents without tax; None: may not be seen."""

    pk: int
    name: str
    leads: int = 0
    clients: int = 0
    quotes: int | None = None
    signed_cents: int | None = None
    invoices: int | None = None
    invoiced_cents: int | None = None

    @property
    def won_pct(self) -> int | None:
        """Clients won for each hundred leads of the span."""
        return round(self.clients * 100 / self.leads) if self.leads else None


@dataclass
class SourceReport:
    rows: list[SourceRow]
    total: SourceRow
    sees_quotes: bool
    sees_invoices: bool
    top_cents: int = field(default=0)


def sources(member: Membership, span: Span) -> SourceReport:
    """Every source with something, what was invoiced first. Five queries."""
    sees_quotes = member.can(permissions.VIEW)
    sees_invoices = member.can(billing.VIEW)
    rows = {NO_SOURCE: SourceRow(NO_SOURCE, _("Sin origen"))}
    rows |= {one.pk: SourceRow(one.pk, one.name) for one in LeadSource.objects.order_by("name")}

    def row(pk: int | None) -> SourceRow:
        return rows[pk or NO_SOURCE]

    for pk, n in _counted(_leads(member, span)):
        row(pk).leads = n
    for pk, n in _counted(_clients(member, span)):
        row(pk).clients = n
    if sees_quotes:
        amounts = _quotes(member, span).order_by().values_list("origin")
        found = amounts.annotate(n=Count("pk"), cents=Sum("base_cents"))
        for one in rows.values():
            one.quotes = one.signed_cents = 0
        for pk, n, cents in found:
            row(pk).quotes, row(pk).signed_cents = n, cents or 0
    if sees_invoices:
        sold = F("base_cents") - F("replaced_base_cents")
        amounts = _invoices(member, span).order_by().values_list("origin")
        found = amounts.annotate(n=Count("pk"), cents=Sum(sold))
        for one in rows.values():
            one.invoices = one.invoiced_cents = 0
        for pk, n, cents in found:
            row(pk).invoices, row(pk).invoiced_cents = n, cents or 0
    shown = [one for one in rows.values() if _has_something(one)]
    shown.sort(key=lambda one: (-(one.invoiced_cents or 0), -one.clients, -one.leads, one.name))
    return SourceReport(
        shown,
        _total(shown, sees_quotes, sees_invoices),
        sees_quotes,
        sees_invoices,
        max((one.invoiced_cents or 0 for one in shown), default=0),
    )


def rows_of(member: Membership, figure: str, source: int | None, span: Span) -> Any:
    """The rows counted in a figure of a source (`NO_SOURCE`: of those without one; None: of
    all)."""
    makers = {
        "potenciales": _leads,
        "clientes": _clients,
        "presupuestos": _quotes,
        "facturas": _invoices,
    }
    rows = makers[figure](member, span)
    if source is None:
        return rows
    return rows.filter(origin=source) if source else rows.filter(origin__isnull=True)


def _leads(member: Membership, span: Span) -> Any:
    """Who came in as a lead in the span, whatever became of them."""
    rows = Party.objects.visible_to(member).exclude(lead_status="").filter(merged_into=None)
    rows = rows.filter(**span.moments("created_at"))
    return rows.annotate(origin=F("lead_source_id")).order_by("-pk")


def _clients(member: Membership, span: Span) -> Any:
    """The leads that became clients in the span."""
    rows = Party.objects.visible_to(member).filter(
        converted_on__isnull=False, merged_into=None, **span.days("converted_on")
    )
    return rows.annotate(origin=F("lead_source_id")).order_by("-converted_on", "-pk")


def _quotes(member: Membership, span: Span) -> Any:
    rows = Quote.objects.visible_to(member).filter(
        status=QuoteStatus.ACCEPTED, **span.moments("accepted_at")
    )
    return rows.annotate(origin=F("party__lead_source_id")).order_by("-accepted_at", "-pk")


def _invoices(member: Membership, span: Span) -> Any:
    """Issued in the span; of a client that was merged, of the source of the one kept."""
    rows = Invoice.objects.visible_to(member).issued().filter(**span.days("issued_on"))
    kept = Coalesce("party__merged_into__lead_source_id", "party__lead_source_id")
    return rows.annotate(origin=kept).order_by("-issued_on", "-pk")


def _counted(rows: Any) -> list[tuple[int | None, int]]:
    return list(rows.order_by().values_list("origin").annotate(n=Count("pk")))


def _has_something(row: SourceRow) -> bool:
    return any((row.leads, row.clients, row.quotes, row.invoices))


def _total(rows: list[SourceRow], sees_quotes: bool, sees_invoices: bool) -> SourceRow:
    total = SourceRow(NO_SOURCE, _("Total"))
    total.leads = sum(one.leads for one in rows)
    total.clients = sum(one.clients for one in rows)
    if sees_quotes:
        total.quotes = sum(one.quotes or 0 for one in rows)
        total.signed_cents = sum(one.signed_cents or 0 for one in rows)
    if sees_invoices:
        total.invoices = sum(one.invoices or 0 for one in rows)
        total.invoiced_cents = sum(one.invoiced_cents or 0 for one in rows)
    return total
