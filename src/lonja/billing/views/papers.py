"""Albaranes and proformas."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions, reports
from lonja.billing.actions.notes import delete_note, invoice_notes, run_month, save_note
from lonja.billing.actions.papers import invoice_of_proforma, make_proforma
from lonja.billing.calculation import totals_of
from lonja.billing.forms.lines import Lines, tax_choices
from lonja.billing.forms.notes import MonthlyRecapForm, NoteForm
from lonja.billing.models import (
    DeliveryNote,
    DeliveryNoteLine,
    Invoice,
    MonthlyRecap,
    Proforma,
    RecapRun,
)
from lonja.billing.paper_document import note_pdf, proforma_pages, proforma_pdf
from lonja.billing.paper_tables import DeliveryNoteTable
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents
from lonja.parties.models import Party
from lonja.tax.categories import categories
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, panel, refuse_into, toast
from lonja.ui.tables.views import bulk_view

_FORM = ["GET", "HEAD", "POST"]
_NOTE = "billing/note_edit.html"
_COLUMNS = (
    *("product_id", "concept", "detail", "quantity", "unit", "unit_price", "discount_pct"),
    *("extra_discounts", "tax_category"),
)


def _pdf(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _images(pages: list[str]) -> list[str]:
    return [base64.b64encode(page.encode()).decode() for page in pages]


# --- albaranes


@member_required(permissions.EDIT)
@require_POST
@once
def note_actions(request: HttpRequest) -> HttpResponse:
    """Invoice the albaranes chosen in the list; then, to the draft or drafts they became."""
    answer = bulk_view(request, DeliveryNoteTable, list_name="billing:note_list")
    go_to = getattr(request.member, "go_to", "")  # type: ignore[attr-defined]
    return HttpResponseRedirect(go_to, status=303) if go_to else answer


def _company(request: HttpRequest) -> Any:
    if request.company is None:  # type: ignore[attr-defined]
        raise Refused("no_company", _("Crea primero la empresa que emite."))
    return request.company  # type: ignore[attr-defined]


def _found(request: HttpRequest, pk: int) -> DeliveryNote:
    rows = DeliveryNote.objects.select_related("company", "party", "invoice", "invoice__party")
    return get_visible(request, rows, pk)


@member_required(permissions.EDIT)
@require_http_methods(_FORM)
@once
def note_new(request: HttpRequest) -> HttpResponse:
    company = _company(request)
    note = DeliveryNote(company=company, delivered_on=company.today())
    asked = request.GET.get("cliente", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        note.party = Party.objects.visible_to(request.member).filter(pk=asked).first()  # type: ignore[attr-defined]
    return _edited(request, note)


@member_required(permissions.EDIT)
@require_http_methods(_FORM)
@once
def note_edit(request: HttpRequest, pk: int) -> HttpResponse:
    note = _found(request, pk)
    if not note.is_pending:
        return HttpResponseRedirect(reverse("billing:note", args=[note.pk]), status=303)
    return _edited(request, note)


def _lines(request: HttpRequest, note: DeliveryNote) -> Lines:
    territory = note.company.territory
    return Lines(
        request.POST if request.method == "POST" else None,
        lines=list(note.lines.all()) if note.pk else [],  # type: ignore[arg-type]
        taxes=tax_choices(territory, note.delivered_on),
        default_tax=categories(territory)[0].code,
        today=note.company.today(),
    )


def _built(lines: Lines) -> list[DeliveryNoteLine]:
    return [
        DeliveryNoteLine(**{name: getattr(line, name) for name in _COLUMNS})
        for line in lines.built()
    ]


def _edited(request: HttpRequest, note: DeliveryNote) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    posted = request.POST if request.method == "POST" else None
    form = NoteForm(posted, note=note, member=member, today=note.company.today())
    lines = _lines(request, note)
    context = _note_context(note, form, lines)
    if posted is None:
        return render(request, _NOTE, context)
    if posted.get("accion") == "linea":
        lines.is_valid()
        lines.add_blank()
        return render(request, _NOTE, {**context, "rows": _rows(lines, None)})
    if not all([form.is_valid(), lines.is_valid()]):
        return invalid(request, _NOTE, {**context, "rows": _rows(lines, None)})
    data = form.cleaned_data
    for name in ("party", "delivered_on", "reference", "notes"):
        setattr(note, name, data[name])
    version = data["version"] if note.pk else None
    try:
        save_note(note, _built(lines), by=member, version=version)
    except Refused as refused:
        refuse_into(form, refused)
        return invalid(request, _NOTE, {**context, "rows": _rows(lines, None)}, status=409)
    toast(request, _("Albarán %(number)s guardado") % {"number": note.number})
    return HttpResponseRedirect(reverse("billing:note", args=[note.pk]), status=303)


def _rows(lines: Lines, nets: Any) -> list[tuple[Any, str]]:
    """Each row with its amount; the empty ones have none."""
    amounts = iter(nets or ())
    return [(form, format_eur(0 if form.is_blank else next(amounts, 0))) for form in lines.forms]


def _note_context(note: DeliveryNote, form: NoteForm, lines: Lines) -> dict[str, Any]:
    nets = [from_cents(line.net_cents) for line in note.lines.all()] if note.pk else []
    return {
        "note": note,
        "form": form,
        "lines": lines,
        "rows": _rows(lines, nets if not form.is_bound else None),
        "base": format_eur(sum(nets)),
        "zero": format_eur(0),
        "page": reverse("billing:note_edit", args=[note.pk])
        if note.pk
        else reverse("billing:note_new"),
        "calc": reverse("billing:note_totals"),
        "catalogue": f"{reverse('catalogue:product_options')}?unidad=en-cantidad",
        "title": note.number or _("Nuevo albarán"),
    }


@member_required(permissions.EDIT)
@require_POST
def note_totals(request: HttpRequest) -> HttpResponse:
    """Amounts of the lines and base of what is being typed, as fragments with ids."""
    company = _company(request)
    note = DeliveryNote(company=company, delivered_on=company.today())
    lines = _lines(request, note)
    lines.is_valid()
    try:
        _taxed, totals = totals_of(_built(lines), note.delivered_on)
    except Refused:
        return HttpResponse(status=204)
    context = {"rows": _rows(lines, totals.lines_net), "base": format_eur(totals.base_total)}
    return render(request, "billing/note_totals.html", context)


@member_required(permissions.VIEW)
@require_safe
def note(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    context = {
        "note": found,
        "lines": list(found.lines.all()),
        "may_edit": request.member.can(permissions.EDIT) and found.is_pending,  # type: ignore[attr-defined]
    }
    return render(request, "billing/note.html", context)


@member_required(permissions.VIEW)
@require_safe
def note_file(request: HttpRequest, pk: int) -> HttpResponse:
    return _pdf(*note_pdf(_found(request, pk)))


@member_required(permissions.EDIT)
@require_POST
@once
def note_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    (draft,) = invoice_notes([_found(request, pk)], by=request.member)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("billing:invoice_edit", args=[draft.pk]), status=303)


@member_required(permissions.EDIT)
@require_POST
@once
def note_delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    delete_note(found, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Albarán %(number)s borrado") % {"number": found.number})
    return HttpResponseRedirect(reverse("billing:note_list"), status=303)


# --- recapitulativas by themselves


@member_required(permissions.ISSUE)
@require_http_methods(_FORM)
@once
def recaps(request: HttpRequest) -> HttpResponse:
    """Clients whose albaranes are invoiced by themselves each month, and what happened."""
    company, member = _company(request), request.member  # type: ignore[attr-defined]
    form = MonthlyRecapForm(request.POST or None, member=member)
    if form.is_bound and form.is_valid():
        MonthlyRecap.objects.get_or_create(company=company, party=form.cleaned_data["party"])
        toast(request, _("Sus albaranes se facturarán solos cada mes"))
        return HttpResponseRedirect(reverse("billing:recaps"), status=303)
    visible = Party.objects.visible_to(member)
    agreements = MonthlyRecap.objects.filter(company=company, party__in=visible)
    runs = RecapRun.objects.filter(company=company, party__in=visible)
    context = {
        "form": form,
        "agreements": agreements.select_related("party").order_by("party__name"),
        "runs": runs.select_related("party", "invoice", "invoice__party").order_by(
            "-month", "party__name"
        )[:100],
        "groups": reports.pending_recaps(member, company.today(), company),
    }
    if form.is_bound:
        return invalid(request, "billing/recaps.html", context)
    return render(request, "billing/recaps.html", context)


@member_required(permissions.ISSUE)
@require_POST
@once
def recap_stop(request: HttpRequest, pk: int) -> HttpResponse:
    found = _agreement(request, pk)
    found.delete()
    toast(request, _("Sus albaranes ya no se facturan solos"))
    return HttpResponseRedirect(reverse("billing:recaps"), status=303)


@member_required(permissions.ISSUE)
@require_POST
@once
def recap_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue now what is pending of the last month of a client, without waiting for the night."""
    found, member = _agreement(request, pk), request.member  # type: ignore[attr-defined]
    month = reports.oldest_pending_month(found.company, found.party)
    run = run_month(found, month, by=member) if month is not None else None
    if run is None:
        toast(request, _("No hay albaranes pendientes de ese cliente"))
    elif run.invoice is None:
        toast(request, run.refusal, tone="bad")
    else:
        toast(request, _("Factura %(number)s emitida") % {"number": run.invoice.number})
    return HttpResponseRedirect(reverse("billing:recaps"), status=303)


def _agreement(request: HttpRequest, pk: int) -> MonthlyRecap:
    rows = MonthlyRecap.objects.select_related("company", "party")
    found = get_visible(request, rows, pk)
    get_visible(request, Party, found.party_id)
    return found


@member_required(permissions.VIEW)
@require_safe
def home_notes(request: HttpRequest) -> HttpResponse:
    """«Albaranes por facturar»: each client's month, with the last day of its invoice."""
    company = request.company  # type: ignore[attr-defined]
    groups = reports.pending_recaps(request.member, company.today()) if company else []  # type: ignore[attr-defined]
    context = {
        "groups": groups[:5],
        "url": f"{reverse('billing:note_list')}?vista=pendientes",
    }
    return panel(request, "billing/home_notes.html", context, title=_("Albaranes por facturar"))


# --- proformas


@member_required(permissions.EDIT)
@require_POST
@once
def proforma_make(request: HttpRequest, pk: int) -> HttpResponse:
    """The proforma of a saved draft."""
    rows = Invoice.objects.select_related("company", "party")
    draft = get_visible(request, rows, pk)
    made = make_proforma(draft, list(draft.lines.all()), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Proforma %(number)s preparada") % {"number": made.number})
    return HttpResponseRedirect(reverse("billing:proforma", args=[made.pk]), status=303)


def _proforma(request: HttpRequest, pk: int) -> Proforma:
    rows = Proforma.objects.select_related("company", "party", "invoice", "invoice__party", "pdf")
    return get_visible(request, rows, pk)


@member_required(permissions.VIEW)
@require_safe
def proforma(request: HttpRequest, pk: int) -> HttpResponse:
    found = _proforma(request, pk)
    pages: list[str] = []
    problem: Refused | None = None
    try:
        pages = proforma_pages(found)
    except Refused as refused:  # a logo lost or a text that cannot be drawn: the page still opens
        problem = refused
    context = {
        "proforma": found,
        "problem": problem,
        "pages": _images(pages),
        "may_edit": request.member.can(permissions.EDIT),  # type: ignore[attr-defined]
    }
    return render(request, "billing/proforma.html", context)


@member_required(permissions.VIEW)
@require_safe
def proforma_file(request: HttpRequest, pk: int) -> HttpResponse:
    file = proforma_pdf(_proforma(request, pk))
    return _pdf(file.name, file.read())


@member_required(permissions.EDIT)
@require_POST
@once
def proforma_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """One click: the draft of the invoice it announces."""
    invoice = invoice_of_proforma(_proforma(request, pk), by=request.member)  # type: ignore[attr-defined]
    name = "invoice_edit" if invoice.is_draft else "invoice"
    return HttpResponseRedirect(reverse(f"billing:{name}", args=[invoice.pk]), status=303)
