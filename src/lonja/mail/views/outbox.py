"""«Correo saliente»: each mail, and letting it go or not."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.mail import actions
from lonja.mail.forms import RejectForm
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.mail.outbox import make_attachment
from lonja.mail.sending import server_in_use
from lonja.mail.tables import next_try, status_badge
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

OUTBOX, APPROVE = "mail.outbox", "mail.approve"
# These carry links that open an account: whoever reads the outbox must not use them.
PRIVATE_KINDS = frozenset({"account", "invitation", "sales.code"})


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
        "is_held": row.status == MailStatus.HELD,
        "may_approve": row.status == MailStatus.HELD and request.member.can(APPROVE),  # type: ignore[attr-defined]
        "bounces": list(row.bounces.order_by("-id")[:20]),
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


@member_required(APPROVE)
@require_POST
@once
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    row = _mail(request, pk)
    actions.approve(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Aprobado: sale a su hora."))
    return done(request, reverse("mail:mail", args=[pk]))


@member_required(APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    row = _mail(request, pk)
    form = RejectForm(request.POST or None)
    context = {"form": form, "mail": row}
    if not form.is_bound:
        return render(request, "mail/reject.html", context)
    if not form.is_valid():
        return invalid(request, "mail/reject.html", context)
    try:
        actions.reject(row, by=request.member, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
    except Refused as error:
        return refused_form(request, "mail/reject.html", context, form, error)
    toast(request, _("Rechazado: no se enviará."))
    return done(request, reverse("mail:mail", args=[pk]))
