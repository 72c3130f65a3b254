"""«Cobros» by client, reminders, disputes and claims."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import balances, late, permissions
from lonja.billing.actions.remind import (
    claim_late,
    close_claim,
    close_dispute,
    ensure_steps,
    first_steps,
    open_dispute,
    send_reminder,
)
from lonja.billing.collections_table import AGES, CollectionsTable, age_filter, moved_by_terms
from lonja.billing.forms.collection import ClaimForm, DisputeForm, ReminderForm
from lonja.billing.models import ClaimState, Invoice, LateClaim, Reminder
from lonja.billing.sending import language_of
from lonja.billing.terms_due import later_terms
from lonja.documents.figures import writing_to
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents
from lonja.parties.models import Party
from lonja.ui import formats
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_MOST = 200


@member_required(permissions.PAYMENTS)
@require_safe
def clients(request: HttpRequest) -> HttpResponse:
    """Who owes, by age, the most overdue first. Five queries."""
    member = request.member  # type: ignore[attr-defined]
    today = timezone.localdate()
    rows = Invoice.objects.visible_to(member).unpaid().filter(outstanding_cents__gt=0)
    sums = {
        f"age{number}": Sum("outstanding_cents", filter=age_filter(age[0], today))
        for number, age in enumerate(AGES)
    }
    # Those merged into another count for the one that was kept.
    found = (
        rows.order_by()
        .values(root=Coalesce("party__merged_into_id", "party_id"))
        .annotate(
            n=Count("pk"),
            owed=Sum("outstanding_cents"),
            overdue=Sum("outstanding_cents", filter=Q(next_due_on__lt=today)),
            **sums,
        )
    )
    top = list(found.order_by(F("overdue").desc(nulls_last=True), "-owed")[: _MOST + 1])
    by_terms({row["root"]: row for row in top}, rows, today)
    top.sort(key=lambda row: (-(row["overdue"] or 0), -row["owed"]))
    names = Party.objects.in_bulk([row["root"] for row in top])
    credit = balances.credit_by_party(member, names)
    shown = [
        {
            "party": names[row["root"]],
            "n": row["n"],
            "owed": row["owed"],
            "overdue": row["overdue"] or 0,
            "ages": [row[f"age{number}"] or 0 for number in range(len(AGES))],
            "credit": credit.get(row["root"], 0),
        }
        for row in top[:_MOST]
    ]
    state = CollectionsTable(member, request.GET)
    context = {
        "rows": shown,
        "has_more": len(top) > _MOST,
        "heads": [age[1] for age in AGES],
        "table": state,
        "switch": [
            {"url": action.url(), "label": action.label, "on": action.url() == request.path}
            for action in CollectionsTable.switch
        ],
        "may_settle": member.can(permissions.SETTLE),
    }
    return render(request, "billing/collections_clients.html", context)


def by_terms(shown: dict[int, dict[str, Any]], rows: Any, today: date) -> None:
    """Put what is owed in terms at the age of each term, in rows summed by whole invoices."""
    root = Coalesce("invoice__party__merged_into_id", "invoice__party_id")
    terms = later_terms(rows, today).values(root=root).filter(root__in=list(shown))
    not_due = Sum("amount_cents", filter=Q(due_on__gte=today), default=0)
    for found in terms.annotate(not_due=not_due, **moved_by_terms(today, "age")):
        row = shown[found["root"]]
        for number in range(len(AGES)):
            row[f"age{number}"] = (row[f"age{number}"] or 0) + found[f"age{number}"]
        row["overdue"] -= found["not_due"]


def _invoice(request: HttpRequest, pk: int) -> Invoice:
    return get_visible(request, Invoice.objects.select_related("company", "party"), pk)


@member_required(permissions.SEND)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """The next reminder of an invoice, as it will go; it may be changed before."""
    found = _invoice(request, pk)
    member, today = request.member, found.company.today()  # type: ignore[attr-defined]
    if request.method == "POST":
        ensure_steps(found.company)
    sent = list(Reminder.objects.filter(invoice=found).select_related("step"))
    steps = late.steps_of(found.company) or first_steps(found.company)
    plan = late.plan_of(found, steps, sent, today)
    initial: dict[str, Any] = {"to": found.party.addresses_for("reminder")}
    if plan.next is not None:
        initial["subject"], initial["text"] = late.words_of(plan.next, found, today)
    form = ReminderForm(request.POST or None, initial=initial)
    context = {
        "form": form,
        "invoice": found,
        "plan": plan,
        "sent": sent,
        "is_late": found.is_overdue(today),
        "may_configure": member.can(permissions.COLLECTION),
    }
    if not form.is_bound:
        return render(request, "billing/remind.html", context)
    if not form.is_valid():
        return invalid(request, "billing/remind.html", context)
    try:
        if plan.next is None:
            raise Refused("no_step_left", _("No queda ningún recordatorio por enviar."))
        send_reminder(found, plan.next, by=member, **form.cleaned_data)
    except Refused as refused:
        return refused_form(request, "billing/remind.html", context, form, refused)
    toast(request, _("Recordatorio en el correo saliente"))
    return done(request, reverse("billing:invoice", args=[found.pk]))


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the customer does not accept an invoice, or that it is settled."""
    found = _invoice(request, pk)
    member = request.member  # type: ignore[attr-defined]
    back = reverse("billing:invoice", args=[found.pk])
    if request.method == "POST" and request.POST.get("accion") == "cerrar":
        close_dispute(found, by=member)
        toast(request, _("Disputa cerrada: los recordatorios siguen"))
        return done(request, back)
    form = DisputeForm(request.POST or None, initial={"reason": found.dispute_reason})
    context = {"form": form, "invoice": found}
    if not form.is_bound:
        return render(request, "billing/dispute.html", context)
    if not form.is_valid():
        return invalid(request, "billing/dispute.html", context)
    try:
        open_dispute(found, reason=form.cleaned_data["reason"], by=member)
    except Refused as refused:
        return refused_form(request, "billing/dispute.html", context, form, refused)
    toast(request, _("Disputa anotada: no se enviarán recordatorios"))
    return done(request, back)


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Interest and 40 € of Ley 3/2004: how much on a day, and asking for it."""
    found = _invoice(request, pk)
    today = found.company.today()
    due: late.Claim | None = None
    why: Refused | None = None
    try:
        due = late.claim_on(found, today)
    except Refused as refused:
        why = refused
    with writing_to(language_of(found)) as write:  # a letter to the customer
        facts = {
            "number": found.number,
            "interest": write.money(from_cents(due.interest)) if due else "",
            "costs": write.money(from_cents(due.costs)) if due else "",
            "total": write.money(from_cents(due.total)) if due else "",
            "day": write.day(today),
            "company": found.company.display_name,
        }
        text = (
            _(
                "Por el retraso en el pago de la factura %(number)s os reclamamos, conforme a los "
                "artículos 5, 7 y 8 de la Ley 3/2004, %(interest)s de intereses de demora hasta el "
                "%(day)s y %(costs)s por los costes de cobro: %(total)s en total.\n\n%(company)s"
            )
            % facts
        )
    form = ClaimForm(request.POST or None, initial={"to": found.party.mail_addresses, "text": text})
    claims = list(LateClaim.objects.filter(invoice=found).select_related("by__user").order_by("pk"))
    context = {
        "form": form,
        "invoice": found,
        "due": due,
        "why": why,
        "claims": claims,
        "is_open": any(row.state == ClaimState.OPEN for row in claims),
    }
    if not form.is_bound:
        return render(request, "billing/claim.html", context)
    if not form.is_valid():
        return invalid(request, "billing/claim.html", context)
    try:
        made = claim_late(found, by=request.member, on=today, **form.cleaned_data)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, "billing/claim.html", context, form, refused)
    toast(request, _("Reclamados %(amount)s") % {"amount": formats.money(made.total_cents)})
    return done(request, reverse("billing:invoice", args=[found.pk]))


@member_required(permissions.SETTLE)
@require_POST
@once
def claim_close(request: HttpRequest, claim_id: int) -> HttpResponse:
    row = LateClaim.objects.filter(pk=claim_id).first()
    found = _invoice(request, row.invoice_id if row is not None else 0)
    assert row is not None  # noqa: S101 - without it there is no invoice 0
    close_claim(row, state=request.POST.get("estado", ""), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Reclamación cerrada"))
    return done(request, reverse("billing:invoice", args=[found.pk]))
