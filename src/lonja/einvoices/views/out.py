"""Downloading the electronic copies of an invoice, and its card on the page of the invoice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing.models import Invoice
from lonja.einvoices import permissions
from lonja.einvoices.actions.copies import electronic_copy, why_not
from lonja.einvoices.models import EinvoiceProfile, ElectronicCopy, Format
from lonja.ui.shortcuts import panel


def shown(request: HttpRequest, pk: int) -> Invoice:
    """The invoice with what its copies need. 404 when the member may not see it."""
    rows = Invoice.objects.select_related("company", "party", "pdf")
    return get_visible(request, rows, pk)


@member_required(permissions.VIEW)
@require_safe
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The copy in that format: the same bytes each time."""
    file = electronic_copy(shown(request, pk), kind)
    response = HttpResponse(file.read(), content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@member_required(permissions.VIEW)
@require_safe
def invoice_card(request: HttpRequest, pk: int) -> HttpResponse:
    """What was made of an invoice and what its client prefers; 204 with nothing to say."""
    invoice = shown(request, pk)
    copies = list(
        ElectronicCopy.objects.filter(invoice=invoice).select_related("file").order_by("pk")
    )
    profile = EinvoiceProfile.objects.filter(party_id=invoice.party_id).first()
    if invoice.is_draft or not (copies or (profile and profile.preferred)):
        return HttpResponse(status=204)
    problem = why_not(invoice, profile.preferred) if profile and profile.preferred else None
    made = [
        {"copy": one, "url_name": f"einvoices:download_{Format(one.format).value}"}
        for one in copies
    ]
    context = {"invoice": invoice, "copies": made, "profile": profile, "problem": problem}
    return panel(request, "einvoices/invoice_card.html", context, title=_("Factura electrónica"))
