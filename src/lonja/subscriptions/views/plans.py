"""Plans: the editor, the page of one, and what may be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.parties.models import Party
from lonja.subscriptions import permissions
from lonja.subscriptions.actions import plans as verbs
from lonja.subscriptions.calendar import next_dates
from lonja.subscriptions.forms import PlanForm, PlanLineForm
from lonja.subscriptions.models import Obligation, Plan, PlanStatus
from lonja.subscriptions.tables import TONES
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refuse_into, toast

PlanLines = formset_factory(
    PlanLineForm, extra=0, can_order=True, can_delete=True, max_num=200, absolute_max=200
)
PREFIX = "lineas"


def _lines(request: HttpRequest, plan: Plan | None) -> BaseFormSet:
    territory = request.company.territory  # type: ignore[attr-defined]
    options: dict[str, Any] = {"prefix": PREFIX, "form_kwargs": {"territory": territory}}
    if request.method == "POST":
        return PlanLines(request.POST, **options)
    initial: list[dict[str, Any]] = [{"quantity": Decimal(1)}]
    if plan is not None:
        initial = [
            {name.removesuffix("_id"): getattr(line, name) for name in verbs.LINE_FIELDS}
            for line in plan.lines.all()
        ] or initial
    return PlanLines(initial=initial, **options)


def _rights(request: HttpRequest) -> dict[str, bool]:
    member = request.member  # type: ignore[attr-defined]
    return {"can_edit": member.can(permissions.EDIT), "can_run": member.can(permissions.RUN)}


def _line_values(lines: BaseFormSet) -> list[dict[str, Any]]:
    """The lines with a concept, in their order, as `start_plan` wants them."""
    kept = []
    for form in lines.ordered_forms:
        values = form.cleaned_data
        if not (values.get("concept") or "").strip():
            continue
        kept.append(
            {
                "product_id": values.get("product") or None,
                "concept": values["concept"].strip(),
                "detail": values.get("detail") or "",
                "quantity": values["quantity"] if values["quantity"] is not None else Decimal(1),
                "unit": values.get("unit") or "",
                "unit_price": values["unit_price"] or Decimal(0),
                "discount_pct": values.get("discount_pct") or Decimal(0),
                "tax_category": values.get("tax_category") or "iva_general",
            }
        )
    return kept


def _form(request: HttpRequest, plan: Plan | None, party: Party | None) -> PlanForm:
    initial: dict[str, Any] = {"anchor": request.company.today(), "party": party}  # type: ignore[attr-defined]
    if plan is not None:
        initial = {name: getattr(plan, name) for name in PlanForm.base_fields}
    form = PlanForm(request.POST or None, initial=initial)
    form.fields["party"].queryset = Party.objects.visible_to(request.member)  # type: ignore[attr-defined]
    if plan is not None:
        form.fields["party"].disabled = True
    return form


@member_required("subscriptions.edit")
@once
def plan_new(request: HttpRequest) -> HttpResponse:
    """«Nueva plantilla»; `?cliente=<id>` comes with the client chosen."""
    party = None
    if client := row_id(request.GET.get("cliente", "")):
        party = get_visible(request, Party, client)
    return _edit(request, None, party)


@member_required("subscriptions.edit")
@once
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_visible(request, Plan.objects.select_related("party", "company"), pk)
    return _edit(request, plan, plan.party)


def _edit(request: HttpRequest, plan: Plan | None, party: Party | None) -> HttpResponse:
    form, lines = _form(request, plan, party), _lines(request, plan)
    context = {"form": form, "lines": lines, "plan": plan, "prefix": PREFIX}
    if request.method != "POST":
        return render(request, "subscriptions/plan_edit.html", context)
    if not (form.is_valid() & lines.is_valid()):
        for line in lines.forms:
            for name, errors in line.errors.items():
                label = line.fields[name].label if name in line.fields else ""
                form.add_error(None, f"{label}: {' '.join(errors)}")
        return invalid(request, "subscriptions/plan_edit.html", context)
    values = form.cleaned_data
    if values["discount_pct"] is None:
        values["discount_pct"] = Decimal(0)
    try:
        saved = _save(request, plan, values, _line_values(lines))
    except Refused as error:
        refuse_into(form, error)
        return invalid(request, "subscriptions/plan_edit.html", context, status=409)
    toast(request, _("Plantilla guardada"))
    return done(request, reverse("subscriptions:plan", args=[saved.pk]))


def _save(
    request: HttpRequest, plan: Plan | None, values: dict[str, Any], lines: Sequence[dict[str, Any]]
) -> Plan:
    member, company = request.member, request.company  # type: ignore[attr-defined]
    if plan is None:
        payment_method = values.pop("payment_method")
        started = verbs.start_plan(company=company, lines=lines, by=member, **values)
        if payment_method:
            Plan.objects.filter(pk=started.pk).update(payment_method=payment_method)
        return started
    values.pop("party")
    changed = {name: new for name, new in values.items() if getattr(plan, name) != new}
    return verbs.change_plan(plan, changed, lines, by=member, on=company.today())


@member_required("subscriptions.view")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """What it bills, when, what it billed, and its history."""
    row = get_visible(request, Plan.objects.select_related("party", "company", "series"), pk)
    obligations = (
        Obligation.objects.filter(plan=row).select_related("invoice").order_by("-period_start")[:24]
    )
    return render(
        request,
        "subscriptions/plan.html",
        {
            "plan": row,
            "tone": TONES[row.status],
            "lines": row.lines.all(),
            "dates": next_dates(row) if row.status == PlanStatus.ACTIVE else [],
            "obligations": obligations,
            "events": [
                told(event)
                for event in Event.objects.filter(
                    target_type="subscriptions.plan", target_id=row.pk
                ).order_by("-pk")[:20]
            ],
            **_rights(request),
        },
    )


def _change(request: HttpRequest, pk: int, verb: Any, said: str, **more: Any) -> HttpResponse:
    row = get_visible(request, Plan, pk)
    company = request.company  # type: ignore[attr-defined]
    on = company.today()
    try:
        if request.POST.get("desde"):
            on = parse_date(request.POST["desde"], on)
        verb(row, by=request.member, on=on, **more)  # type: ignore[attr-defined]
    except Refused as error:
        toast(request, str(error), tone="bad")
    else:
        toast(request, said)
    return done(request, reverse("subscriptions:plan", args=[pk]))


@member_required("subscriptions.edit")
@require_POST
@once
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, verbs.pause_plan, _("Plantilla en pausa"))


@member_required("subscriptions.edit")
@require_POST
@once
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, verbs.resume_plan, _("Plantilla reanudada"))


@member_required("subscriptions.edit")
@require_POST
@once
def end(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("motivo", "")[:200]
    return _change(request, pk, verbs.end_plan, _("Plantilla dada de baja"), reason=reason)


@member_required("subscriptions.view")
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    """«Servicios» of a client."""
    from lonja.ui.shortcuts import panel

    party = get_visible(request, Party, party_id)
    rows = Plan.objects.visible_to(request.member).filter(party=party).order_by("status", "next_on")  # type: ignore[attr-defined]
    return panel(
        request,
        "subscriptions/client_tab.html",
        {
            "party": party,
            "plans": [(row, TONES[row.status]) for row in rows[:200]],
            **_rights(request),
            "monthly": sum(row.monthly_cents for row in rows if row.status == PlanStatus.ACTIVE),
        },
        home=f"{reverse('parties:client', args=[party_id])}?tab=servicios",
    )
