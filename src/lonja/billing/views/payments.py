"""Payments and mails of an invoice: drawers, and what they do."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import member_required
from lonja.billing import permissions
from lonja.billing.actions.send import known_page, send_invoice
from lonja.billing.actions.settle import register_payment, undo_payment
from lonja.billing.forms.payment import MailForm, PaymentForm
from lonja.billing.models import Entry, Invoice
from lonja.billing.sending import mail_for
from lonja.billing.views.invoice import shown
from lonja.kit.errors import Refused
from lonja.mail.models import MailStatus
from lonja.ui import formats
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def payment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a payment; preset to everything that is owed, today, the usual way."""
    invoice = shown(request, pk)
    today = invoice.company.today()
    initial = {
        "amount": max(invoice.outstanding_cents, 0),
        "on": today,
        "method": invoice.payment_method,
    }
    form = PaymentForm(request.POST or None, initial=initial, today=today)
    context = {"form": form, "invoice": invoice}
    if not form.is_bound:
        return render(request, "billing/payment.html", context)
    if not form.is_valid():
        return invalid(request, "billing/payment.html", context)
    try:
        entry = register_payment(invoice, **form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, "billing/payment.html", context, form, refused)
    amount = formats.money(form.cleaned_data["amount"])
    undo = reverse("billing:payment_undo", args=[entry.pk])
    toast(request, _("Cobro de %(amount)s registrado") % {"amount": amount}, undo=undo)
    return done(request, reverse("billing:invoice", args=[invoice.pk]))


@member_required(permissions.SETTLE)
@require_POST
@once
def payment_undo(request: HttpRequest, entry_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    entry = Entry.objects.visible_to(member).filter(pk=entry_id).first()
    if entry is None or not Invoice.objects.visible_to(member).filter(pk=entry.invoice_id).exists():
        raise Http404
    undo_payment(entry, by=member)
    toast(request, _("Cobro deshecho: la factura vuelve a estar pendiente"))
    return done(request, reverse("billing:invoice", args=[entry.invoice_id]))


@member_required(permissions.SEND)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def mail_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invoice, or send it again: the same PDF."""
    invoice = shown(request, pk)
    if invoice.is_draft:
        raise Refused("not_issued", _("Solo se envían facturas emitidas. Emítela primero."))
    addresses = invoice.party.mail_addresses
    here = f"{request.scheme}://{request.get_host()}"
    usual = mail_for(invoice, addresses or ["—"], link=known_page(invoice, here)) or {}
    initial = {"to": addresses, "subject": usual["subject"], "text": usual["text"].strip()}
    form = MailForm(request.POST or None, initial=initial)
    context = {"form": form, "invoice": invoice, "attachment": usual["attachments"][0].name}
    if not form.is_bound:
        return render(request, "billing/mail.html", context)
    if not form.is_valid():
        return invalid(request, "billing/mail.html", context)
    try:
        mail = send_invoice(
            invoice,
            **form.cleaned_data,
            by=request.member,  # type: ignore[attr-defined]
            base_url=f"{request.scheme}://{request.get_host()}",
        )
    except Refused as refused:
        return refused_form(request, "billing/mail.html", context, form, refused)
    if mail.status == MailStatus.HELD:
        toast(request, _("El envío espera a que alguien lo apruebe."))
    else:
        toast(request, _("En el correo saliente para %(to)s") % {"to": ", ".join(mail.to)})
    return done(request, reverse("billing:invoice", args=[invoice.pk]))
