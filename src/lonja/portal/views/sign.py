"""Signing on the phone, and what is said afterwards."""

from __future__ import annotations

import base64
import binascii
import logging
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.language import house
from lonja.documents.figures import written_in
from lonja.documents.words import long_date
from lonja.kit.errors import Refused
from lonja.portal.doors import in_language, public_link, refuse_replaced, state_of, visitor
from lonja.portal.forms import SignForm
from lonja.portal.views.quote import asked_quantities, chosen_keys, page
from lonja.sales import signing
from lonja.sales.actions import accept_quote, finish_acceptance
from lonja.sales.actions.codes import send_code
from lonja.sales.actions.track import confirm_visit
from lonja.sales.biometrics.strokes import parse_strokes
from lonja.sales.models import CodePolicy, PublicLink, Signature, SignedDocument, TextKind
from lonja.sales.snapshot import language_of
from lonja.ui.shortcuts import refuse_into
from lonja.ui.urls import global_url

log = logging.getLogger("lonja.portal")
PNG = "data:image/png;base64,"
# A picture of a signature and its strokes take a tenth of this.
LARGEST = 2_000_000


@public_link
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    elsewhere = _elsewhere(request)
    if elsewhere is not None:
        return elsewhere
    if request.method != "POST":
        return render(
            request, "portal/sign.html", _context(request, SignForm(initial=_known(link)))
        )
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        form = SignForm(_known(link))
        form.errors.clear()  # only of the size
        form.add_error("firma", _("El trazo es demasiado grande. Bórralo y firma otra vez."))
        return render(request, "portal/sign.html", _context(request, form), status=413)
    form = SignForm(request.POST, initial=_known(link))
    changed = False
    if form.is_valid():
        try:
            return _accept(request, link, form)
        except Refused as refused:
            changed = refused.code == "consent_changed"
            if changed:
                form.data = _to_tick_again(request.POST)
            refuse_into(form, refused)
    context = {**_context(request, form), "changed": changed}
    return render(request, "portal/sign.html", context, status=422)


def _to_tick_again(data: QueryDict) -> QueryDict:
    """What was sent without its ticks: those of a text are given after reading it, never before.
    What was typed and drawn stays (docs/decisions/0010)."""
    kept = data.copy()
    for name in ("consiento", "biometria"):
        kept.pop(name, None)
    return kept


def _elsewhere(request: HttpRequest) -> HttpResponse | None:
    """Where to go when there is nothing to sign here: thanks, or the page that tells why."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    token: str = request.token  # type: ignore[attr-defined]
    state = state_of(link)
    if state == "signed":
        return _see_other(global_url("portal:done", token))
    if state != "open" or signing.pending_before(link):
        return _see_other(global_url("portal:quote", token))
    return None


@public_link
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Send a one-time code; what was typed so far comes back."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    elsewhere = _elsewhere(request)
    if elsewhere is not None:
        return elsewhere
    typed = {name: request.POST.get(name, "") for name in ("nombre", "nif")}
    form = SignForm(initial=_known(link) | {k: v[:120] for k, v in typed.items() if v})
    said = {}
    try:
        sent = send_code(link, visitor=visitor(request), at=timezone.now())
        said["code_sent"] = _("Te hemos enviado un código a %(to)s. Sirve durante 15 minutos.") % {
            "to": masked(sent.sent_to)
        }
    except Refused as refused:
        said["code_problem"] = str(refused)
    context = {**_context(request, form), **said}
    status = 200 if "code_sent" in said else 409
    return render(request, "portal/sign.html", context, status=status)


def masked(address: str) -> str:
    """«c•••@mirador.example»: enough to know which mailbox to look at."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def _accept(request: HttpRequest, link: PublicLink, form: SignForm) -> HttpResponse:
    data = form.cleaned_data
    confirm_visit(link, visitor=visitor(request), at=timezone.now())
    signature = accept_quote(
        link,
        signer_name=data["nombre"],
        signer_nif=data["nif"],
        image=picture(data["firma"]),
        strokes=parse_strokes(data["trazos"]) if data["biometria"] else None,
        chosen=chosen_keys(request) or set(),
        quantities=asked_quantities(request),
        consents=form.consents(),
        visitor=visitor(request),
        at=timezone.now(),
        signed_at_device=form.device_clock(),
        key=data["clave"],
        code=data["codigo"],
    )
    try:
        with house():
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
    name = link.signer_name or content["contact_name"]
    if not name and person:
        name = content["recipient"]["name"]
    alone = person and not link.version.signers
    return {"nombre": name, "nif": content["recipient"]["nif"] if alone else ""}


def _context(request: HttpRequest, form: SignForm) -> dict[str, Any]:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    texts = {
        text.kind: text for text in signing.texts_for(link, {"accept": True, "biometrics": True})
    }
    accept = texts.get(TextKind.ACCEPT) or texts[TextKind.ACCEPT_FOR]
    key = signing.dynamics_key(link.quote.company)
    return {
        **page(request, chosen_keys(request)),
        "form": form,
        "key": (form.data.get("clave") or "")[:64] or secrets.token_urlsafe(24),
        "accept": accept,
        "conditions": texts.get(TextKind.CONDITIONS),
        "biometrics": texts.get(TextKind.BIOMETRICS),
        "custodian": key.holder if key else "",
        "code_policy": signing.settings_of(link.quote.company).code_policy,
        "never": CodePolicy.NEVER,
        "code_to": masked(signing.code_address(link)) if signing.code_address(link) else "",
        "copy_to": link.signer_email or link.quote.email or link.quote.party.email,
        "is_error": bool(form.errors),
    }


@public_link
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    refuse_replaced(link)
    signature = signing.signature_of(link)
    if signature is None:
        return redirect(global_url("portal:quote", request.token))  # type: ignore[attr-defined]
    documents = SignedDocument.objects.filter(signature__version_id=link.version_id)
    missing = [one["name"] for one in signing.signers_of(link.version) if one["signature"] is None]
    context = {
        **page(request, None, {}),
        "signature": signature,
        "first_name": signature.signer_name.split(" ")[0],
        "has_pdf": documents.exists(),
        "missing": missing,
        "checker": in_language(global_url("portal:check"), language_of(link.version.content)),
        "steps": _next_steps(link, signature, missing),
    }
    return render(request, "portal/done.html", context)


def _next_steps(
    link: PublicLink, signature: Signature, missing: list[str]
) -> list[tuple[str, str, str]]:
    """(icon, when, what) that really follow."""
    quote = link.quote
    agent = quote.agent.user.get_short_name() if quote.agent else quote.company.display_name
    if missing:
        return [
            ("users", _("Ahora"), _("Le toca firmar a %(name)s") % {"name": missing[0]}),
            ("check", _("Al final"), _("Recibís todos la copia firmada por correo")),
        ]
    steps = [("check", _("Hoy"), _("Recibes la copia firmada en tu correo"))]
    deposit = signing.signed_figures(signature).deposit
    if deposit:
        words = _("%(agent)s te envía la factura de la señal") % {"agent": agent}
        steps.append(("file-invoice", _("Enseguida"), words))
    if quote.service_starts_on:
        signed_on = signature.signed_at.astimezone(quote.company.zone).date()
        language = written_in(language_of(link.version.content))
        starts = long_date(max(quote.service_starts_on, signed_on), language)
        steps.append(("calendar", starts, _("Empieza el servicio")))
        steps.append(("file-invoice", _("Ese día"), _("Te enviamos la factura por correo")))
    else:
        words = _("%(agent)s te llama para fijar cuándo empezamos") % {"agent": agent}
        steps.append(("phone", _("Muy pronto"), words))
        steps.append(("file-invoice", _("Al empezar"), _("Te enviamos la factura por correo")))
    return steps


def _see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)
