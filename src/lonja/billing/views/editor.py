"""The editor of drafts: page, autosave, totals as they are typed and live preview."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Membership
from lonja.billing import permissions, reports
from lonja.billing.actions.cash import cash_client
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.send import waiting_mail
from lonja.billing.balances import spent_after
from lonja.billing.forms.draft import own_series_of
from lonja.billing.kinds import ORDINARY, blank_kinds, kind_of
from lonja.billing.models import Invoice
from lonja.billing.pdf import draft_svg
from lonja.billing.regimes import active_regime
from lonja.billing.sending import mail_for
from lonja.billing.views.editor_state import KEY, Editor, link, take_conditions, urls_of
from lonja.kit.errors import Refused
from lonja.mail.models import MailStatus
from lonja.parties.models import Party
from lonja.ui import formats
from lonja.ui.once import once
from lonja.ui.shortcuts import toast


def _blank(request: HttpRequest, key: str) -> Invoice:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused(
            "no_company",
            _("Aún no hay ninguna empresa que emita. Créala en Configuración › Empresa."),
        )
    invoice = Invoice(
        company=company,
        kind=_asked_kind(request),
        issued_on=company.today(),
        message=company.invoice_message,
        draft_key=key,
        created_by=request.member,  # type: ignore[attr-defined]
    )
    invoice.series = own_series_of(invoice).first()
    invoice.prices_include_tax = kind_of(invoice.kind).gross_prices
    return invoice


def _asked_kind(request: HttpRequest) -> str:
    """`?tipo=`: the kind that the empty editor begins with."""
    asked = request.GET.get("tipo", "")
    return asked if asked in {kind.code for kind in blank_kinds()} else ORDINARY


def _draft(request: HttpRequest, pk: int | None) -> Invoice:
    """The draft of the address: saved, or the one an empty editor is writing. 404 otherwise."""
    if pk is not None:
        rows = Invoice.objects.select_related("company", "party", "series", "agent__user")
        invoice = get_visible(request, rows, pk)
    else:
        key = request.GET.get(KEY, "")
        if not key or len(key) > 40 or not key.isascii():
            raise Http404
        rows = Invoice.objects.select_related("company", "party", "series", "agent__user")
        found = rows.visible_to(request.member).filter(draft_key=key).first()  # type: ignore[attr-defined]
        invoice = found or _blank(request, key)
    if invoice.is_draft and invoice.pk and request.method != "POST":
        _roll_date(invoice)
    return invoice


def _roll_date(invoice: Invoice) -> None:
    """A draft whose date was «today» when it was saved is dated today when it is opened again."""
    day = invoice.issue_day()
    if day != invoice.issued_on:
        if invoice.due_on is not None:
            invoice.due_on += day - invoice.issued_on
        invoice.issued_on = day


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_new(request: HttpRequest) -> HttpResponse:
    """An empty editor. The draft is made by its first autosave, or when it is sent."""
    if KEY not in request.GET:
        query = request.GET.copy()
        query[KEY] = secrets.token_urlsafe(12)
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    return _page(request, None)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


@once
def _page(request: HttpRequest, pk: int | None) -> HttpResponse:
    invoice = _draft(request, pk)
    if not invoice.is_draft:
        return HttpResponseRedirect(reverse("billing:invoice", args=[invoice.pk]), status=303)
    if request.method == "POST":
        return _posted(request, invoice)
    if pk is None and invoice.pk:  # reloaded after the first autosave
        return HttpResponseRedirect(reverse("billing:invoice_edit", args=[invoice.pk]))
    _preset_client(request, invoice)
    return _show(request, Editor(request, invoice))


def _preset_client(request: HttpRequest, invoice: Invoice) -> None:
    """`?cliente=`: the client to begin with, or the one just created from this editor."""
    asked = request.GET.get("cliente", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return
    party = Party.objects.visible_to(request.member).filter(pk=asked).first()  # type: ignore[attr-defined]
    if party is not None and not kind_of(invoice.kind).keeps_recipient:
        invoice.party = party
        take_conditions(invoice)


def _show(request: HttpRequest, editor: Editor, *, status: int = 200, **extra: Any) -> HttpResponse:
    editor.compute()
    context = {**editor.context(), **extra}
    return render(request, "billing/editor.html", context, status=status)


def _posted(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """Save what was typed and do what its button says."""
    _same_company(request, invoice)
    action = request.POST.get("accion", "guardar")
    editor = Editor(request, invoice)
    if action in ("recalcular", "cambiar", "linea", "anticipos"):
        if action == "linea":
            editor.lines.add_blank()
        elif action == "anticipos":
            editor.advances.rewrite(request.POST)
        return _show(request, editor)
    if not editor.is_valid:
        return _show(request, editor, status=422, is_error=True)
    earlier_ok = action.endswith("-anterior")
    action = action.removesuffix("-anterior")
    try:
        _save(editor)
        if action == "guardar":
            toast(request, _("Borrador guardado"))
            return HttpResponseRedirect(
                reverse("billing:invoice_edit", args=[invoice.pk]), status=303
            )
        if action == "programar":
            return HttpResponseRedirect(reverse("billing:schedule", args=[invoice.pk]), status=303)
        return issue_and_go(request, invoice, send=action == "enviar", earlier_ok=earlier_ok)
    except Refused as refused:
        if refused.code == "already_issued":
            raise
        more: dict[str, Any] = {"missing": missing(refused, invoice)}
        if refused.code == "earlier_date":
            more["insist"] = f"{action}-anterior"
        return _show(request, editor, status=409, is_error=True, **more)


def _save(editor: Editor) -> None:
    """Keep the draft; one that says no client gets that of who pays at the counter."""
    invoice = editor.invoice
    if not invoice.party_id and not kind_of(invoice.kind).names_recipient:
        invoice.party = cash_client()
        take_conditions(invoice)
    save_draft(
        invoice,
        editor.built,
        references=editor.references,
        by=editor.member,
        version=_version(editor),
    )


def _version(editor: Editor) -> int | None:
    """The version the page had read; a page that was new writes on the draft it made itself."""
    return editor.form.cleaned_data.get("version") if editor.invoice.pk else None


def _same_company(request: HttpRequest, invoice: Invoice) -> None:
    """Two tabs must not mix issuers (R22)."""
    if request.POST.get("company", "") != str(invoice.company_id):
        raise Refused(
            "other_company",
            _(
                "Esta factura se abrió con otra empresa emisora. No se ha guardado nada: vuelve a "
                "la empresa con la que la abriste o empieza otra."
            ),
        )


def issue_and_go(
    request: HttpRequest, invoice: Invoice, *, send: bool, earlier_ok: bool = False
) -> HttpResponse:
    """Issue a saved draft and go to its page. Raises Refused; the draft stays as it was."""
    member: Membership = request.member  # type: ignore[attr-defined]
    if not member.can(permissions.ISSUE):
        raise Refused("may_not_issue", _("Tu rol no puede emitir. El borrador está guardado."))
    issued = issue_invoice(
        invoice,
        by=member,
        on=invoice.issued_on,
        send=send,
        base_url=f"{request.scheme}://{request.get_host()}",
        earlier_ok=earlier_ok,
    )
    facts = {"number": issued.number, "name": issued.party.name}
    waiting = waiting_mail(issued) if send else None
    applied, given = spent_after(issued)
    if applied:
        text = _("Aplicados %(amount)s a lo que debía de la factura rectificada")
        toast(request, text % {"amount": formats.money(applied)})
    if given:
        text = _("Apuntada la devolución de %(amount)s al cliente")
        toast(request, text % {"amount": formats.money(given)})
    if not send:
        toast(request, _("Factura %(number)s emitida") % facts)
    elif issued.mailed_at is None:
        text = _("Factura %(number)s emitida. No se ha enviado: %(name)s no tiene correo.")
        toast(request, text % facts, tone="bad")
    elif waiting is not None and waiting.status == MailStatus.HELD:
        toast(request, _("Factura %(number)s emitida. Su envío espera aprobación.") % facts)
    elif waiting is not None and waiting.zone:
        facts["when"] = f"{waiting.not_before.astimezone(ZoneInfo(waiting.zone)):%d/%m/%Y %H:%M}"
        toast(request, _("Factura %(number)s emitida. Se enviará el %(when)s.") % facts)
    else:
        toast(request, _("Factura %(number)s emitida y puesta en el correo saliente") % facts)
    return HttpResponseRedirect(reverse("billing:invoice", args=[issued.pk]), status=303)


def missing(refused: Refused, invoice: Invoice) -> list[dict[str, str]]:
    """What stops a draft from being issued, each with the place to mend it."""
    places = {
        "company": link("office:company"),
        "organisation": link("fiscal:numbers"),
        "party": link("parties:client_edit", invoice.party_id) if invoice.party_id else "",
        "lines": "#lineas",
        "kind": "#id_kind",
        "issued_on": "#id_issued_on",
        "operation_on": "#id_operation_on",
        "series": "#id_series",
        "withholding_pct": "#id_withholding_pct",
        "exchange_rate": "#id_exchange_rate",
        "art80_on": "#id_art80_on",
        "art80_circumstance": "#id_art80_circumstance",
        "global_discount_pct": "#id_global_discount_pct",
        "global_discount_cents": "#id_global_discount_cents",
    }
    texts = refused.fields or {refused.field: str(refused)}
    return [{"text": text, "url": places.get(name, "")} for name, text in texts.items()]


@member_required(permissions.EDIT)
@require_POST
def draft_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Autosave: 204 and the new version, 409 with the box of a conflict, 422 when not yet."""
    invoice = _draft(request, pk)
    if not invoice.is_draft:
        return HttpResponse(status=204)
    _same_company(request, invoice)
    editor = Editor(request, invoice)
    if not editor.is_valid:
        return HttpResponse(status=422)
    try:
        _save(editor)
    except Refused as refused:
        if refused.code == "draft_conflict":
            return render(request, "ui/refused_box.html", {"refused": refused}, status=409)
        return HttpResponse(status=422)
    response = HttpResponse(status=204)
    response.headers["X-Lonja-Version"] = str(invoice.version)
    response.headers["X-Lonja-Place"] = reverse("billing:invoice_edit", args=[invoice.pk])
    return response


@member_required(permissions.EDIT)
@require_POST
def draft_totals(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Totals, amounts of the lines and what follows from the client, as fragments with ids."""
    editor = Editor(request, _draft(request, pk))
    editor.compute()
    return render(request, "billing/editor_totals.html", editor.context())


@member_required(permissions.EDIT)
@require_POST
def draft_preview(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The document, or the mail, that what is typed would make. Nothing is saved."""
    editor = Editor(request, _draft(request, pk))
    editor.compute()
    invoice = editor.invoice
    as_mail = request.GET.get("ver") == "correo"
    context: dict[str, Any] = {"urls": urls_of(invoice), "as_mail": as_mail}
    if as_mail:
        context["mail"] = _mail_preview(invoice)
    else:
        pages = draft_svg(invoice, editor.built, editor.taxes)
        context["pages"] = [base64.b64encode(page.encode()).decode() for page in pages]
    context["regime"] = active_regime(invoice.company)
    return render(request, "billing/preview.html", context)


def _mail_preview(invoice: Invoice) -> dict[str, Any] | None:
    if not invoice.party_id:
        return None
    series = invoice.series or own_series_of(invoice).first()
    if series is not None:
        invoice.number = reports.next_number(series, invoice.issued_on.year)
    return mail_for(invoice, invoice.party.mail_addresses or ["—"])
