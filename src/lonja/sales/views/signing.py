"""«Configuración › Firma», and on a quote: who signs, and the customer's questions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.sales import legal, permissions, signing
from lonja.sales.actions import answer_question
from lonja.sales.actions.signers import revoke_link, set_signers
from lonja.sales.actions.signing_settings import (
    save_signing,
    set_dynamics_key,
    switch_biometrics,
    write_text,
)
from lonja.sales.models import (
    DynamicsKey,
    LegalText,
    PublicLink,
    Quote,
    QuoteQuestion,
    QuoteSigner,
    TextKind,
)
from lonja.sales.seals.keys import CERTIFICATE, known_seal
from lonja.sales.seals.timestamp import NoTimestamp, stamp_now
from lonja.sales.signing_forms import (
    AnswerForm,
    BiometricsForm,
    KeyForm,
    SignersForm,
    SigningForm,
    TextForm,
)
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast
from lonja.ui.shortcuts import panel as shown_panel

_PAGE = "sales/signing_settings.html"


@member_required(permissions.SIGNING)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if request.method != "POST":
        return render(request, _PAGE, _context(request))
    form = SigningForm(request.POST)
    if not form.is_valid():
        return invalid(request, _PAGE, _context(request, form=form))
    try:
        save_signing(company, **form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, _PAGE, _context(request, form=form), form, refused)
    toast(request, _("Ajustes guardados"))
    return redirect("sales:signing")


@member_required(permissions.SIGNING)
@require_POST
@once
def try_stamp(request: HttpRequest) -> HttpResponse:
    """Ask the time stamping authority for a stamp, to see whether it answers."""
    url = signing.settings_of(request.company).tsa_url  # type: ignore[attr-defined]
    try:
        if not url:
            raise NoTimestamp(_("No hay ninguna dirección guardada."))
        at = stamp_now(url)
    except NoTimestamp as error:
        toast(request, _("No ha sellado: %(why)s") % {"why": error}, tone="bad")
    else:
        toast(request, _("Funciona: selló a las %(at)s UTC") % {"at": f"{at:%H:%M:%S}"})
    return redirect("sales:signing")


@member_required(permissions.SIGNING)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def text(request: HttpRequest, kind: str) -> HttpResponse:
    """One of the texts that signers accept, with its earlier versions."""
    if kind not in TextKind.values:
        raise Http404
    company = request.company  # type: ignore[attr-defined]
    version, body = legal.text_in_force(company, kind)
    form = TextForm(request.POST or None, initial={"body": body})
    rows = LegalText.objects.filter(company=company, kind=kind).select_related("created_by__user")
    context = {
        "form": form,
        "kind": kind,
        "label": TextKind(kind).label,
        "version": version,
        "versions": rows.order_by("-version")[:50],
    }
    if request.method != "POST":
        return render(request, "sales/signing_text.html", context)
    if not form.is_valid():
        return invalid(request, "sales/signing_text.html", context)
    try:
        made = write_text(
            company,
            kind,
            form.cleaned_data["body"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, "sales/signing_text.html", context, form, refused)
    if made is None:
        toast(request, _("Es el mismo texto: no hay versión nueva"))
    else:
        toast(request, _("Versión %(n)s en uso desde ahora") % {"n": made.version})
    return redirect("sales:signing_text", kind)


@member_required(permissions.SIGNING)
@require_POST
@once
def key(request: HttpRequest) -> HttpResponse:
    form = KeyForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, _PAGE, _context(request, key_form=form))
    try:
        set_dynamics_key(
            request.company,  # type: ignore[attr-defined]
            form.cleaned_data["file"].read(),
            holder=form.cleaned_data["holder"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, _PAGE, _context(request, key_form=form), form, refused)
    toast(request, _("Clave guardada"))
    return redirect("sales:signing")


@member_required(permissions.SIGNING)
@require_POST
@once
def biometrics(request: HttpRequest) -> HttpResponse:
    form = BiometricsForm(request.POST)
    form.is_valid()
    on = request.POST.get("on") == "1"
    try:
        switch_biometrics(
            request.company,  # type: ignore[attr-defined]
            on=on,
            understood=form.cleaned_data.get("understood", False),
            by=request.member,  # type: ignore[attr-defined]
            at=timezone.now(),
        )
    except Refused as refused:
        return refused_form(request, _PAGE, _context(request, bio_form=form), form, refused)
    toast(request, _("Firma biométrica ofrecida") if on else _("Firma biométrica desactivada"))
    return redirect("sales:signing")


def _context(request: HttpRequest, **forms: Any) -> dict[str, Any]:
    company = request.company  # type: ignore[attr-defined]
    row = signing.settings_of(company)
    # Looking makes nothing: a local seal is made when something is first signed.
    seal = known_seal(company, timezone.now())
    current = {"code_policy": row.code_policy, "tsa_url": row.tsa_url}
    return {
        "form": SigningForm(initial=current),
        "key_form": KeyForm(),
        "bio_form": BiometricsForm(),
        **forms,
        "row": row,
        "seal": seal,
        "is_certificate": seal is not None and seal.kind == CERTIFICATE,
        "key": DynamicsKey.objects.filter(company=company, is_current=True).first(),
        "old_keys": DynamicsKey.objects.filter(company=company, is_current=False).order_by("-pk"),
        "texts": [
            (kind, TextKind(kind).label, *legal.text_in_force(company, kind))
            for kind in TextKind.values
        ],
    }


# --- on a quote -----------------------------------------------------------------------------------
def _quote(request: HttpRequest, pk: int) -> Quote:
    rows = Quote.objects.select_related("company", "party", "agent__user")
    return get_visible(request, rows, pk)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def signers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has to sign the draft, in order."""
    one = _quote(request, pk)
    now = "\n".join(f"{s.name}, {s.email}" for s in QuoteSigner.objects.filter(quote=one))
    form = SignersForm(request.POST or None, initial={"signers": now})
    context = {"quote": one, "form": form}
    if request.method != "POST":
        return render(request, "sales/quote_signers.html", context)
    if not form.is_valid():
        return invalid(request, "sales/quote_signers.html", context)
    try:
        rows = set_signers(one, form.rows(), by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, "sales/quote_signers.html", context, form, refused)
    toast(
        request,
        _("Firman %(n)s personas, en orden") % {"n": len(rows)}
        if rows
        else _("Firma quien tenga el enlace"),
    )
    return done(request, reverse("sales:quote", args=[one.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def renew_link(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    """Close the link of a signer, and make another: a mail went to the wrong hands."""
    one = _quote(request, pk)
    link = PublicLink.objects.filter(pk=link_pk, quote=one).first()
    if link is None:
        raise Http404
    try:
        revoke_link(link, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        toast(request, str(refused), tone="bad")
    else:
        toast(request, _("El enlace anterior ya no vale. Envía el nuevo."))
    return done(request, reverse("sales:quote", args=[one.pk]))


@member_required(permissions.VIEW)
@require_safe
def panel(request: HttpRequest, type: str, pk: int) -> HttpResponse:
    """The customer's questions and the signers, on the page of the quote."""
    if type != "sales.quote":
        return HttpResponse(status=404)
    one = _quote(request, pk)
    home = reverse("sales:quote", args=[one.pk])
    return shown_panel(request, "sales/signing_panel.html", _panel(request, one), home=home)


@member_required(permissions.EDIT)
@require_POST
@once
def answer(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    one = _quote(request, pk)
    question = QuoteQuestion.objects.filter(pk=question_pk, quote=one).first()
    if question is None:
        raise Http404
    form = AnswerForm(request.POST)
    form.is_valid()
    try:
        answer_question(
            question,
            text=form.cleaned_data.get("answer", ""),
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        toast(request, str(refused), tone="bad")
    else:
        toast(request, _("Respuesta enviada"))
    return done(request, reverse("sales:quote", args=[one.pk]))


def _panel(request: HttpRequest, one: Quote) -> dict[str, Any]:
    links = {
        link.position: link
        for link in PublicLink.objects.filter(
            quote=one, version__version=one.version, revoked_at=None
        ).order_by("-position")
    }
    version = next(iter(links.values())).version if links else None
    return {
        "quote": one,
        "questions": QuoteQuestion.objects.filter(quote=one).select_related("answered_by__user"),
        "planned": QuoteSigner.objects.filter(quote=one),
        "frozen": [
            {**row, "link": links.get(row["position"])}
            for row in (signing.signers_of(version) if version else [])
        ],
        "may_edit": request.member.can(permissions.EDIT),  # type: ignore[attr-defined]
        "form": AnswerForm(),
    }
