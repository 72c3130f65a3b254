"""«VERI*FACTU» in settings: how it goes, and what keeps it going."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.activity import record
from lonja.fiscal import permissions
from lonja.fiscal.actions.certificates import drop_certificate, keep_certificate
from lonja.fiscal.actions.leaving import set_leaving
from lonja.fiscal.actions.sending import retry_now
from lonja.fiscal.duty import ANNOUNCED, duty_of, elsewhere
from lonja.fiscal.forms import CertificateForm, ExportForm, LeaveForm
from lonja.fiscal.models import Certificate, Chain, Channel
from lonja.fiscal.reports import meaning
from lonja.fiscal.reports import overview as read_overview
from lonja.jobs import enqueue_once
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

TEMPLATE = "fiscal/overview.html"


def company_of(request: HttpRequest) -> Company:
    """The company in use; refuses a form that was opened for another one (R22)."""
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Http404
    opened_for = request.POST.get("company", "")
    if opened_for and opened_for != str(company.pk):
        raise Refused(
            "company_switched",
            _(
                "Abriste este formulario para otra empresa y ahora trabajas con %(name)s. No se ha "
                "guardado nada: recarga la página."
            )
            % {"name": company.display_name},
        )
    return company


def _context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    company = request.company  # type: ignore[attr-defined]
    member = request.member  # type: ignore[attr-defined]
    told = read_overview(company)
    leaves = told.channel.leaves_on if told.channel is not None else None
    return {
        "company": company,
        "told": told,
        "rows": [(row, meaning(row)) for row in told.problems],
        "days_left": told.certificate.days_left(company.today()) if told.certificate else None,
        "is_test": settings.VERIFACTU_ENVIRONMENT != "production",
        "stand_in": settings.VERIFACTU_TEST_URL,
        "duty": duty_of(company.nif),
        "elsewhere": elsewhere(company),
        "announced": ANNOUNCED,
        "certificate_form": CertificateForm(),
        "leave_form": LeaveForm(initial={"leaves": leaves is not None}),
        "export_form": ExportForm(),
        "may_manage": member.can(permissions.MANAGE),
        "may_mend": member.can(permissions.MEND),
        **more,
    }


@member_required(permissions.VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    company_of(request)
    return render(request, TEMPLATE, _context(request))


@member_required(permissions.MANAGE)
@require_POST
@once
def certificate(request: HttpRequest) -> HttpResponse:
    """Check and keep the certificate that was uploaded."""
    company = company_of(request)
    form = CertificateForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, TEMPLATE, _context(request, certificate_form=form))
    try:
        kept = keep_certificate(
            company,
            form.content(),
            form.cleaned_data["password"],
            is_representative=form.cleaned_data["is_representative"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        context = _context(request, certificate_form=form)
        return refused_form(request, TEMPLATE, context, form, refused)
    toast(request, _("Certificado de %(holder)s guardado") % {"holder": kept.holder})
    return done(request, reverse("fiscal:overview"))


@member_required(permissions.MANAGE)
@require_POST
@once
def certificate_drop(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(request, Certificate.objects.filter(is_current=True), pk)
    drop_certificate(found, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Certificado borrado. Mientras no subas otro, los registros esperan."))
    return done(request, reverse("fiscal:overview"))


@member_required(permissions.MEND)
@require_POST
@once
def retry(request: HttpRequest) -> HttpResponse:
    """«Reintentar ahora»: our own patience ends, the agency's pace does not."""
    company = company_of(request)
    for channel in Channel.objects.filter(company=company):
        retry_now(channel)
    record(request.member, "fiscal.retried", company)  # type: ignore[attr-defined]
    later = Channel.objects.filter(company=company, wait_until__gt=timezone.now()).first()
    if later is None:
        toast(request, _("Se envía enseguida"))
    else:
        at = timezone.localtime(later.wait_until, company.zone)
        toast(
            request,
            _("Sale a las %(time)s, cuando la AEAT lo permite") % {"time": f"{at:%H:%M:%S}"},
        )
    return done(request, reverse("fiscal:overview"))


@member_required(permissions.MANAGE)
@require_POST
@once
def leave(request: HttpRequest) -> HttpResponse:
    """Say until when VERI*FACTU is used, or go back on it."""
    company = company_of(request)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        return invalid(request, TEMPLATE, _context(request, leave_form=form))
    leaves_on = set_leaving(company, form.cleaned_data["leaves"], by=request.member)  # type: ignore[attr-defined]
    if leaves_on is None:
        toast(request, _("Sigues en VERI*FACTU"))
    else:
        toast(request, _("Los envíos dirán que dejas VERI*FACTU el 31/12"))
    return done(request, reverse("fiscal:overview"))


@member_required(permissions.VIEW)
@require_POST
@once
def audit(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the whole chain checked by a worker; its page tells the first broken record."""
    from lonja.fiscal.jobs import audit_chain

    member = request.member  # type: ignore[attr-defined]
    chain = get_visible(request, Chain, pk)
    job = enqueue_once(
        audit_chain,
        key=f"fiscal.audit:{chain.pk}:{member.pk}",
        by=member,
        chain_id=chain.pk,
        member_id=member.pk,
    )
    return done(request, reverse("jobs:job", args=[job.pk]))


@member_required(permissions.VIEW)
@require_POST
@once
def export(request: HttpRequest) -> HttpResponse:
    """Have the records written to a zip by a worker."""
    from lonja.fiscal.jobs import export_records

    company = company_of(request)
    member = request.member  # type: ignore[attr-defined]
    form = ExportForm(request.POST)
    if not form.is_valid():
        return invalid(request, TEMPLATE, _context(request, export_form=form))
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    job = enqueue_once(
        export_records,
        key=f"fiscal.export:{company.pk}:{since}:{until}:{member.pk}",
        by=member,
        company_id=company.pk,
        member_id=member.pk,
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
    )
    return done(request, reverse("jobs:job", args=[job.pk]))
