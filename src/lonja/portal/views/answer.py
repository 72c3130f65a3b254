"""The customer says no, or asks something first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lonja.accounts.language import house
from lonja.kit.errors import Refused
from lonja.portal.doors import public_link, refuse_replaced, state_of, visitor
from lonja.portal.forms import AskForm, RejectForm
from lonja.portal.views.quote import page
from lonja.sales.actions import ask_agent, reject_quote
from lonja.sales.actions.track import confirm_visit
from lonja.sales.models import PublicLink
from lonja.ui.shortcuts import refuse_into
from lonja.ui.urls import global_url


@public_link
@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    back = HttpResponseRedirect(
        global_url("portal:quote", request.token),  # type: ignore[attr-defined]
        status=303,
    )
    if state_of(link) != "open":
        return back
    form = RejectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        confirm_visit(link, visitor=visitor(request), at=timezone.now())
        with house():  # what is written down of it
            reject_quote(
                link.quote,
                reason=form.cleaned_data["motivo"],
                link=link,
                visitor=visitor(request),
                at=timezone.now(),
            )
        return back
    status = 422 if form.is_bound else 200
    return render(
        request, "portal/reject.html", {**page(request, None), "form": form}, status=status
    )


@public_link
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Works also when the quote is over: «pedir uno actualizado»."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    refuse_replaced(link)
    content = link.version.content
    known = {"nombre": content["contact_name"], "correo": link.quote.email}
    form = AskForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        confirm_visit(link, visitor=visitor(request), at=timezone.now())
        try:
            ask_agent(
                link,
                text=form.cleaned_data["pregunta"],
                name=form.cleaned_data["nombre"],
                email=form.cleaned_data["correo"],
                visitor=visitor(request),
            )
            address = global_url("portal:ask", request.token)  # type: ignore[attr-defined]
            return HttpResponseRedirect(f"{address}?enviada=1", status=303)
        except Refused as refused:
            refuse_into(form, refused)
    context = {**page(request, None), "form": form, "sent": "enviada" in request.GET}
    context["is_error"] = bool(form.errors)
    return render(request, "portal/ask.html", context, status=422 if form.errors else 200)
