"""«Correo saliente» and the settings of the server."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.files.models import StoredFile
from lonja.mail import actions
from lonja.mail.forms import ServerForm, TryForm
from lonja.mail.models import MailServer, MailStatus, OutgoingMail
from lonja.mail.outbox import make_attachment
from lonja.mail.sending import server_in_use
from lonja.mail.tables import next_try, status_badge
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, toast

OUTBOX, SETTINGS = "mail.outbox", "mail.settings"
# These carry links that open an account: whoever reads the outbox must not use them.
PRIVATE_KINDS = frozenset({"account", "invitation"})


def _mail(request: HttpRequest, pk: int) -> OutgoingMail:
    return get_visible(request, OutgoingMail, pk)


@member_required(OUTBOX)
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    row = _mail(request, pk)
    context = {
        "mail": row,
        "badge": status_badge(row),
        "next_try": next_try(row),
        "is_private": row.kind in PRIVATE_KINDS,
        "may_retry": row.status in (MailStatus.FAILED, MailStatus.QUEUED, MailStatus.CANCELLED),
        "may_cancel": row.status in (MailStatus.FAILED, MailStatus.QUEUED),
        "has_server": server_in_use() is not None,
    }
    return render(request, "mail/mail.html", context)


@member_required(OUTBOX)
@require_safe
def attachment(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What was attached, exactly as it goes out; always a download."""
    row = _mail(request, pk)
    if row.kind in PRIVATE_KINDS or not 1 <= number <= len(row.attachments):
        raise Http404
    item = row.attachments[number - 1]
    try:
        if "file" in item:
            stored = StoredFile.objects.get(pk=item["file"])
            content, kind = stored.read(), stored.content_type
        else:
            content, kind = make_attachment(item["later"], item["id"]), "application/octet-stream"
    except (StoredFile.DoesNotExist, FileNotFoundError, KeyError):
        raise Http404 from None
    name = item["name"]
    if kind == "application/octet-stream" and name.lower().endswith(".pdf"):
        kind = "application/pdf"
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{get_valid_filename(name)}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@member_required(OUTBOX)
@require_POST
@once
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retry(_mail(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("El correo vuelve a la cola y sale enseguida."))
    return done(request, reverse("mail:mail", args=[pk]))


@member_required(OUTBOX)
@require_POST
@once
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    actions.cancel(_mail(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Correo cancelado: no se enviará."))
    return done(request, reverse("mail:mail", args=[pk]))


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
