"""Downloading the electronic copies of an invoice, and its card on the page of the invoice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice
from lonja.einvoices import permissions
from lonja.einvoices.actions.copies import electronic_copy, why_not
from lonja.einvoices.face.port import (
    ANNULLED,
    BOOKED,
    PAID,
    REGISTERED,
    REGISTERED_RCF,
    REJECTED,
)
from lonja.einvoices.models import (
    TONES,
    EinvoiceProfile,
    ElectronicCopy,
    FaceDelivery,
    FaceState,
    InvoiceStatus,
    IssuedStatus,
)
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
    """What was made of an issued invoice, where it was presented and what its recipient told;
    204 when it names no recipient."""
    invoice = shown(request, pk)
    if invoice.is_draft or not kind_of(invoice.kind).names_recipient:
        return HttpResponse(status=204)
    member = request.member  # type: ignore[attr-defined]
    copies = ElectronicCopy.objects.filter(invoice=invoice).select_related("file").order_by("pk")
    profile = EinvoiceProfile.objects.filter(party_id=invoice.party.root_id).first()
    statuses = list(IssuedStatus.objects.filter(invoice=invoice).order_by("-id")[:20])
    context = {
        "invoice": invoice,
        "copies": [{"copy": one, "url_name": f"einvoices:download_{one.format}"} for one in copies],
        "profile": profile,
        "problem": why_not(invoice, profile.preferred) if profile and profile.preferred else None,
        "face": _face(invoice),
        "is_public": profile is not None and profile.is_public,
        "statuses": [(row, TONES[InvoiceStatus(row.status)]) for row in statuses],
        "may_face": member.can(permissions.FACE),
        "may_status": member.can(permissions.STATUS),
    }
    return panel(request, "einvoices/invoice_card.html", context, title=_("Factura electrónica"))


_FACE_TONES = {
    FaceState.REGISTERED: "info",
    FaceState.DONE: "ok",
    FaceState.FAILED: "bad",
    FaceState.ARRIVED: "warn",
    FaceState.UNKNOWN: "warn",
}
# For a badge there is room for a word; the sentence of FACe goes below.
_SHORT = {
    REGISTERED: gettext_lazy("Registrada"),
    REGISTERED_RCF: gettext_lazy("Registrada en contabilidad"),
    BOOKED: gettext_lazy("Contabilizada"),
    PAID: gettext_lazy("Pagada"),
    REJECTED: gettext_lazy("Rechazada"),
    ANNULLED: gettext_lazy("Anulada"),
}
_CODE_TONES = {PAID: "ok", REJECTED: "bad", ANNULLED: "mut"}


def _face(invoice: Invoice) -> dict[str, Any] | None:
    """The last presentation in FACe, told."""
    delivery = FaceDelivery.objects.filter(invoice=invoice).order_by("-pk").first()
    if delivery is None:
        return None
    state = FaceState(delivery.state)
    return {
        "delivery": delivery,
        "label": _SHORT.get(delivery.code, state.label),
        "tone": _CODE_TONES.get(delivery.code, _FACE_TONES.get(state, "mut")),
        "is_waiting": state in (FaceState.QUEUED, FaceState.SENDING, FaceState.UNKNOWN),
        "needs_number": state == FaceState.ARRIVED,
        "may_retry": state == FaceState.FAILED,
        "may_refresh": state == FaceState.REGISTERED,
    }
