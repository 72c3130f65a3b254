"""«Saldo utilizado»: seeing where credit went, applying it, giving it back, undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import balances, permissions
from lonja.billing.actions.credits import (
    apply_credits,
    refund_credit,
    undo_application,
    undo_refund,
)
from lonja.billing.forms.receipt import ApplyForm, RefundForm
from lonja.billing.models import Application, Credit, Invoice, Refund
from lonja.kit.errors import Refused
from lonja.ui import formats
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


def _invoice(request: HttpRequest, pk: int) -> Invoice:
    return get_visible(request, Invoice.objects.select_related("company", "party"), pk)


def _credit(request: HttpRequest, pk: int) -> Credit:
    rows = Credit.objects.select_related("company", "party", "invoice", "receipt")
    return get_visible(request, rows, pk)


def _home(party_id: int) -> str:
    return f"{reverse('parties:client', args=[party_id])}?tab=ventas"


@member_required(permissions.VIEW)
@require_safe
def balance_used(request: HttpRequest, pk: int) -> HttpResponse:
    """Which credit an invoice used or, of one in the customer's favour, where its own went."""
    found = _invoice(request, pk)
    credit = Credit.objects.filter(invoice=found).first() if found.charged_cents < 0 else None
    may = request.member.can(permissions.SETTLE)  # type: ignore[attr-defined]
    context = {
        "invoice": found,
        "credit": credit,
        "uses": balances.uses_of_invoice(found),
        "may_spend": may,
        "may_apply": may and found.outstanding_cents > 0,
    }
    return render(request, "billing/balance_used.html", context)


@member_required(permissions.VIEW)
@require_safe
def credit(request: HttpRequest, credit_id: int) -> HttpResponse:
    """A credit: of how much, what is left, and where the rest went."""
    found = _credit(request, credit_id)
    context = {
        "credit": found,
        "invoice": found.invoice,
        "uses": balances.uses_of_credit(found),
        "may_spend": request.member.can(permissions.SETTLE),  # type: ignore[attr-defined]
        "may_apply": False,
    }
    return render(request, "billing/balance_used.html", context)


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def apply_to_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """«Aplicar saldo»: from an invoice, which credits of its customer pay it."""
    found = _invoice(request, pk)
    credits = balances.open_credits_of(found.party_id, found.company_id)
    owed = [(row.pk, row.remaining_cents) for row in credits]
    form = _form(request, found, credits, found.outstanding_cents, owed, _("De"))
    context = {
        "form": form,
        "title": _("Aplicar saldo a %(number)s") % {"number": found.number},
        "lead": _("%(name)s · pendiente %(left)s")
        % {"name": found.party.name, "left": formats.money(max(0, found.outstanding_cents))},
        "rows": [
            {
                "name": str(row),
                "note": row.get_source_display(),
                "on": row.on,
                "cents": row.remaining_cents,
                "field": field,
            }
            for row, field in form.bound_rows()
        ],
        "head": _("Disponible"),
        "nothing": _("Este cliente no tiene saldo a favor."),
        "back": reverse("billing:invoice", args=[found.pk]),
    }
    by_id = {row.pk: row for row in credits}
    return _apply(
        request,
        form,
        context,
        lambda shares: [(by_id[key], found, cents) for key, cents in shares.items()],
    )


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def apply_credit(request: HttpRequest, credit_id: int) -> HttpResponse:
    """«Aplicar a…»: from a credit, which invoices of its customer it pays."""
    found = _credit(request, credit_id)
    invoices = balances.open_invoices_of(found.party_id, found.company_id)
    owed = [(row.pk, row.outstanding_cents) for row in invoices]
    form = _form(request, found, invoices, found.remaining_cents, owed, _("A la factura"))
    context = {
        "form": form,
        "title": _("Aplicar el saldo de %(name)s") % {"name": str(found)},
        "lead": _("%(name)s · quedan %(left)s")
        % {"name": found.party.name, "left": formats.money(found.remaining_cents)},
        "rows": [
            {
                "name": row.number,
                "note": "",
                "on": row.next_due_on,
                "cents": row.outstanding_cents,
                "field": field,
            }
            for row, field in form.bound_rows()
        ],
        "head": _("Pendiente"),
        "nothing": _("Este cliente no tiene facturas por cobrar."),
        "back": _home(found.party_id),
    }
    by_id = {row.pk: row for row in invoices}
    return _apply(
        request,
        form,
        context,
        lambda shares: [(found, by_id[key], cents) for key, cents in shares.items()],
    )


def _form(
    request: HttpRequest,
    about: Any,
    rows: Sequence[Any],
    amount: int,
    owed: Sequence[tuple[int, int]],
    said: str,
) -> ApplyForm:
    """Filled with as much as fits, the oldest first."""
    today = about.company.today()
    initial: dict[str, Any] = {"on": today}
    for key, cents in balances.oldest_first(max(0, amount), owed).items():
        if cents:
            initial[f"r{key}"] = cents
    return ApplyForm(request.POST or None, rows=rows, said=said, initial=initial, today=today)


def _apply(request: HttpRequest, form: ApplyForm, context: dict[str, Any], pairs: Any) -> Any:
    if not form.is_bound:
        return render(request, "billing/apply.html", context)
    if not form.is_valid():
        return invalid(request, "billing/apply.html", context)
    try:
        made = apply_credits(
            pairs(form.shares()),
            on=form.cleaned_data["on"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, "billing/apply.html", context, form, refused)
    cents = sum(row.amount_cents for row in made)
    undo = reverse("billing:application_undo", args=[made[0].pk]) if len(made) == 1 else ""
    toast(request, _("%(amount)s de saldo aplicados") % {"amount": formats.money(cents)}, undo=undo)
    return done(request, context["back"])


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def refund(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Give credit back to the customer."""
    found = _credit(request, credit_id)
    today = found.company.today()
    initial = {
        "amount": found.remaining_cents,
        "on": today,
        "method": found.party.payment_method,
    }
    form = RefundForm(request.POST or None, initial=initial, today=today)
    back = _home(found.party_id)
    context = {"form": form, "credit": found, "back": back}
    if not form.is_bound:
        return render(request, "billing/refund.html", context)
    if not form.is_valid():
        return invalid(request, "billing/refund.html", context)
    try:
        row = refund_credit(found, **form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, "billing/refund.html", context, form, refused)
    toast(
        request,
        _("Devolución de %(amount)s anotada") % {"amount": formats.money(row.amount_cents)},
        undo=reverse("billing:refund_undo", args=[row.pk]),
    )
    return done(request, back)


@member_required(permissions.SETTLE)
@require_POST
@once
def application_undo(request: HttpRequest, application_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    row = get_visible(request, Application, application_id)
    _credit(request, row.credit_id)
    undo_application(row, by=member)
    toast(request, _("Saldo recuperado: la factura vuelve a estar pendiente"))
    return done(request, reverse("billing:invoice", args=[row.invoice_id]))


@member_required(permissions.SETTLE)
@require_POST
@once
def refund_undo(request: HttpRequest, refund_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    row = get_visible(request, Refund, refund_id)
    found = _credit(request, row.credit_id)
    undo_refund(row, by=member)
    toast(request, _("Devolución deshecha: el saldo vuelve a estar disponible"))
    return done(request, _home(found.party_id))
