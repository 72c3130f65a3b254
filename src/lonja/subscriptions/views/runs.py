"""Billing runs: asking for one, and what each did."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.jobs import enqueue_once
from lonja.subscriptions import permissions
from lonja.subscriptions.actions.bill import due_plans, retry_obligation
from lonja.subscriptions.jobs import bill_now
from lonja.subscriptions.models import BillingRun, Obligation, Outcome
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast


@member_required("subscriptions.run")
@require_POST
@once
def run_now(request: HttpRequest) -> HttpResponse:
    """«Ejecutar ahora»: a job, so that the page can be closed; twice is one."""
    member = request.member  # type: ignore[attr-defined]
    waiting = Obligation.objects.filter(outcome=Outcome.REFUSED).exists()
    if not due_plans(timezone.now()).exists() and not waiting:
        toast(request, _("No hay nada pendiente de facturar ahora mismo."))
        return done(request, reverse("subscriptions:plan_list"))
    job = enqueue_once(bill_now, key="subscriptions.bill_now", by=member, member_id=member.pk)
    return done(request, f"{reverse('subscriptions:run_list')}?trabajo={job.pk}")


@member_required("subscriptions.view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Issued, refused and why."""
    row = get_visible(request, BillingRun.objects.select_related("by__user"), pk)
    member = request.member  # type: ignore[attr-defined]
    obligations = (
        Obligation.objects.visible_to(member)
        .filter(run=row)
        .select_related("plan__party", "invoice")
    )
    return render(
        request,
        "subscriptions/run.html",
        {
            "run": row,
            "later": row.refused
            - Obligation.objects.filter(run=row, outcome=Outcome.REFUSED).count(),
            "can_run": member.can(permissions.RUN),
            "refused": obligations.filter(outcome=Outcome.REFUSED).order_by("pk")[:500],
            "issued": obligations.exclude(outcome=Outcome.REFUSED).order_by("pk")[:500],
        },
    )


@member_required("subscriptions.run")
@require_POST
@once
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """«Reintentar» one period that was refused."""
    member = request.member  # type: ignore[attr-defined]
    obligation = get_visible(request, Obligation, pk)
    result = retry_obligation(obligation, by=member)
    if result.outcome == Outcome.REFUSED:
        toast(request, result.refusal, tone="bad")
    else:
        toast(request, _("Factura emitida"))
    target = reverse("subscriptions:plan", args=[obligation.plan_id])
    return done(request, target)
