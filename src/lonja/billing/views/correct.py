"""«Rectificar», rebates, receipts exchanged, and the adviser of kinds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions, reports
from lonja.billing.actions.correct import (
    CAUSES,
    deadline_of,
    refuse_unless_correctable,
    start_correction,
    start_rebate,
)
from lonja.billing.actions.exchange import refuse_unless_receipts, start_exchange
from lonja.billing.adviser import CORRECTIVE, advise
from lonja.billing.forms.correct import AdviserForm, CorrectionForm, ExchangeForm, RebateForm
from lonja.billing.kinds import KINDS, PROFORMA, SUBSTITUTE, blank_kinds
from lonja.billing.left import left_of
from lonja.billing.models import CreditChoice, Invoice
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, refused_form

_FORM = ["GET", "HEAD", "POST"]
MOST = 100


def _chosen(request: HttpRequest, data: QueryDict) -> list[Invoice]:
    """The invoices named by `con`, in order of date; others are left out."""
    ids = {int(v) for v in data.getlist("con")[:MOST] if v.isascii() and v.isdigit()}
    rows = Invoice.objects.visible_to(request.member).select_related("company", "party")  # type: ignore[attr-defined]
    return list(rows.filter(pk__in=ids).order_by("issued_on", "pk"))


@member_required(permissions.EDIT)
@require_http_methods(_FORM)
@once
def correction_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Questions about what happened to an issued invoice; they lead to the draft that corrects
    it (and others of the same client, with `con`)."""
    rows = Invoice.objects.select_related("company", "party")
    first = get_visible(request, rows, pk)
    data = request.POST if request.method == "POST" else request.GET
    originals = [first, *(one for one in _chosen(request, data) if one.pk != first.pk)]
    refuse_unless_correctable(originals)
    today = first.company.today()
    late = [one for one in originals if deadline_of(one) < today]
    posted = request.POST if request.method == "POST" else None
    form = CorrectionForm(posted, originals=originals, late=bool(late), today=today)
    left = left_of(originals)
    context: dict[str, Any] = {
        "invoice": first,
        "form": form,
        "originals": originals,
        "late": [(one, deadline_of(one)) for one in late],
        "left": format_eur(from_cents(left.total_cents)),
        "corrections": left.corrections,
        "others": reports.others_to_correct(request.member, first),  # type: ignore[attr-defined]
        "chosen": {one.pk for one in originals},
    }
    template = "billing/correction.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    answers = form.cleaned_data
    cause = CAUSES[answers["cause"]]
    try:
        draft = start_correction(
            originals,
            cause,
            correction=answers["correction"] or cause.correction,
            reason=answers["reason"],
            on=today,
            art80_circumstance=answers.get("art80_circumstance", ""),
            art80_on=answers.get("art80_on"),
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    if any(one.outstanding_cents > 0 for one in originals):
        # Proposed: left as balance, the invoice would still be asked to be paid.
        draft.credit_choice = CreditChoice.APPLY
        draft.save(update_fields=["credit_choice"])
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[draft.pk]), status=303)


def _company(request: HttpRequest) -> Any:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused(
            "no_company",
            _("Aún no hay ninguna empresa que emita. Créala en Configuración › Empresa."),
        )
    return company


@member_required(permissions.EDIT)
@require_http_methods(_FORM)
@once
def rebate_new(request: HttpRequest) -> HttpResponse:
    """A volume rebate: client, period and reason; its lines are written in the editor."""
    company, member = _company(request), request.member  # type: ignore[attr-defined]
    asked = request.GET.get("cliente", "")
    initial = {"party": int(asked)} if asked.isascii() and asked.isdigit() else {}
    form = RebateForm(request.POST or None, member=member, initial=initial)
    if not form.is_bound:
        return render(request, "billing/rebate.html", {"form": form})
    if not form.is_valid():
        return invalid(request, "billing/rebate.html", {"form": form})
    answers = form.cleaned_data
    draft = start_rebate(
        answers["party"],
        company,
        period=answers["period"],
        reason=answers["reason"],
        on=company.today(),
        by=member,
    )
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[draft.pk]), status=303)


@member_required(permissions.EDIT)
@require_http_methods(_FORM)
@once
def exchange_new(request: HttpRequest) -> HttpResponse:
    """Receipts (`con`) that become one full invoice for a client: the draft of an F3."""
    member = request.member  # type: ignore[attr-defined]
    receipts = _chosen(request, request.POST if request.method == "POST" else request.GET)
    refuse_unless_receipts(receipts)
    form = ExchangeForm(request.POST if request.method == "POST" else None, member=member)
    context = {
        "form": form,
        "receipts": receipts,
        "total": format_eur(from_cents(left_of(receipts).total_cents)),
    }
    template = "billing/exchange.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    party: Party = form.cleaned_data["party"]
    try:
        draft = start_exchange(receipts, party, on=receipts[0].company.today(), by=member)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[draft.pk]), status=303)


@member_required(permissions.EDIT)
@require_safe
def adviser(request: HttpRequest) -> HttpResponse:
    """«¿Qué factura necesito?»: three questions, a kind, its article and a button."""
    form = AdviserForm(request.GET if request.GET.get("purpose") else None)
    company = request.company  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": form, "kinds": blank_kinds()}
    if form.is_bound and form.is_valid():
        answers = form.cleaned_data
        today = company.today() if company is not None else timezone.localdate()
        found = advise(**answers, company=company, on=today)
        context |= {"advice": found, "title": _title(found.kind), "go": _go(found.kind)}
    elif form.is_bound:
        return invalid(request, "billing/adviser.html", context)
    return render(request, "billing/adviser.html", context)


def _title(code: str) -> str:
    return str(KINDS[code].label) if code in KINDS else _("Rectificativa")


def _go(code: str) -> tuple[str, str]:
    """Words and address of the button that goes on."""
    invoices = reverse("billing:invoice_list")
    if code == CORRECTIVE:
        return _("Elegir la factura que se corrige"), invoices
    if code == SUBSTITUTE:
        return _("Elegir los tiques que se cambian"), f"{invoices}?tipo=simplified"
    if code == PROFORMA:
        return _("Preparar el borrador"), reverse("billing:invoice_new")
    return _("Empezar la factura"), f"{reverse('billing:invoice_new')}?tipo={code}"
