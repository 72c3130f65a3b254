"""FACe and the states of RD 238/2026, from the page of an invoice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.billing.models import Invoice
from lonja.einvoices import permissions
from lonja.einvoices.actions import face
from lonja.einvoices.actions.statuses import tell_status
from lonja.einvoices.forms import CancelForm, NumberForm, StatusForm
from lonja.einvoices.models import LIVE, FaceDelivery, FaceState
from lonja.einvoices.views.out import shown
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

TEMPLATE = "einvoices/drawer_form.html"


def _page(invoice: Invoice) -> str:
    return reverse("billing:invoice", args=[invoice.pk])


def _alive(request: HttpRequest, pk: int) -> tuple[Invoice, FaceDelivery]:
    """The invoice and its live presentation. 404 without one."""
    invoice = shown(request, pk)
    rows = FaceDelivery.objects.filter(invoice=invoice, state__in=LIVE)
    return invoice, get_visible(request, rows, rows.values_list("pk", flat=True).first())


def _drawer(
    request: HttpRequest, invoice: Invoice, form: forms.Form, title: str, button: str, act: Any
) -> HttpResponse:
    """A form in the drawer: shown, refused or done."""
    context = {"form": form, "invoice": invoice, "title": title, "button": button}
    if not form.is_bound:
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return invalid(request, TEMPLATE, context)
    try:
        toast(request, act(form.cleaned_data))
    except Refused as refused:
        return refused_form(request, TEMPLATE, context, form, refused)
    return done(request, _page(invoice))


@member_required(permissions.FACE)
@require_POST
@once
def present(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the invoice and put it in the queue of FACe."""
    invoice = shown(request, pk)
    face.present(invoice, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Se está presentando en FACe. Aquí verás cómo va."))
    return done(request, _page(invoice))


@member_required(permissions.FACE)
@require_POST
@once
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask FACe now instead of at the next hour."""
    invoice, delivery = _alive(request, pk)
    if delivery.state == FaceState.REGISTERED:
        face.enqueue_follow(delivery.pk)
    elif delivery.pk in face.waiting():
        face.enqueue(delivery.pk)
    toast(request, _("Preguntando a FACe."))
    return done(request, _page(invoice))


@member_required(permissions.FACE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the administration to annul it."""
    invoice, delivery = _alive(request, pk)

    def act(data: dict[str, Any]) -> str:
        face.ask_cancel(delivery, data["reason"], by=request.member)  # type: ignore[attr-defined]
        return _("Anulación pedida: la administración tiene que aceptarla.")

    title = _("Pedir la anulación en FACe")
    return _drawer(request, invoice, CancelForm(request.POST or None), title, _("Pedirla"), act)


@member_required(permissions.FACE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the registry number that came by mail."""
    invoice, delivery = _alive(request, pk)

    def act(data: dict[str, Any]) -> str:
        face.write_number(delivery, data["number"], by=request.member)  # type: ignore[attr-defined]
        return _("Número de registro guardado")

    title = _("Número de registro de FACe")
    return _drawer(request, invoice, NumberForm(request.POST or None), title, _("Guardar"), act)


@member_required(permissions.STATUS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the recipient told of an invoice."""
    invoice = shown(request, pk)
    form = StatusForm(request.POST or None, initial={"on": invoice.company.today()})

    def act(data: dict[str, Any]) -> str:
        tell_status(
            invoice,
            data["status"],
            data["on"],
            by=request.member,  # type: ignore[attr-defined]
            reason=data["reason"],
        )
        return _("Estado apuntado")

    return _drawer(request, invoice, form, _("Estado de la factura"), _("Apuntar"), act)
