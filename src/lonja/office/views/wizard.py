"""First run: four short steps, each of which may be left for later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lonja.accounts.access import member_required
from lonja.accounts.models import Organisation
from lonja.kit.errors import Refused
from lonja.office.actions.brand import change_brand, set_logo
from lonja.office.actions.organisations import change_company, create_company
from lonja.office.demo import demo
from lonja.office.forms.company import BrandForm, FiscalForm, PaymentForm
from lonja.office.views.settings import SETTINGS, company_of, saved_brand
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

STEPS = (
    gettext_lazy("Tu empresa"),
    gettext_lazy("Tu marca"),
    gettext_lazy("Cómo cobras"),
    gettext_lazy("Tus datos"),
)


def _url(number: int) -> str:
    return reverse("office:start_step", args=[number])


def _context(number: int, **more: Any) -> dict[str, Any]:
    steps = [
        {"label": label, "number": at, "current": at == number, "done": at < number}
        for at, label in enumerate(STEPS, start=1)
    ]
    skip = _url(number + 1) if number < len(STEPS) else reverse("office:home")
    return {"steps": steps, "number": number, "skip": skip, **more}


@member_required(SETTINGS)
@require_http_methods(["GET", "HEAD"])
def start(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_url(1))


@member_required(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def step(request: HttpRequest, number: int) -> HttpResponse:
    if not 1 <= number <= len(STEPS):
        raise Http404
    if request.company is None and number in (2, 3):  # type: ignore[attr-defined]
        # Nothing to paint or to charge yet: these two need the company.
        return HttpResponseRedirect(_url(4))
    pages: tuple[Callable[[HttpRequest], HttpResponse], ...] = (_fiscal, _brand, _payment, _data)
    return pages[number - 1](request)


def _fiscal(request: HttpRequest) -> HttpResponse:
    company, member = request.company, request.member  # type: ignore[attr-defined]
    if company is not None:
        initial = {name: getattr(company, name) for name in FiscalForm.base_fields}
    else:
        initial = {"legal_name": member.organisation.name}
    form = FiscalForm(request.POST or None, initial=initial)
    context = _context(1, form=form)
    template = "office/start/fiscal.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        if company is None:
            create_company(
                {
                    **form.values(),
                    "email": member.user.email,
                    "trade_name": "" if _same_name(form, member) else member.organisation.name,
                },
                by=member,
            )
        else:
            change_company(company, form.values(), by=member)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    return done(request, _url(2))


def _same_name(form: FiscalForm, member: Any) -> bool:
    return form.cleaned_data["legal_name"].casefold() == member.organisation.name.casefold()


def _brand(request: HttpRequest) -> HttpResponse:
    company, member = company_of(request), request.member  # type: ignore[attr-defined]
    names = ("accent", "tagline", "invoice_message")
    form = BrandForm(
        request.POST or None,
        request.FILES or None,
        initial={name: getattr(company, name) for name in names},
    )
    context = _context(2, form=form, company=company)
    template = "office/start/brand.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        darkened = change_brand(company, {name: data[name] for name in names}, by=member)
        if data["logo"] is not None:
            darkened = set_logo(company, data["logo"].read(), data["logo"].name, by=member)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    if data["logo"] is not None or darkened:
        # Look at it before going on: the colour comes from the logo.
        toast(request, saved_brand(company, darkened))
        return done(request, _url(2))
    return done(request, _url(3))


def _payment(request: HttpRequest) -> HttpResponse:
    company, member = company_of(request), request.member  # type: ignore[attr-defined]
    initial = {"iban": company.iban, "payment_terms_days": company.payment_terms_days}
    form = PaymentForm(request.POST or None, initial=initial)
    context = _context(3, form=form)
    if request.method != "POST":
        return render(request, "office/start/payment.html", context)
    if not form.is_valid():
        return invalid(request, "office/start/payment.html", context)
    change_company(company, form.cleaned_data, by=member)
    return done(request, _url(4))


def _link(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _data(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    offered_company = request.company is not None  # type: ignore[attr-defined]
    offered = demo() if offered_company else None
    importing = _link("imports:home") if offered_company else ""
    if request.method != "POST":
        context = _context(4, demo=offered, import_url=importing)
        return render(request, "office/start/data.html", context)
    choice = request.POST.get("choice", "")
    if choice == "demo" and offered is None:
        raise Http404
    job = offered.load(member) if choice == "demo" and offered is not None else None
    Organisation.objects.filter(pk=member.organisation_id, setup_done_at=None).update(
        setup_done_at=timezone.now()
    )
    if job is not None and getattr(job, "pk", None):
        return done(request, reverse("jobs:job", args=[job.pk]))
    if choice == "demo":
        toast(request, _("Datos de prueba cargados."))
        return done(request, reverse("office:home"))
    if choice == "import" and importing:
        return done(request, importing)
    first_invoice = _link("billing:invoice_new") if offered_company else ""
    return done(request, first_invoice or reverse("office:home"))
