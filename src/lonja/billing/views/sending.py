"""Scheduling the mail of an invoice, and saying when invoices leave."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.billing import dispatch, permissions
from lonja.billing.actions.customer import change_expiry
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.send import (
    drop_rule,
    revoke_links,
    save_rule,
    send_invoice,
    shown,
    waiting_mail,
)
from lonja.billing.forms.sending import CompanySendingForm, LinkForm, RuleForm, ScheduleForm
from lonja.billing.models import CustomerLink, Invoice
from lonja.billing.views.invoice import shown as shown_invoice
from lonja.kit.errors import Refused
from lonja.mail.actions import cancel, reschedule
from lonja.mail.models import MailStatus
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_FORM = ["GET", "HEAD", "POST"]


def base_url(request: HttpRequest) -> str:
    """How this installation is reached, when its public address is not configured."""
    return f"{request.scheme}://{request.get_host()}"


@member_required(permissions.SEND)
@require_http_methods(_FORM)
@once
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose when its mail leaves. A draft is issued now and sent then; a scheduled one moves."""
    invoice = shown_invoice(request, pk)
    member = request.member  # type: ignore[attr-defined]
    if invoice.is_draft and not member.can(permissions.ISSUE):
        raise Refused("may_not_issue", _("Tu rol no puede emitir. El borrador está guardado."))
    waiting = None if invoice.is_draft else waiting_mail(invoice)
    initial: dict[str, Any] = {"to": invoice.party.mail_addresses if invoice.party_id else []}
    if waiting is not None and waiting.zone:
        local = waiting.not_before.astimezone(ZoneInfo(waiting.zone))
        initial |= {
            "how": "exact",
            "day": local.date(),
            "hour": local.time(),
            "zone": waiting.zone,
            "to": waiting.to,
        }
    form = ScheduleForm(request.POST or None, company=invoice.company, initial=initial)
    if waiting is not None:
        del form.fields["to"]
    context = {"form": form, "invoice": invoice, "waiting": waiting}
    if not form.is_bound:
        return render(request, "billing/schedule.html", context)
    if not form.is_valid():
        return invalid(request, "billing/schedule.html", context)
    try:
        departure = _schedule(request, invoice, waiting, form.cleaned_data)
    except Refused as refused:
        return refused_form(request, "billing/schedule.html", context, form, refused)
    toast(request, _("Saldrá el %(when)s") % {"when": departure})
    return done(request, reverse("billing:invoice", args=[invoice.pk]))


def _schedule(request: HttpRequest, invoice: Invoice, waiting: Any, data: dict[str, Any]) -> str:
    """Do it; the answer tells when, in words. Raises Refused."""
    member = request.member  # type: ignore[attr-defined]
    at, zone = data["at"], data["zone"]
    if waiting is not None:
        reschedule(waiting, at=at, zone=zone, by=member)
    elif invoice.is_draft:
        if not (data["to"] or invoice.party.mail_addresses):
            raise Refused("no_address", _("Escribe a qué dirección se envía."), field="to")
        issue_invoice(
            invoice,
            by=member,
            on=invoice.issue_day(),
            send=True,
            emails=data["to"],
            send_at=at,
            zone=zone,
            base_url=base_url(request),
        )
    else:
        send_invoice(
            invoice, by=member, to=data["to"], at=at, zone=zone, base_url=base_url(request)
        )
    return shown(dispatch.Departure(at, zone))


@member_required(permissions.SEND)
@require_POST
@once
def unschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Its waiting mail is not sent."""
    invoice = shown_invoice(request, pk)
    waiting = waiting_mail(invoice)
    if waiting is None:
        raise Refused("nothing_waits", _("Ya no hay ningún envío esperando: ha salido o se anuló."))
    cancel(waiting, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Envío anulado: la factura queda sin enviar."))
    return done(request, reverse("billing:invoice", args=[invoice.pk]))


@member_required(permissions.SEND)
@require_POST
@once
def send_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Its scheduled mail leaves now; one that waits for approval still waits."""
    invoice = shown_invoice(request, pk)
    waiting = waiting_mail(invoice)
    if waiting is None or waiting.status != MailStatus.QUEUED:
        raise Refused("nothing_waits", _("Ya no hay ningún envío esperando: ha salido o se anuló."))
    from lonja.mail.actions import retry

    retry(waiting, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Sale enseguida."))
    return done(request, reverse("billing:invoice", args=[invoice.pk]))


# --- the customer's page ------------------------------------------------------------------------


def _links(invoice: Invoice) -> list[CustomerLink]:
    rows = CustomerLink.objects.filter(invoice=invoice, revoked_at=None)
    return list(rows.order_by("-pk")[:10])


@member_required(permissions.SEND)
@require_http_methods(_FORM)
@once
def customer_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The private link of the customer's page: copy it, say until when, make it."""
    invoice = shown_invoice(request, pk)
    if invoice.is_draft:
        raise Refused("not_issued", _("Solo se envían facturas emitidas. Emítela primero."))
    member = request.member  # type: ignore[attr-defined]
    link = dispatch.live_link(invoice)
    days = (link.expires_at - timezone.now()).days + 1 if link is not None else 365
    form = LinkForm(request.POST or None, initial={"days": days})
    context = {
        "form": form,
        "invoice": invoice,
        "link": link,
        "url": dispatch.link_url(link.token, base_url(request)) if link is not None else "",
        "count": len(_links(invoice)),
    }
    if not form.is_bound:
        return render(request, "billing/customer_link.html", context)
    if not form.is_valid():
        return invalid(request, "billing/customer_link.html", context)
    change_expiry(dispatch.open_link(invoice), form.cleaned_data["days"], by=member)
    toast(request, _("El enlace del cliente está abierto."))
    return done(request, reverse("billing:customer_link", args=[invoice.pk]))


@member_required(permissions.SEND)
@require_POST
@once
def customer_link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close every link of the invoice, also the ones already mailed."""
    invoice = shown_invoice(request, pk)
    closed = revoke_links(invoice, by=request.member)  # type: ignore[attr-defined]
    if closed:
        toast(request, _("Enlaces cerrados: ya no abren la factura."))
    return done(request, reverse("billing:invoice", args=[invoice.pk]))


# --- when invoices leave ------------------------------------------------------------------------


def _company(request: HttpRequest) -> Company:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Http404
    opened_for = request.POST.get("company", "")
    if opened_for and opened_for != str(company.pk):
        raise Refused(
            "company_switched",
            _("Abriste este formulario para otra empresa. No se ha guardado nada: recarga."),
        )
    return company


@member_required(permissions.SENDING)
@require_http_methods(_FORM)
@once
def sending(request: HttpRequest) -> HttpResponse:
    """When the invoices of the company leave, and whether somebody approves it."""
    company = _company(request)
    rule = dispatch.rule_of(company)
    names = ("send_when", "hour", "needs_approval", "link_days", "with_account")
    initial = {name: getattr(rule, name) for name in names}
    initial["zone"] = rule.zone or str(company.zone)
    form = CompanySendingForm(request.POST or None, company=company, initial=initial)
    context = {"form": form, "company": company, "has_page": _has_page(request)}
    if not form.is_bound:
        return render(request, "billing/sending.html", context)
    if not form.is_valid():
        return invalid(request, "billing/sending.html", context)
    save_rule(rule, form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Envío de facturas guardado."))
    return done(request, reverse("billing:sending"))


def _has_page(request: HttpRequest) -> bool:
    return bool(dispatch.link_url("x"))


@member_required(permissions.SENDING)
@require_http_methods(_FORM)
@once
def client_sending(request: HttpRequest, party_id: int) -> HttpResponse:
    """When the invoices of one client leave; without a rule of its own, as the company's."""
    party = get_visible(request, Party, party_id)
    company = _company(request)
    rule = dispatch.rule_of(company, party)
    usual = dispatch.rule_of(company)
    initial = {"send_when": rule.send_when if rule.pk else "", "hour": rule.hour}
    form = RuleForm(request.POST or None, company_rule=usual, initial=initial)
    context = {"form": form, "party": party, "company": company}
    if not form.is_bound:
        return render(request, "billing/client_sending.html", context)
    if not form.is_valid():
        return invalid(request, "billing/client_sending.html", context)
    member = request.member  # type: ignore[attr-defined]
    if form.cleaned_data["send_when"]:
        save_rule(rule, form.cleaned_data, by=member)
    else:
        drop_rule(party, rule, by=member)
    toast(request, _("Envío de facturas guardado."))
    return done(request, reverse("parties:client", args=[party.pk]))
