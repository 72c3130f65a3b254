"""«Seguimiento» of one quote: its live part, calls and mails, more time."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import member_required
from lonja.accounts.models import Membership
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions.contacts import log_contact
from lonja.sales.actions.start import plans_of
from lonja.sales.actions.track import WANTS_MAIL
from lonja.sales.actions.validity import extend_validity
from lonja.sales.follow_forms import ContactForm
from lonja.sales.follow_table import later_than
from lonja.sales.tracking import fingerprint
from lonja.sales.views.quote import followed, get_quote
from lonja.tasks.models import InteractionKind
from lonja.tasks.permissions import EDIT as TASKS
from lonja.ui import requests
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

ICONS = {"call": "phone", "visit": "map-pin", "note": "note", "mail": "mail"}


@member_required(permissions.VIEW)
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes by itself on the page of a quote, while it is open; 304 when nothing did.

    `estado` is the state the page was drawn in: when it is another, the answer says so.
    """
    one = get_quote(request, pk)
    if not requests.is_fragment(request):
        return redirect("sales:quote", one.pk)
    member = request.member  # type: ignore[attr-defined]
    plans = plans_of(one) if one.service_started_at else []
    mark = f'"{fingerprint(one, plans, timezone.now())}"'
    response = get_conditional_response(request, etag=mark)
    if response is None:
        drawn = request.GET.get("estado", "")
        now_is = f"{one.status}-{one.version}"
        context = {
            **followed(one, member),
            "moved_on": bool(drawn) and drawn != now_is,
            "may_edit": member.can(permissions.EDIT),
            "may_plan": member.can(TASKS),
        }
        response = render(request, "sales/live.html", context)
    response.headers["ETag"] = mark
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def contact(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Write down a call, a visit, a note or a mail about this quote."""
    one = get_quote(request, pk)
    if kind not in InteractionKind.values:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = ContactForm(data, kind=kind, company=one.company)
    template = "sales/quote_contact.html"
    context = {"quote": one, "form": form, "kind": InteractionKind(kind), "icon": ICONS[kind]}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    told = form.cleaned_data
    try:
        log_contact(
            one,
            kind,
            text=told["text"],
            by=request.member,  # type: ignore[attr-defined]
            at=form.moment(),
            result=told.get("result", ""),
            minutes=told.get("minutes"),
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Apuntado en el seguimiento y en la actividad del cliente"))
    return done(request, reverse("sales:quote", args=[one.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def extend_now(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, fifteen days more, in one click of the list."""
    one = get_quote(request, pk)
    quote = extend_validity(one, until=later_than(one), by=request.member)  # type: ignore[attr-defined]
    toast(
        request,
        _("%(number)s es válido hasta el %(date)s")
        % {"number": quote.number, "date": f"{quote.valid_until:%d/%m/%Y}"},
    )
    return done(request, reverse("sales:follow_list"))


@member_required(permissions.VIEW)
@require_POST
@once
def mail_me(request: HttpRequest) -> HttpResponse:
    """Switch the mail that goes with the notice «… está viendo …», for oneself."""
    member: Membership = request.member  # type: ignore[attr-defined]
    wants = request.POST.get("quiero") == "1"
    with transaction.atomic():
        row = Membership.objects.locked(member)
        row.preferences = {**row.preferences, WANTS_MAIL: wants}
        row.save(update_fields=["preferences"])
    if wants:
        toast(request, _("Te avisaremos también por correo cuando abran un presupuesto tuyo"))
    else:
        toast(request, _("Ya no te avisaremos por correo; el aviso de la campana sigue"))
    return done(request, reverse("sales:follow_list"))
