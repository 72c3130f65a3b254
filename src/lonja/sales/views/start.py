"""«Dar de alta el servicio» of a signed quote."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lonja.accounts.access import member_required
from lonja.kit.errors import Refused
from lonja.sales import permissions, reports
from lonja.sales.actions import start_service
from lonja.sales.actions.deposit import asks_deposit
from lonja.sales.forms import StartForm
from lonja.sales.models import QuoteStatus
from lonja.sales.signing import signed_figures
from lonja.sales.views.quote import get_quote
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.START)
@require_http_methods(["GET", "POST"])
@once
def start(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_quote(request, pk)
    signed = (s for s in reports.signatures(one) if s.version.version == one.version)
    signature = next(signed, None)
    if one.status != QuoteStatus.ACCEPTED or signature is None or one.service_started_at:
        return redirect("sales:quote", one.pk)
    content = signature.version.content
    numbers = signed_figures(signature)
    lines = [line for line in reports.line_texts(content, numbers) if line["on"]]
    today = one.company.today()
    initial = {
        "starts_on": max(one.service_starts_on or today, today),
        "send_time": one.service_time,
        "emails": one.party.mail_addresses or ([one.email] if one.email else []),
    }
    form = StartForm(request.POST or None, company=one.company, lines=lines, initial=initial)
    context = {"quote": one, "form": form, "refusal": reports.last_refusal(one)}
    context["lacking"] = one.party.lacks_for_invoices
    context["deposit"] = asks_deposit(one, signature)
    if not form.is_bound:
        return render(request, "sales/quote_start.html", context)
    if not form.is_valid():
        return invalid(request, "sales/quote_start.html", context)
    data = form.cleaned_data
    try:
        plans = start_service(
            one,
            by=request.member,  # type: ignore[attr-defined]
            starts_on=data["starts_on"],
            send_time=data["send_time"] or one.service_time,
            paces=form.paces(),
            when_due=data["when_due"],
            until=data["until"],
            emails=data["emails"],
        )
    except Refused as refused:
        return refused_form(request, "sales/quote_start.html", context, form, refused)
    words = ngettext(
        "Servicio de alta desde el %(date)s: %(n)s plantilla",
        "Servicio de alta desde el %(date)s: %(n)s plantillas",
        len(plans),
    )
    toast(request, words % {"date": f"{data['starts_on']:%d/%m/%Y}", "n": len(plans)})
    return done(request, reverse("sales:quote", args=[one.pk]))
