"""What invoices give to tasks: to be born from one, and rules that wait for money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Company
from lonja.billing.models import Invoice
from lonja.tasks.origins import Born
from lonja.tasks.triggers import Subject


@house()
def born(member: Any, pk: int) -> Born | None:
    """An invoice the member may see, as the origin of a task."""
    rows = Invoice.objects.visible_to(member).select_related(
        "party__agent__user", "agent__user", "company"
    )
    invoice = rows.filter(pk=pk).first()
    if invoice is None:
        return None
    return Born(
        str(invoice),
        reverse("billing:invoice", args=[invoice.pk]),
        invoice.party,
        invoice.agent or invoice.party.agent,
        invoice.company,
        _("Reclamar %(number)s") % {"number": invoice.number} if invoice.number else "",
    )


def overdue(days: int, now: datetime, limit: int) -> Iterator[Subject]:
    """Invoices with something owed whose due date passed so many days ago where their company is.

    Of those paid in terms, the first unpaid one counts, and each is another occasion.
    """
    late_in = Q(pk__in=())
    for company in Company.objects.all():
        day = now.astimezone(company.zone).date() - timedelta(days=days - 1)
        late_in |= Q(company=company, next_due_on__lt=day)
    rows = Invoice.objects.unpaid().filter(late_in, outstanding_cents__gt=0)
    rows = rows.select_related("party__agent__user", "agent__user", "company")
    for invoice in rows.order_by("next_due_on", "pk")[:limit]:
        assert invoice.next_due_on is not None  # noqa: S101
        day = invoice.next_due_on + timedelta(days=days)
        late = datetime.combine(day, time(0), tzinfo=invoice.company.zone)
        yield Subject(
            "billing.invoice",
            invoice.pk,
            str(invoice),
            late,
            f"{invoice.next_due_on:%Y%m%d}",
            invoice.party,
            invoice.agent or invoice.party.agent,
            invoice.company,
        )
