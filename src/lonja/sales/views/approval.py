"""Asking for a discount beyond one's limit, and answering."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import member_required
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions.approval import ask_approval, decide_approval, need_of
from lonja.sales.forms import AnswerForm, ApprovalForm
from lonja.sales.models import QuoteApproval, QuoteStatus
from lonja.sales.views.quote import get_quote
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """«Pedir aprobación», with a reason."""
    quote = get_quote(request, pk)
    member = request.member  # type: ignore[attr-defined]
    need = need_of(quote, member)
    if quote.status != QuoteStatus.DRAFT or need is None:
        toast(request, _("Este presupuesto no necesita aprobación"))
        return redirect("sales:quote", quote.pk)
    form = ApprovalForm(request.POST if request.method == "POST" else None)
    context = {"quote": quote, "form": form, "need": need}
    if request.method == "GET":
        return render(request, "sales/approval_ask.html", context)
    if not form.is_valid():
        return invalid(request, "sales/approval_ask.html", context)
    ask_approval(quote, by=member, reason=form.cleaned_data["reason"])
    toast(request, _("Aprobación pedida a %(who)s") % {"who": need.names})
    return done(request, reverse("sales:quote", args=[quote.pk]))


@member_required(permissions.APPROVE)
@require_POST
@once
def answer(request: HttpRequest, pk: int, approval_pk: int) -> HttpResponse:
    """«Aprobar» or «No aprobar» (`respuesta`)."""
    quote = get_quote(request, pk)
    approval = get_object_or_404(
        QuoteApproval.objects.select_related("quote__company"), pk=approval_pk, quote=quote
    )
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Refused("answer_long", _("Escribe una respuesta de hasta 300 letras."))
    give = request.POST.get("respuesta") == "aprobar"
    decide_approval(
        approval,
        give=give,
        by=request.member,  # type: ignore[attr-defined]
        answer=form.cleaned_data["answer"],
    )
    toast(request, _("Descuento aprobado") if give else _("Descuento no aprobado"))
    return done(request, reverse("sales:quote", args=[quote.pk]))
