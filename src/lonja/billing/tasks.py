"""What invoices give to tasks: to be born from one, and rules that wait for money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.billing.models import Invoice
from lonja.tasks.origins import Born
from lonja.tasks.triggers import Subject


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
    """Invoices with something owed whose due date passed so many days ago."""
    rows = Invoice.objects.overdue(now.date() - timedelta(days=days - 1))
    rows = rows.select_related("party__agent__user", "agent__user", "company")
    for invoice in rows.order_by("due_on", "pk")[:limit]:
        assert invoice.due_on is not None  # noqa: S101
        late = datetime.combine(invoice.due_on + timedelta(days=days), time(0), tzinfo=UTC)
        yield Subject(
            "billing.invoice",
            invoice.pk,
            str(invoice),
            late,
            f"{invoice.due_on:%Y%m%d}",
            invoice.party,
            invoice.agent or invoice.party.agent,
            invoice.company,
        )
