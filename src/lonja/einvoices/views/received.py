"""«Facturas recibidas»: taking them in, reading them, answering."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.einvoices import permissions
from lonja.einvoices.actions.received import NEXT, answer, take_back, take_in
from lonja.einvoices.forms import AnswerForm, ReceivedForm
from lonja.einvoices.models import RECEIVED_TONES, ReceivedInvoice, ReceivedState, ReceivedStatus
from lonja.einvoices.tables import money, state_badge, time_left
from lonja.kit.errors import Refused
from lonja.kit.money import format_money, format_quantity
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

NEW = "einvoices/received_form.html"
# What each address of an answer means: state, title and button.
ANSWERS = {
    "aceptacion": ReceivedState.ACCEPTED,
    "rechazo": ReceivedState.REJECTED,
    "pago": ReceivedState.PAID,
}
FORMATS = {"facturae": "Facturae", "ubl": "UBL", "cii": "CII"}


def _shown(request: HttpRequest, pk: int) -> ReceivedInvoice:
    return get_visible(request, ReceivedInvoice.objects.select_related("company", "file"), pk)


@member_required(permissions.RECEIVED)
@require_safe
def received(request: HttpRequest, pk: int) -> HttpResponse:
    """A received invoice, what we answered, and until when to report it."""
    found = _shown(request, pk)
    member = request.member  # type: ignore[attr-defined]
    may_answer = member.can(permissions.ANSWER)
    rows = list(ReceivedStatus.objects.filter(invoice=found).order_by("-id")[:30])
    events = Event.objects.filter(target_type="einvoices.receivedinvoice", target_id=found.pk)
    context = {
        "invoice": found,
        "state": state_badge(found),
        "left": time_left(found),
        "format": FORMATS.get(found.format, found.format),
        "amounts": _amounts(found),
        "lines": [
            (
                concept,
                format_quantity(Decimal(quantity)),
                format_money(Decimal(net), found.currency),
            )
            for concept, quantity, net in found.lines
        ],
        "statuses": [(row, RECEIVED_TONES[ReceivedState(row.state)]) for row in rows],
        "events": [told(event) for event in events.order_by("-id")[:30]],
        "can": {state: may_answer and state in NEXT[found.state] for state in ReceivedState.values},
        "may_take_back": may_answer and found.state != ReceivedState.PENDING,
    }
    return render(request, "einvoices/received.html", context)


def _amounts(found: ReceivedInvoice) -> list[tuple[str, str]]:
    rows = [
        (_("Base"), found.base_cents),
        (_("Impuestos"), found.tax_cents),
        (_("Retención"), -found.withholding_cents),
        (_("Total factura"), found.total_cents),
        (_("A pagar"), found.payable_cents),
    ]
    return [(label, money(found, cents)) for label, cents in rows if cents]


@member_required(permissions.ANSWER)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def received_new(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused("no_company", _("Crea primero la empresa que recibe las facturas."))
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReceivedForm(*data, initial={"received_on": company.today()})
    context = {"form": form, "company": company}
    if not form.is_bound:
        return render(request, NEW, context)
    if not form.is_valid():
        return invalid(request, NEW, context)
    upload = form.cleaned_data["file"]
    try:
        kept = take_in(
            company,
            upload.name,
            upload.read(),
            received_on=form.cleaned_data["received_on"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        field = refused.field if refused.field in form.fields else "file"
        refused.fields = {field: str(refused)}
        return refused_form(request, NEW, context, form, refused)
    text = ngettext("%(n)s factura guardada", "%(n)s facturas guardadas", len(kept))
    toast(request, text % {"n": len(kept)})
    if len(kept) == 1:
        return done(request, reverse("einvoices:received", args=[kept[0].pk]))
    return done(request, reverse("einvoices:received_list"))


@member_required(permissions.RECEIVED)
@require_safe
def received_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it came; always a download."""
    file = _shown(request, pk).file
    try:
        content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type=file.content_type)
    name = get_valid_filename(file.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@member_required(permissions.ANSWER)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def received_answer(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Accept, reject or pay, in the drawer."""
    found = _shown(request, pk)
    state = ANSWERS[what]
    form = AnswerForm(
        request.POST or None,
        initial={"on": found.company.today()},
        needs_reason=state == ReceivedState.REJECTED,
    )
    titles = {
        ReceivedState.ACCEPTED: (_("Aceptar la factura"), _("Aceptar")),
        ReceivedState.REJECTED: (_("Rechazar la factura"), _("Rechazar")),
        ReceivedState.PAID: (_("Marcar como pagada"), _("Marcar pagada")),
    }
    title, button = titles[state]
    context = {"form": form, "invoice": found, "title": title, "button": button}
    template = "einvoices/received_answer.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data: dict[str, Any] = form.cleaned_data
    try:
        answer(found, state, data["on"], by=request.member, reason=data.get("reason", ""))  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Factura: %(state)s") % {"state": state.label.lower()})
    return done(request, reverse("einvoices:received", args=[found.pk]))


@member_required(permissions.ANSWER)
@require_POST
@once
def received_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = take_back(_shown(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Deshecho: está como «%(state)s»") % {"state": found.get_state_display()})
    return done(request, reverse("einvoices:received", args=[found.pk]))
