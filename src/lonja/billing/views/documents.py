"""«Documentos»: template, languages and messages, with a live preview; and duplicates."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.billing import kinds, permissions
from lonja.billing.actions.documents import (
    drop_message,
    print_duplicate,
    save_message,
    save_style,
)
from lonja.billing.forms.documents import MessageForm, StyleForm
from lonja.billing.models import DocumentMessage, DocumentStyle
from lonja.billing.sample import sample_svg
from lonja.billing.sending import pdf_name
from lonja.billing.views.invoice import shown
from lonja.kit.errors import Refused
from lonja.kit.languages import LANGUAGES, known
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, toast

_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def _company(request: HttpRequest) -> Company:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Http404
    opened_for = request.POST.get("company", "")
    if opened_for and opened_for != str(company.pk):
        raise Refused(
            "company_switched",
            _("Abriste este formulario para otra empresa. No se ha guardado nada: recarga."),
        )
    return company


def _context(company: Company, **more: Any) -> dict[str, Any]:
    style = DocumentStyle.objects.filter(company=company).first() or DocumentStyle()
    rows = DocumentMessage.objects.filter(company=company).select_related("series")
    labels = dict(kinds.choices())
    messages = [
        {
            "pk": row.pk,
            "kind": labels.get(row.kind, _("Todos los tipos")),
            "series": row.series.code if row.series is not None else _("Todas"),
            "language": LANGUAGES.get(row.language, row.language),
            "text": row.text,
        }
        for row in rows.order_by("kind", "series__code", "language", "pk")
    ]
    initial = {"template": style.template, "ticket": style.ticket, "language": "es"}
    return {
        "company": company,
        "form": StyleForm(initial=initial),
        "message_form": MessageForm(company=company),
        "messages_kept": messages,
        "preview": f"template={style.template}&language=es",
        **more,
    }


@member_required(permissions.DOCUMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def documents(request: HttpRequest) -> HttpResponse:
    company = _company(request)
    template = "billing/documents.html"
    if request.method != "POST":
        return render(request, template, _context(company))
    form = StyleForm(request.POST)
    if not form.is_valid():
        return invalid(request, template, _context(company, form=form))
    save_style(
        company,
        template=form.cleaned_data["template"],
        ticket=form.cleaned_data["ticket"],
        by=request.member,  # type: ignore[attr-defined]
    )
    toast(request, _("Plantilla guardada: vale para lo que se emita desde ahora."))
    return done(request, reverse("billing:documents"))


@member_required(permissions.DOCUMENTS)
@require_safe
def document_preview(request: HttpRequest) -> HttpResponse:
    """The fragment with the image of what the form says."""
    _company(request)
    query = f"template={request.GET.get('template', '')[:20]}"
    query += f"&language={known(request.GET.get('language', ''))}"
    return render(request, "billing/_document_preview.html", {"preview": query})


@member_required(permissions.DOCUMENTS)
@require_safe
def document_sample(request: HttpRequest) -> HttpResponse:
    """A sample invoice as an image, with a template and a language still unsaved."""
    asked = request.GET.get("template", "")
    try:
        svg = sample_svg(
            _company(request),
            template=asked,
            language=request.GET.get("language", ""),
            ticket=asked == "ticket",
        )
    except Refused as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    response = HttpResponse(svg, content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = _IMAGE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@member_required(permissions.DOCUMENTS)
@require_POST
@once
def message_save(request: HttpRequest) -> HttpResponse:
    company = _company(request)
    form = MessageForm(request.POST, company=company)
    if not form.is_valid():
        context = _context(company, message_form=form)
        return invalid(request, "billing/documents.html", context)
    save_message(company, form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Mensaje guardado."))
    return done(request, reverse("billing:documents"))


@member_required(permissions.DOCUMENTS)
@require_POST
@once
def message_drop(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, DocumentMessage, pk)
    drop_message(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Mensaje borrado."))
    return done(request, reverse("billing:documents"))


@member_required(permissions.VIEW)
@require_POST
def duplicate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The invoice with «DUPLICADO»; the original stays as it is, and the history says so."""
    invoice = shown(request, pk)
    content = print_duplicate(invoice, by=request.member)  # type: ignore[attr-defined]
    response = HttpResponse(content, content_type="application/pdf")
    name = pdf_name(invoice).removesuffix(".pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name} (duplicado).pdf"'
    return response
