"""What the fiscal room puts on the pages of an invoice."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions as billing
from lonja.billing.actions.void import refuse_unless_voidable, void_invoice
from lonja.billing.models import Invoice
from lonja.billing.regimes import active_regime
from lonja.documents.qr import qr_svg
from lonja.fiscal import permissions
from lonja.fiscal.forms import VoidForm
from lonja.fiscal.models import Record, Result
from lonja.fiscal.preflight import caveats
from lonja.fiscal.views.records import told_of
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, panel, refused_form, toast


def _invoice(request: HttpRequest, pk: int) -> Invoice:
    return get_visible(request, Invoice.objects.select_related("company", "party"), pk)


@member_required(billing.VIEW)
@require_safe
def invoice_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The fiscal state of an invoice: its records, their huella, the QR, and each submission."""
    found = _invoice(request, pk)
    member = request.member  # type: ignore[attr-defined]
    records = list(Record.objects.filter(invoice=found).defer("xml").order_by("position"))
    if not records:
        raise Http404
    results = Result.objects.filter(record__in=records).select_related("submission", "record")
    context = {
        "invoice": found,
        "first": records[0],
        "last": told_of(records[-1]),
        "records": [told_of(record) for record in records],
        "results": results.order_by("-pk")[:10],
        "may_see": member.can(permissions.VIEW),
        "may_void": found.status == "issued" and member.can(permissions.MEND),
        "may_mend": member.can(permissions.MEND),
    }
    home = reverse("billing:invoice", args=[found.pk])
    return panel(request, "fiscal/invoice_panel.html", context, home=home)


@member_required(billing.VIEW)
@require_safe
def invoice_qr(request: HttpRequest, pk: int) -> HttpResponse:
    """The QR of an invoice, as its document prints it."""
    found = _invoice(request, pk)
    records = Record.objects.filter(invoice=found, operation="alta").exclude(qr_url="")
    record = records.order_by("position").first()
    if record is None:
        raise Http404
    response = HttpResponse(qr_svg(record.qr_url), content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@member_required(permissions.MEND)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def invoice_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Anular: only for what never should have been, said before and with its reason."""
    found = _invoice(request, pk)
    problem = None
    try:
        refuse_unless_voidable(found)
    except Refused as refused:
        problem = refused
    form = VoidForm(request.POST if request.method == "POST" else None)
    context = {"invoice": found, "form": form, "problem": problem}
    template = "fiscal/void.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        void_invoice(found, reason=form.cleaned_data["reason"], by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Factura %(number)s anulada") % {"number": found.number})
    return done(request, reverse("billing:invoice", args=[found.pk]))


@member_required(billing.EDIT)
@require_safe
def preflight(request: HttpRequest) -> HttpResponse:
    """What would stop a saved draft from being issued, each with where to mend it."""
    asked, key = request.GET.get("borrador", ""), request.GET.get("b", "")[:40]
    rows = Invoice.objects.select_related("company__organisation", "party", "series").visible_to(
        request.member  # type: ignore[attr-defined]
    )
    found = None
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        found = rows.filter(pk=asked).first()
    elif key:
        found = rows.filter(draft_key=key).first()
    listed, advised = [], []
    if found is not None and found.is_draft:
        regime, lines = active_regime(found.company), list(found.lines.all())
        advised = caveats(found, lines)
        if regime is not None:
            listed = regime.check(found, lines)
    return panel(
        request,
        "fiscal/preflight.html",
        {"findings": listed, "advised": advised, "draft": found},
        title=_("Comprobación de la AEAT"),
    )
