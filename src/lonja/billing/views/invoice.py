"""The page of an invoice: its document, and what happened to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.prepared import Slot
from lonja.accounts.seen import Seen
from lonja.activity.labels import hidden_verbs, told
from lonja.activity.models import Event
from lonja.billing import balances, hooks, permissions, reports
from lonja.billing.actions.drafts import delete_draft, duplicate_invoice, restore_draft
from lonja.billing.follow_up import steps
from lonja.billing.kinds import kind_of
from lonja.billing.models import Credit, FollowUp, Invoice, ReferenceRole, Status
from lonja.billing.pdf import invoice_pdf, page_images
from lonja.billing.regimes import active_regime
from lonja.billing.reports import MAIL_TONES
from lonja.billing.views.editor import issue_and_go
from lonja.kit.errors import Refused
from lonja.mail.models import Bounce, MailStatus, OutgoingMail
from lonja.ui.once import once
from lonja.ui.shortcuts import toast

NAMES = {
    ReferenceRole.CORRECTS: _lazy("Rectifica a"),
    ReferenceRole.SUBSTITUTES: _lazy("Sustituye a"),
    ReferenceRole.RECAPITULATES: _lazy("Recapitula"),
    ReferenceRole.ADVANCE: _lazy("Descuenta el anticipo"),
}
NAMED_BY = {
    ReferenceRole.CORRECTS: _lazy("Rectificada por"),
    ReferenceRole.SUBSTITUTES: _lazy("Cambiada por la factura completa"),
    ReferenceRole.RECAPITULATES: _lazy("Recapitulada en"),
    ReferenceRole.ADVANCE: _lazy("Anticipo descontado en"),
}

# An image of our own making, opened by itself: it needs nothing from anywhere.
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def shown(request: HttpRequest, pk: int) -> Invoice:
    """The invoice with what its page needs. 404 when the member may not see it."""
    rows = Invoice.objects.select_related(
        "company", "party", "series", "agent__user", "pdf", "created_by__user"
    )
    return get_visible(request, rows, pk)


@member_required(permissions.VIEW)
@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = shown(request, pk)
    member = request.member  # type: ignore[attr-defined]
    if found.is_draft and member.can(permissions.EDIT):
        return HttpResponseRedirect(reverse("billing:invoice_edit", args=[found.pk]))
    return render(request, "billing/invoice.html", _context(request, found))


def _context(request: HttpRequest, found: Invoice) -> dict[str, Any]:
    member = request.member  # type: ignore[attr-defined]
    today = found.company.today()
    regime = active_regime(found.company)
    problem: Refused | None = None
    pages: list[str] = []
    try:
        pages = page_images(found)
    except Refused as refused:  # a logo lost or a text that cannot be drawn: the page still opens
        problem = refused
    is_open = not found.is_draft and found.outstanding_cents > 0
    return {
        "invoice": found,
        "state": found.state(today),
        "already": 0 if found.is_draft else found.charged_cents - found.payable_cents,
        "late_days": (today - found.next_due_on).days
        if found.next_due_on and found.is_overdue(today)
        else 0,
        "page_numbers": range(1, len(pages) + 1),
        "document_problem": problem,
        "payments": balances.payments_of(found) if member.can(permissions.PAYMENTS) else None,
        **_balance(member, found),
        **on_its_way(found),
        "record": regime.told(found) if regime is not None and not found.is_draft else None,
        "events": _history(member, found),
        "may_settle": is_open and member.can(permissions.SETTLE),
        "may_undo": member.can(permissions.SETTLE),
        "may_send": found.status == Status.ISSUED and member.can(permissions.SEND),
        "may_edit": member.can(permissions.EDIT),
        "downloads": _downloads(found),
        **_relations(member, found),
    }


def _relations(member: Any, found: Invoice) -> dict[str, Any]:
    """What it names and what names it, and whether it may be corrected or exchanged."""
    if found.is_draft:
        return {}
    related = reports.relations(found)
    may = member.can(permissions.EDIT) and found.status == Status.ISSUED
    exchanged = any(r == ReferenceRole.SUBSTITUTES and not mine for r, _n, _pk, mine in related)
    simple = kind_of(found.kind).legal == "F2"
    return {
        "related": [
            ((NAMES if mine else NAMED_BY)[role], number, pk) for role, number, pk, mine in related
        ],
        "may_correct": may and not exchanged,
        "may_exchange": may and simple and not exchanged,
    }


def _downloads(found: Invoice) -> list[dict[str, Any]]:
    """What «Descargar» offers beside the PDF."""
    if found.is_draft:
        return []
    return [
        {
            "label": one.label,
            "icon": one.icon,
            "url": reverse(one.url_name, args=[found.pk, *one.args]),
        }
        for one in hooks.downloads()
    ]


def _balance(member: Any, found: Invoice) -> dict[str, Any]:
    """The credit that could pay it or, of one in the customer's favour, its own."""
    if found.is_draft or not member.can(permissions.PAYMENTS):
        return {}
    if found.charged_cents < 0:
        credit = Credit.objects.filter(invoice=found).first()
        uses = balances.uses_of_credit(credit) if credit is not None else []
        return {"own_credit": credit, "uses": uses}
    told: dict[str, Any] = {"terms": balances.terms_of(found)}
    if found.outstanding_cents > 0:
        credits = balances.open_credits_of(found.party_id, found.company_id)
        told["credit_left"] = sum(row.remaining_cents for row in credits)
    return told


def _mails(found: Invoice) -> list[OutgoingMail]:
    rows = OutgoingMail.objects.filter(about_type="billing.invoice", about_id=found.pk)
    mails = list(rows.defer("html").order_by("-id")[:20])
    for mail in mails:
        mail.tone = MAIL_TONES.get(MailStatus(mail.status), "mut")  # type: ignore[attr-defined]
    return mails


def on_its_way(found: Invoice) -> dict[str, Any]:
    """Its mails, the steps it has gone through, what waits and what was noted."""
    mails = _mails(found)
    follow = FollowUp.objects.filter(invoice=found).first()
    waiting = [m for m in mails if m.status in (MailStatus.QUEUED, MailStatus.HELD) and m.zone]
    for mail in waiting:
        local = mail.not_before.astimezone(ZoneInfo(mail.zone))
        mail.leaves = f"{local:%d/%m/%Y %H:%M}"  # type: ignore[attr-defined]
    noted = Bounce.objects.filter(mail__in=[mail.pk for mail in mails], is_hard=False)
    return {
        "mails": mails,
        "steps": [] if found.is_draft else steps(found, mails[::-1], follow),
        "waiting": waiting[0] if waiting else None,
        "follow": follow,
        "noted": list(noted.order_by("-id")[:5]) if mails else [],
    }


def _history(member: Any, found: Invoice) -> list[Any]:
    events = Event.objects.filter(target_type="billing.invoice", target_id=found.pk)
    events = events.exclude(verb__in=hidden_verbs(member))
    return [told(event) for event in events.order_by("-id")[:30]]


@member_required(permissions.VIEW)
@require_safe
def page_image(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A page of the document as SVG."""
    found = shown(request, pk)
    pages = page_images(found)
    if not 1 <= number <= len(pages):
        raise Http404
    response = HttpResponse(pages[number - 1], content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = _IMAGE_POLICY
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


@member_required(permissions.VIEW)
@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The original: the same bytes each time."""
    file = invoice_pdf(shown(request, pk))
    response = HttpResponse(file.read(), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# What issuing looks at before it reads the draft again, locked.
_draft = Seen(
    Invoice,
    lambda rows: (
        rows.filter(pk=Slot("pk"))
        .select_related("company")
        .only("status", "issued_on", "updated_at", "company__territory")[:1]
    ),
)


@member_required(permissions.ISSUE)
@require_POST
@once
def emission(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a saved draft. `enviar=1` also puts its mail in the outbox."""
    found = get_visible(request, _draft, pk)
    if not found.is_draft:
        return HttpResponseRedirect(reverse("billing:invoice", args=[found.pk]), status=303)
    found.issued_on = found.issue_day()
    return issue_and_go(request, found, send=request.POST.get("enviar") == "1")


@member_required(permissions.EDIT)
@require_POST
@once
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    found = shown(request, pk)
    copy = duplicate_invoice(found, by=request.member, on=found.company.today())  # type: ignore[attr-defined]
    toast(request, _("Este borrador es la copia: la factura de la que sale no ha cambiado"))
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[copy.pk]), status=303)


@member_required(permissions.EDIT)
@require_POST
@once
def draft_delete(request: HttpRequest, pk: int) -> HttpResponse:
    event = delete_draft(shown(request, pk), by=request.member)  # type: ignore[attr-defined]
    undo = reverse("billing:draft_restore", args=[event.pk])
    toast(request, _("Borrador borrado"), undo=undo)
    return HttpResponseRedirect(reverse("billing:invoice_list"), status=303)


@member_required(permissions.EDIT)
@require_POST
@once
def draft_restore(request: HttpRequest, event_id: int) -> HttpResponse:
    """Undo a deletion of one's own, of the last day."""
    member = request.member  # type: ignore[attr-defined]
    since = timezone.now() - timedelta(days=1)
    events = Event.objects.filter(verb="billing.draft_deleted", at__gte=since)
    event = events.filter(pk=event_id, actor=member).first()
    if event is None:
        raise Http404
    restored = restore_draft(event, by=member)
    toast(request, _("Borrador recuperado"))
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[restored.pk]), status=303)
