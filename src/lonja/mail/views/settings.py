"""Settings of the mail: the server that sends, the mailbox of bounces, the texts."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.kit.languages import LANGUAGES
from lonja.mail import actions, texts
from lonja.mail.actions.mailbox import forget_bad_address, read_mailbox, save_mailbox, try_mailbox
from lonja.mail.actions.texts import restore_text, save_text
from lonja.mail.forms import MailboxForm, ServerForm, TextForm, TryForm
from lonja.mail.models import BadAddress, Mailbox, MailServer, MailText, OutgoingMail
from lonja.mail.sending import server_in_use
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, toast

SETTINGS, TEXTS = "mail.settings", "mail.texts"


def _server_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return {
        "server": MailServer.objects.first(),
        "shared": server_in_use(),
        "try_form": TryForm(initial={"to": request.user.email}),  # type: ignore[union-attr]
        **more,
    }


@member_required(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def server(request: HttpRequest) -> HttpResponse:
    row = MailServer.objects.first()
    form = ServerForm(request.POST or None, server=row)
    template = "mail/server.html"
    if request.method != "POST":
        return render(request, template, _server_context(request, form=form))
    if not form.is_valid():
        return invalid(request, template, _server_context(request, form=form))
    actions.save_server(
        form.values(),
        form.cleaned_data["password"] or None,
        by=request.member,  # type: ignore[attr-defined]
    )
    toast(request, _("Servidor guardado. Pulsa «Probar» para enviarte un correo."))
    return done(request, reverse("mail:server"))


@member_required(SETTINGS)
@require_POST
@once
def try_server(request: HttpRequest) -> HttpResponse:
    """Sends a test mail with what is saved and tells the reason when it does not work."""
    row = MailServer.objects.first()
    if row is None:
        raise Http404
    form = TryForm(request.POST)
    context = _server_context(request, form=ServerForm(server=row))
    if not form.is_valid():
        return invalid(request, "mail/server.html", {**context, "try_form": form})
    reason = actions.send_test(row, form.cleaned_data["to"])
    if reason:
        failed = {**context, "try_form": form, "reason": reason}
        return invalid(request, "mail/server.html", failed, status=409)
    toast(request, _("Prueba enviada a %(to)s.") % {"to": form.cleaned_data["to"]})
    return done(request, reverse("mail:server"))


def _mailbox_context(**more: Any) -> dict[str, Any]:
    bad = BadAddress.objects.order_by("-since", "-id")[:100]
    return {"mailbox": Mailbox.objects.first(), "bad": list(bad), **more}


@member_required(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def mailbox(request: HttpRequest) -> HttpResponse:
    """The mailbox where bounces come, and the addresses they say do not work."""
    row = Mailbox.objects.first()
    form = MailboxForm(request.POST or None, mailbox=row)
    template = "mail/mailbox.html"
    if request.method != "POST":
        return render(request, template, _mailbox_context(form=form))
    if not form.is_valid():
        return invalid(request, template, _mailbox_context(form=form))
    save_mailbox(
        form.values(),
        form.cleaned_data["password"] or None,
        by=request.member,  # type: ignore[attr-defined]
    )
    toast(request, _("Buzón guardado. Pulsa «Probar conexión»."))
    return done(request, reverse("mail:mailbox"))


@member_required(SETTINGS)
@require_POST
@once
def try_mailbox_view(request: HttpRequest) -> HttpResponse:
    """Opens the mailbox with what is saved; if it opens, reads what is new."""
    row = Mailbox.objects.first()
    if row is None:
        raise Http404
    reason = try_mailbox(row)
    if reason:
        context = _mailbox_context(form=MailboxForm(mailbox=row), reason=reason)
        return invalid(request, "mail/mailbox.html", context, status=409)
    found = read_mailbox(row) if row.enabled else 0
    text = _("El buzón se abre bien. Rebotes nuevos: %(n)s.") % {"n": found}
    toast(request, text)
    return done(request, reverse("mail:mailbox"))


@member_required(SETTINGS)
@require_POST
@once
def address_clear(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, BadAddress, pk)
    forget_bad_address(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("%(address)s vuelve a usarse.") % {"address": row.address})
    return done(request, reverse("mail:mailbox"))


@member_required(TEXTS)
@require_safe
def text_list(request: HttpRequest) -> HttpResponse:
    """Every kind of mail and its languages; which have words of the house."""
    own = set(MailText.objects.values_list("purpose", "language"))
    rows = [
        {
            "purpose": purpose,
            "languages": [
                {"code": code, "name": name, "own": (purpose.code, code) in own}
                for code, name in LANGUAGES.items()
            ],
        }
        for purpose in texts.purposes()
    ]
    return render(request, "mail/texts.html", {"rows": rows})


def _asked(purpose: str, language: str) -> texts.Purpose:
    try:
        found = texts.purpose_of(purpose)
    except KeyError:
        raise Http404 from None
    if language not in LANGUAGES:
        raise Http404
    return found


def _sample(request: HttpRequest, purpose: texts.Purpose, language: str, form: Any) -> Any:
    """The mail as it would be read, with invented data, or None while something is wrong."""
    if form.is_bound and not form.is_valid():
        return None
    source = form.cleaned_data if form.is_bound else form.initial
    company = request.company or Company.objects.first()  # type: ignore[attr-defined]
    values = dict(purpose.samples)
    if company is not None:
        values["empresa"] = company.display_name
    return OutgoingMail(
        company=company,
        subject=" ".join(texts.fill(source["subject"], values).split()),
        text=texts.fill(source["text"], values),
        language=language,
    )


def _text_context(
    request: HttpRequest, purpose: texts.Purpose, language: str, form: Any, **more: Any
) -> dict[str, Any]:
    return {
        "form": form,
        "purpose": purpose,
        "language": language,
        "language_name": LANGUAGES[language],
        "languages": LANGUAGES.items(),
        "variables": [(f"{{{one.name}}}", one.label) for one in purpose.variables],
        "is_own": MailText.objects.filter(purpose=purpose.code, language=language).exists(),
        "sample": _sample(request, purpose, language, form),
        "try_form": TryForm(initial={"to": request.user.email}),  # type: ignore[union-attr]
        "has_server": MailServer.objects.exists() or server_in_use() is not None,
        **more,
    }


@member_required(TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def text(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """The words of a kind of mail in a language, beside how it will be read."""
    found = _asked(purpose, language)
    subject, words = texts.Composer(purpose).text(language)
    initial = {"subject": subject, "text": words}
    form = TextForm(request.POST or None, purpose=found, initial=initial)
    template = "mail/text.html"
    if request.method != "POST":
        return render(request, template, _text_context(request, found, language, form))
    if not form.is_valid():
        return invalid(request, template, _text_context(request, found, language, form))
    save_text(found, language, form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Texto guardado."))
    return done(request, reverse("mail:text", args=[purpose, language]))


@member_required(TEXTS)
@require_POST
def text_preview(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """The mail that what is typed would make, as a fragment. Nothing is saved."""
    found = _asked(purpose, language)
    form = TextForm(request.POST, purpose=found)
    context = {"sample": _sample(request, found, language, form), "form": form, "purpose": found}
    return render(request, "mail/_text_preview.html", context)


@member_required(TEXTS)
@require_POST
@once
def text_restore(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    found = _asked(purpose, language)
    restore_text(found, language, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Vuelve a usarse el texto original."))
    return done(request, reverse("mail:text", args=[purpose, language]))


@member_required(TEXTS)
@require_POST
@once
def text_try(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """Sends the saved text, with invented data, to whoever is said."""
    found = _asked(purpose, language)
    subject, words = texts.Composer(purpose).text(language)
    form = TextForm(purpose=found, initial={"subject": subject, "text": words})
    to = TryForm(request.POST)
    context = _text_context(request, found, language, form, try_form=to)
    if not to.is_valid():
        return invalid(request, "mail/text.html", context)
    server = server_in_use()
    if server is None:
        return invalid(
            request,
            "mail/text.html",
            {**context, "reason": _("Falta configurar el servidor de correo.")},
            status=409,
        )
    sample = context["sample"]
    reason = actions.send_test(
        server, to.cleaned_data["to"], subject=sample.subject, text=sample.text, like=sample
    )
    if reason:
        return invalid(request, "mail/text.html", {**context, "reason": reason}, status=409)
    toast(request, _("Prueba enviada a %(to)s.") % {"to": to.cleaned_data["to"]})
    return done(request, reverse("mail:text", args=[purpose, language]))
