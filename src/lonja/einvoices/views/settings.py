"""«Facturación electrónica» in settings: the certificate that signs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.einvoices import permissions
from lonja.einvoices.actions.certificates import drop_certificate, keep_certificate
from lonja.einvoices.forms import CertificateForm
from lonja.einvoices.law import OBLIGATIONS
from lonja.einvoices.models import SigningCertificate
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

TEMPLATE = "einvoices/settings.html"


def _context(request: HttpRequest, form: CertificateForm) -> dict[str, Any]:
    company = request.company  # type: ignore[attr-defined]
    kept = SigningCertificate.objects.filter(company=company, is_current=True).first()
    now = timezone.now()
    return {
        "form": form,
        "company": company,
        "certificate": kept,
        "obligations": OBLIGATIONS,
        "is_expired": kept is not None and kept.not_after < now,
        "expires_soon": kept is not None and kept.expires_soon(now),
        "days_left": max((kept.not_after - now).days, 0) if kept is not None else 0,
    }


@member_required(permissions.CERTIFICATE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if request.method != "POST":
        return render(request, TEMPLATE, _context(request, CertificateForm()))
    if company is None:
        raise Refused("no_company", _("Crea primero la empresa que emite."))
    form = CertificateForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, TEMPLATE, _context(request, form))
    try:
        kept = keep_certificate(
            company,
            form.cleaned_data["file"].read(),
            form.cleaned_data["password"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        return refused_form(request, TEMPLATE, _context(request, form), form, refused)
    toast(request, _("Certificado de %(subject)s guardado") % {"subject": kept.subject})
    return done(request, reverse("einvoices:settings"))


@member_required(permissions.CERTIFICATE)
@require_POST
@once
def certificate_drop(request: HttpRequest, pk: int) -> HttpResponse:
    kept = get_visible(request, SigningCertificate.objects.select_related("company"), pk)
    drop_certificate(kept, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Certificado quitado"))
    return done(request, reverse("einvoices:settings"))
