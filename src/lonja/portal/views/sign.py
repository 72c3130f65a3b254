"""Signing on the phone, and what is said afterwards."""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lonja.kit.dates import format_long
from lonja.kit.errors import Refused
from lonja.portal.doors import public_link, state_of, visitor
from lonja.portal.forms import SignForm
from lonja.portal.views.quote import chosen_keys, page
from lonja.sales.actions import accept_quote, finish_acceptance
from lonja.sales.models import PublicLink, Signature, SignedDocument
from lonja.sales.signing import consent_for, signature_of
from lonja.ui.shortcuts import refuse_into
from lonja.ui.urls import global_url

log = logging.getLogger("lonja.portal")
PNG = "data:image/png;base64,"


@public_link
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    token: str = request.token  # type: ignore[attr-defined]
    state = state_of(link)
    if state == "signed":
        return _see_other(global_url("portal:done", token))
    if state != "open":
        return _see_other(global_url("portal:quote", token))
    form = SignForm(request.POST or None, initial=_known(link))
    if request.method == "POST":
        chosen = {int(key) for key in request.POST.getlist("opcion") if key.isdigit()}
        if form.is_valid():
            try:
                return _accept(request, link, form, chosen)
            except Refused as refused:
                refuse_into(form, refused)
        return render(request, "portal/sign.html", _context(request, form, chosen), status=422)
    return render(request, "portal/sign.html", _context(request, form, chosen_keys(request)))


def _accept(
    request: HttpRequest, link: PublicLink, form: SignForm, chosen: set[int]
) -> HttpResponse:
    signature = accept_quote(
        link,
        signer_name=form.cleaned_data["nombre"],
        signer_nif=form.cleaned_data["nif"],
        image=picture(form.cleaned_data["firma"]),
        chosen=chosen,
        consents={"accept": True},
        visitor=visitor(request),
        at=timezone.now(),
    )
    try:
        finish_acceptance(signature)
    except Exception:  # signed all the same: the job enqueued with the signature goes on
        log.exception("Tras la firma %s", signature.pk)
    return _see_other(global_url("portal:done", request.token))  # type: ignore[attr-defined]


def picture(text: str) -> bytes | None:
    """The drawing of the pad, or None when the name was typed instead."""
    if not text:
        return None
    try:
        return base64.b64decode(text.removeprefix(PNG), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _known(link: PublicLink) -> dict[str, Any]:
    """What we know already: nothing is asked twice (WCAG 3.3.7)."""
    content = link.version.content
    person = content["recipient"]["is_person"]
    name = content["contact_name"] or (content["recipient"]["name"] if person else "")
    return {"nombre": name, "nif": content["recipient"]["nif"] if person else ""}


def _context(request: HttpRequest, form: SignForm, chosen: set[int] | None) -> dict[str, Any]:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    return {
        **page(request, chosen),
        "form": form,
        "consent": consent_for(link),
        "copy_to": link.quote.email or link.quote.party.email,
        "is_error": bool(form.errors),
    }


@public_link
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    signature = signature_of(link)
    if signature is None:
        return redirect(global_url("portal:quote", request.token))  # type: ignore[attr-defined]
    has_pdf = SignedDocument.objects.filter(signature=signature).exists()
    context = {
        **page(request, set(signature.chosen_lines)),
        "signature": signature,
        "first_name": signature.signer_name.split(" ")[0],
        "has_pdf": has_pdf,
        "steps": _next_steps(link, signature),
    }
    return render(request, "portal/done.html", context)


def _next_steps(link: PublicLink, signature: Signature) -> list[tuple[str, str, str]]:
    """(icon, when, what) that really follow."""
    quote = link.quote
    agent = quote.agent.user.get_short_name() if quote.agent else quote.company.display_name
    steps = [("check", _("Hoy"), _("Recibes la copia firmada en tu correo"))]
    if quote.service_starts_on:
        signed_on = signature.signed_at.astimezone(quote.company.zone).date()
        starts = format_long(max(quote.service_starts_on, signed_on))
        steps.append(("calendar", starts, _("Empieza el servicio")))
        steps.append(("file-invoice", _("Ese día"), _("Te enviamos la factura por correo")))
    else:
        words = _("%(agent)s te llama para fijar cuándo empezamos") % {"agent": agent}
        steps.append(("phone", _("Muy pronto"), words))
        steps.append(("file-invoice", _("Al empezar"), _("Te enviamos la factura por correo")))
    return steps


def _see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)
