"""Money received: registering it over one or more invoices, seeing it, undoing it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.billing import balances, permissions
from lonja.billing.actions.settle import register_receipt, undo_receipt
from lonja.billing.forms.receipt import ReceiptForm, UndoForm
from lonja.billing.models import Credit, Entry, EntryKind, Invoice, Receipt, UndoReason
from lonja.billing.papers import receipt_pdf
from lonja.kit.errors import Refused
from lonja.kit.money import format_amount, from_cents
from lonja.parties.merging import family_of
from lonja.parties.models import Party
from lonja.ui import formats
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


class _Asked:
    """Whose money it is and which invoices it may pay: those that are open, one first."""

    def __init__(self, request: HttpRequest) -> None:
        self.company: Company = request.company  # type: ignore[attr-defined]
        self.party: Party = get_visible(request, Party, _number(request.GET.get("cliente")))
        self.first = _number(request.GET.get("factura"))
        if self.first:  # its company, whichever is open
            rows = Invoice.objects.select_related("company").filter(party__in=family_of(self.party))
            self.company = get_visible(request, rows, self.first).company
        found = balances.open_invoices_of(self.party.pk, self.company.pk)
        self.invoices = sorted(found, key=lambda row: row.pk != self.first)
        self.url = f"?cliente={self.party.pk}" + (f"&factura={self.first}" if self.first else "")

    def form(self, data: Any = None) -> ReceiptForm:
        today = self.company.today()
        chosen = next((row for row in self.invoices if row.pk == self.first), None)
        initial: dict[str, Any] = {"on": today, "method": self.party.payment_method}
        if chosen is not None:
            initial["amount"] = initial[f"r{chosen.pk}"] = chosen.outstanding_cents
        return ReceiptForm(
            data,
            rows=self.invoices,
            said=_("De la factura"),
            initial=initial,
            today=today,
            split_url=reverse("billing:receipt_split") + self.url,
        )

    def spread(self, data: Any) -> ReceiptForm:
        """The form with its amount shared out, the oldest first."""
        typed = self.form(data)
        typed.is_valid()
        amount = typed.cleaned_data.get("amount") or 0
        owed = [(row.pk, row.outstanding_cents) for row in self.invoices]
        data = data.copy()
        for pk, cents in balances.oldest_first(amount, owed).items():
            data[f"r{pk}"] = format_amount(from_cents(cents)) if cents else ""
        return self.form(data)

    def context(self, form: ReceiptForm) -> dict[str, Any]:
        bound = form.is_bound and form.is_valid() is not None
        left = form.left() if bound else 0
        if not bound and form.initial.get("amount"):
            left = 0
        return {
            "form": form,
            "party": self.party,
            "url": self.url,
            "rows": list(form.bound_rows()),
            "owed": sum(row.outstanding_cents for row in self.invoices),
            "left": left,
            "over": -left if left < 0 else 0,
            "shared": bound and bool(form.shares()),
        }


def _number(text: Any) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


@member_required(permissions.SETTLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def receipt_new(request: HttpRequest) -> HttpResponse:
    """Register money: `?cliente=` says whose, `?factura=` which invoice it pays first."""
    if not request.GET.get("cliente"):
        rows = Party.objects.visible_to(request.member).clients().order_by("name", "pk")[:50]  # type: ignore[attr-defined]
        return render(request, "billing/receipt_who.html", {"parties": rows})
    asked = _Asked(request)
    if request.method != "POST":
        return render(request, "billing/receipt_new.html", asked.context(asked.form()))
    if request.POST.get("accion") == "repartir":
        form = asked.spread(request.POST)
        # Nothing was done yet: 422 gives the submission key back.
        return render(request, "billing/receipt_new.html", asked.context(form), status=422)
    form = asked.form(request.POST)
    context = asked.context(form)
    if not form.is_valid():
        return invalid(request, "billing/receipt_new.html", context)
    try:
        receipt = _register(request, asked, form)
    except Refused as refused:
        return refused_form(request, "billing/receipt_new.html", context, form, refused)
    toast(
        request,
        _("Cobro de %(amount)s registrado") % {"amount": formats.money(receipt.amount_cents)},
        undo=reverse("billing:receipt_undo", args=[receipt.pk]),
    )
    return done(request, f"{reverse('parties:client', args=[asked.party.pk])}?tab=ventas")


def _register(request: HttpRequest, asked: _Asked, form: ReceiptForm) -> Receipt:
    data, shares = form.cleaned_data, form.shares()
    if data["amount"] > 0 and asked.invoices and not shares and not data["keep_surplus"]:
        raise Refused(
            "surplus",
            _(
                "No has dicho qué facturas paga. Pulsa «Repartir» o, si es una entrega a cuenta, "
                "marca «Dejar lo que sobra como saldo a favor»."
            ),
            field="amount",
        )
    return register_receipt(
        company=asked.company,
        party=asked.party,
        amount=data["amount"],
        on=data["on"],
        method=data["method"],
        shares=shares,
        reference=data["reference"],
        note=data["note"],
        keep_surplus=data["keep_surplus"],
        by=request.member,  # type: ignore[attr-defined]
    )


@member_required(permissions.SETTLE)
@require_POST
def receipt_split(request: HttpRequest) -> HttpResponse:
    """How what is typed is shared out, and what is left. Changes nothing."""
    asked = _Asked(request)
    auto = request.GET.get("auto") == "1"
    form = asked.spread(request.POST) if auto else asked.form(request.POST)
    return render(request, "billing/_shares.html", asked.context(form))


def _shown(request: HttpRequest, pk: int) -> Receipt:
    rows = Receipt.objects.select_related("company", "party", "by__user", "undone_by__user")
    return get_visible(request, rows, pk)


def _context(
    request: HttpRequest, receipt: Receipt, form: UndoForm | None = None
) -> dict[str, Any]:
    entries = Entry.objects.filter(receipt=receipt, kind=EntryKind.PAYMENT)
    credit = Credit.objects.filter(receipt=receipt).first()
    may_undo = not receipt.is_undone and request.member.can(permissions.SETTLE)  # type: ignore[attr-defined]
    today = receipt.company.today()
    initial = {"reason": UndoReason.MISTAKE, "on": today}
    return {
        "receipt": receipt,
        "paid": [
            {"invoice": entry.invoice, "cents": -entry.amount_cents}
            for entry in entries.select_related("invoice").order_by("pk")
        ],
        "credit": credit,
        "uses": balances.uses_of_credit(credit) if credit is not None else [],
        "may_undo": may_undo,
        "may_spend": request.member.can(permissions.SETTLE),  # type: ignore[attr-defined]
        "form": form or (UndoForm(initial=initial, today=today) if may_undo else None),
    }


@member_required(permissions.PAYMENTS)
@require_safe
def receipt(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """What came in, what it paid and what is left of it."""
    return render(request, "billing/receipt.html", _context(request, _shown(request, receipt_id)))


@member_required(permissions.SETTLE)
@require_POST
@once
def receipt_undo(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """Undo everything a receipt did. Without `reason` it was a mistake."""
    found = _shown(request, receipt_id)
    data = request.POST if "reason" in request.POST else {"reason": UndoReason.MISTAKE}
    form = UndoForm(data, today=found.company.today())
    if not form.is_valid():
        return invalid(request, "billing/receipt.html", _context(request, found, form))
    try:
        undo_receipt(found, by=request.member, **form.cleaned_data)  # type: ignore[attr-defined]
    except Refused as refused:
        context = _context(request, found, form)
        return refused_form(request, "billing/receipt.html", context, form, refused)
    toast(request, _("Cobro deshecho: lo que pagaba vuelve a estar pendiente"))
    return done(request, f"{reverse('parties:client', args=[found.party_id])}?tab=ventas")


@member_required(permissions.PAYMENTS)
@require_safe
def receipt_paper(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """The receipt as PDF, for the customer."""
    name, content = receipt_pdf(_shown(request, receipt_id))
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
