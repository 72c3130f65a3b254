"""The declaración responsable, and the last numbers after a restore."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import lonja
from lonja.accounts.access import get_visible, member_required
from lonja.activity import record
from lonja.billing.actions.numbers import confirm_last_numbers, counters_in_use
from lonja.fiscal import permissions
from lonja.fiscal.declaration import TITLE, digest, sections, sign
from lonja.fiscal.forms import NumbersForm, ProducerForm
from lonja.fiscal.models import Declaration, Producer
from lonja.fiscal.views.overview import company_of
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def declaration(request: HttpRequest) -> HttpResponse:
    """The declaration of this version as it reads, those signed, and who answers for it."""
    company = company_of(request)
    member = request.member  # type: ignore[attr-defined]
    may_manage = member.can(permissions.MANAGE)
    producer = Producer.objects.first()
    start = producer or Producer(name=company.legal_name, nif=company.nif, place=company.city)
    form = ProducerForm(request.POST if request.method == "POST" else None, instance=start)
    if request.method == "POST" and not may_manage:
        raise Refused("may_not_manage", _("Tu rol no puede cambiar la declaración responsable."))
    if form.is_bound and form.is_valid():
        kept = form.save()
        record(member, "fiscal.producer_changed", kept)
        toast(request, _("Datos de la declaración guardados"))
        return done(request, reverse("fiscal:declaration"))
    rows = sections(producer, company.today())
    context = {
        "title": TITLE,
        "sections": rows,
        "signed": Declaration.objects.select_related("by__user").order_by("-pk"),
        "is_signed": _is_signed(rows),
        "producer": producer,
        "form": form,
        "may_manage": may_manage,
        "version": lonja.__version__,
    }
    if form.is_bound:
        return invalid(request, "fiscal/declaration.html", context)
    return render(request, "fiscal/declaration.html", context)


def _is_signed(rows: list[list[object]]) -> bool:
    """Whether this version was signed as it reads, whatever the day."""
    kept = Declaration.objects.filter(version=lonja.__version__)
    return any(one.sections[:-1] == rows[:-1] for one in kept) and bool(digest(rows))


@member_required(permissions.VIEW)
@require_safe
def declaration_signed(request: HttpRequest, pk: int) -> HttpResponse:
    """One that was signed, as it was."""
    kept = get_visible(request, Declaration.objects.select_related("by__user"), pk)
    context = {"title": TITLE, "sections": kept.sections, "kept": kept}
    return render(request, "fiscal/declaration_signed.html", context)


@member_required(permissions.MANAGE)
@require_POST
@once
def declaration_sign(request: HttpRequest) -> HttpResponse:
    kept = sign(company_of(request).today(), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Declaración de la versión %(version)s firmada") % {"version": kept.version})
    return done(request, reverse("fiscal:declaration"))


@member_required(permissions.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def numbers(request: HttpRequest) -> HttpResponse:
    """After a restore: say the last numbers really issued, and issuing goes on."""
    organisation = request.organisation  # type: ignore[attr-defined]
    if not organisation.issuing_blocked_reason:
        return HttpResponseRedirect(reverse("fiscal:overview"))
    counters = counters_in_use()
    form = NumbersForm(request.POST if request.method == "POST" else None, counters=counters)
    context = {"form": form, "reason": organisation.issuing_blocked_reason, "counters": counters}
    template = "fiscal/numbers.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        confirm_last_numbers(form.last(), by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Ya se puede emitir. Empieza una cadena de registros nueva."))
    return done(request, reverse("fiscal:overview"))
