"""A quote on its way: follow it, send it, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.documents.qr import qr_svg
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.sales import paper, permissions, reports, tracking
from lonja.sales.actions import (
    duplicate_quote,
    new_version,
    publish_quote,
    reject_quote,
    send_quote,
)
from lonja.sales.actions.approval import may_decide, need_of
from lonja.sales.actions.deposit import deposit_of
from lonja.sales.actions.proforma import proforma_of
from lonja.sales.actions.send import live_link, pdf_name
from lonja.sales.actions.start import plans_of
from lonja.sales.forms import LostForm, SendForm
from lonja.sales.links import link_url, whatsapp_url
from lonja.sales.models import ApprovalState, Quote, QuoteStatus, QuoteVersion, SignedDocument
from lonja.sales.signing import signed_figures
from lonja.sales.snapshot import Figures, figures, take
from lonja.sales.suggestions import suggestion_of
from lonja.sales.tracking import phone_of
from lonja.sales.versions import versions_of
from lonja.sales.views.edit import totals_of
from lonja.subscriptions.reports import refusals_of
from lonja.tasks.permissions import EDIT as TASKS
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


def base_url(request: HttpRequest) -> str:
    """How this installation is reached, when its public address is not configured."""
    return f"{request.scheme}://{request.get_host()}"


def get_quote(request: HttpRequest, pk: int) -> Quote:
    rows = Quote.objects.select_related(
        "company", "party", "agent__user", "edited_by__user", "price_list"
    )
    return get_visible(request, rows, pk)


@member_required(permissions.VIEW)
@require_GET
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    """«Seguimiento»: where it is, what happened, and the next thing to do."""
    one = get_quote(request, pk)
    member = request.member  # type: ignore[attr-defined]
    context = {
        **followed(one, member),
        "expired": one.is_expired(one.company.today()),
        "versions": versions_of(one),
        "approvals": _approvals(one, member),
        "need": need_of(one, member)
        if one.status == QuoteStatus.DRAFT and member.can(permissions.EDIT)
        else None,
        "deposit": deposit_of(one),
        "may_edit": member.can(permissions.EDIT),
        "may_template": member.can(permissions.TEMPLATES),
        "may_start": member.can(permissions.START),
        "may_plan": member.can(TASKS),
    }
    return render(request, "sales/quote.html", context)


def followed(one: Quote, member: Membership) -> dict[str, Any]:
    """All that the page of a quote tells, also what it asks for again while it is open."""
    now = timezone.now()
    plans = plans_of(one) if one.service_started_at else []
    invoices = reports.invoices_of(plans) if plans else []
    refusals = refusals_of(plans) if plans else {}
    version = _version(one)
    content = version.content if version else take(one, list(one.lines.all()))
    signed = reports.signatures(one)
    current = next((s for s in signed if s.version.version == one.version), None)
    if current is not None:
        numbers: Figures | None = signed_figures(current)
    else:
        numbers = figures(content) if content["lines"] else None
    mails = reports.mails(one)
    is_open = one.status == QuoteStatus.SENT
    return {
        "quote": one,
        "badge": reports.state_badge(one, one.company.today()),
        "steps": reports.steps(one, reports.billed_at(invoices)),
        "events": reports.history(one, member),
        "refusal": reports.last_refusal(one),
        "signatures": signed,
        "signature": current,
        "services": [(plan, refusals.get(plan.pk, "")) for plan in plans],
        "invoices": invoices,
        "mails": mails,
        "bounced": tracking.bounced_mail(mails) if is_open else None,
        "reading": tracking.reading(one, content["lines"], now),
        "contacts": tracking.contacts_of(one),
        "suggestion": suggestion_of(one, now) if is_open else None,
        "phone": phone_of(one),
        "lines": reports.line_texts(content, numbers),
        "totals": totals_of(numbers),
        "greeting": paper.greeting(content),
    }


def _approvals(one: Quote, member: Membership) -> list[dict[str, Any]]:
    """The last approval of the version in force, and whether the member may answer it."""
    rows = one.approvals.filter(version=one.version).select_related(
        "asked_by__user", "decided_by__user", "quote__company"
    )
    return [
        {"row": row, "decidable": row.state == ApprovalState.ASKED and may_decide(row, member)}
        for row in rows[:1]
    ]


def _version(one: Quote) -> QuoteVersion | None:
    rows = QuoteVersion.objects.select_related("pdf")
    return rows.filter(quote=one, version=one.version).first()


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def send(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_quote(request, pk)
    usual = one.party.quote_emails or ([one.email] if one.email else [])
    initial = {"to": list(usual), "message": ""}
    form = SendForm(request.POST or None, initial=initial)
    again = one.status == QuoteStatus.SENT
    bounced = tracking.bounced_mail(reports.mails(one)) if again else None
    context = {"quote": one, "form": form, "again": again, "bounced": bounced}
    template = "sales/quote_send.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    to = form.cleaned_data["to"]
    try:
        send_quote(
            one,
            by=request.member,  # type: ignore[attr-defined]
            to=to,
            message=form.cleaned_data["message"],
            base_url=base_url(request),
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Presupuesto en camino a %(to)s") % {"to": ", ".join(to)})
    return done(request, reverse("sales:quote", args=[one.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the private link without sending it by mail."""
    one = get_quote(request, pk)
    publish_quote(one, by=request.member, base_url=base_url(request))  # type: ignore[attr-defined]
    return done(request, reverse("sales:quote_link", args=[one.pk]))


@member_required(permissions.EDIT)
@require_GET
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """The private link to copy, to scan, or to send by WhatsApp."""
    one = get_quote(request, pk)
    if one.status != QuoteStatus.SENT:
        return redirect("sales:quote", one.pk)
    url = link_url(live_link(one).token, base_url(request))
    first = one.contact_name.split(" ")[0]
    with house():  # the customer reads it
        words = _("Hola%(name)s. Aquí tienes el presupuesto %(number)s de %(company)s: %(url)s") % {
            "name": f", {first}" if first else "",
            "number": one.number,
            "company": one.company.display_name,
            "url": url,
        }
    context = {"quote": one, "url": url, "text": words, "whatsapp": whatsapp_url(words)}
    return render(request, "sales/quote_link.html", context)


@member_required(permissions.EDIT)
@require_GET
def link_qr(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_quote(request, pk)
    if one.status != QuoteStatus.SENT:
        raise Http404
    drawing = qr_svg(link_url(live_link(one).token, base_url(request)))
    return HttpResponse(
        drawing, content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"}
    )


@member_required(permissions.VIEW)
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored PDF of the version in force; a draft is drawn now, marked as such."""
    one = get_quote(request, pk)
    version = _version(one)
    if version is not None:
        return _file(version.pdf)
    snapshot = take(one, list(one.lines.all()))
    response = HttpResponse(
        paper.draft_pdf(snapshot, at=timezone.now()), content_type="application/pdf"
    )
    response.headers["Content-Disposition"] = f'inline; filename="{pdf_name(one, "-borrador")}"'
    return response


@member_required(permissions.VIEW)
@require_GET
def signed_pdf(request: HttpRequest, pk: int, signature_pk: int) -> HttpResponse:
    one = get_quote(request, pk)
    documents = SignedDocument.objects.select_related("pdf")
    document = documents.filter(signature_id=signature_pk, signature__version__quote=one).first()
    if document is None:
        raise Http404
    return _file(document.pdf)


def _file(stored: StoredFile) -> HttpResponse:
    response = HttpResponse(stored.read(), content_type=stored.content_type)
    response.headers["Content-Disposition"] = f'inline; filename="{stored.name}"'
    return response


@member_required(permissions.EDIT)
@require_POST
@once
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    copy = duplicate_quote(get_quote(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Copia creada: %(number)s") % {"number": copy.number})
    return done(request, reverse("sales:quote_edit", args=[copy.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def version(request: HttpRequest, pk: int) -> HttpResponse:
    one = new_version(get_quote(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(
        request, _("Versión %(n)s en borrador: el enlace anterior ya no vale") % {"n": one.version}
    )
    return done(request, reverse("sales:quote_edit", args=[one.pk]))


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def lost(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_quote(request, pk)
    form = LostForm(request.POST or None)
    context: dict[str, Any] = {"quote": one, "form": form}
    if not form.is_bound:
        return render(request, "sales/quote_lost.html", context)
    if not form.is_valid():
        return invalid(request, "sales/quote_lost.html", context)
    try:
        reject_quote(
            one,
            reason=form.cleaned_data["reason"],
            by=request.member,  # type: ignore[attr-defined]
            at=timezone.now(),
        )
    except Refused as refused:
        return refused_form(request, "sales/quote_lost.html", context, form, refused)
    toast(request, _("Presupuesto marcado como rechazado"))
    return done(request, reverse("sales:quote", args=[one.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def proforma(request: HttpRequest, pk: int) -> HttpResponse:
    """The quote as a proforma: billing keeps it, and turns it into an invoice when asked."""
    made = proforma_of(get_quote(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Proforma %(number)s preparada") % {"number": made.number})
    return redirect("billing:proforma", pk=made.pk)
