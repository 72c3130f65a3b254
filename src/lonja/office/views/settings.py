"""«Configuración»: index, company, brand, issuers, and the person's own account."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.language import speaking_to
from lonja.accounts.models import Company
from lonja.activity import record
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.documents import branding
from lonja.kit import identifiers
from lonja.kit.errors import Refused
from lonja.office import preview, second_factor
from lonja.office.actions.brand import change_brand, set_logo
from lonja.office.actions.organisations import change_company, create_company
from lonja.office.forms.company import BrandForm, CompanyForm, FiscalForm, PaymentForm
from lonja.office.forms.people import ProfileForm
from lonja.ui import registry
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

SETTINGS = "office.settings"
_FORM = ("GET", "HEAD", "POST")


@member_required(None)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    groups = registry.settings_for(request.member)  # type: ignore[attr-defined]
    rows = [
        (group, [{"label": s.label, "icon": s.icon, "url": s.url()} for s in sections])
        for group, sections in groups
    ]
    return render(request, "office/settings/index.html", {"groups": rows})


def company_of(request: HttpRequest) -> Company:
    """The company in use; refuses a form that was opened for another one (R22)."""
    row = request.company  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    opened_for = request.POST.get("company", "")
    if opened_for and opened_for != str(row.pk):
        raise Refused(
            "company_switched",
            _(
                "Abriste este formulario para otra empresa y ahora trabajas con %(name)s. "
                "No se ha guardado nada: recarga la página."
            )
            % {"name": row.display_name},
        )
    return row


@member_required(SETTINGS)
@require_http_methods(_FORM)
@once
def company(request: HttpRequest) -> HttpResponse:
    if request.company is None:  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("office:start"))
    row = company_of(request)
    template = "office/settings/company.html"
    fields = [*CompanyForm.base_fields]
    form = CompanyForm(request.POST or None, initial={name: getattr(row, name) for name in fields})
    events = Event.objects.filter(target_type="accounts.company", target_id=row.pk)
    context = {
        "form": form,
        "company": row,
        "events": [told(event) for event in events.order_by("-id")[:10]],
    }
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        change_company(row, form.values(), by=request.member)  # type: ignore[attr-defined]
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Empresa guardada."))
    return done(request, reverse("office:company"))


@member_required(SETTINGS)
@require_http_methods(_FORM)
@once
def payment(request: HttpRequest) -> HttpResponse:
    row = company_of(request)
    initial = {"iban": row.iban, "payment_terms_days": row.payment_terms_days}
    form = PaymentForm(request.POST or None, initial=initial)
    context = {"form": form, "company": row}
    if request.method != "POST":
        return render(request, "office/settings/payment.html", context)
    if not form.is_valid():
        return invalid(request, "office/settings/payment.html", context)
    change_company(row, form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Forma de cobro guardada."))
    return done(request, reverse("office:payment"))


@member_required(SETTINGS)
@require_http_methods(_FORM)
@once
def brand(request: HttpRequest) -> HttpResponse:
    row = company_of(request)
    template = "office/settings/brand.html"
    names = ("accent", "tagline", "invoice_message")
    initial = {name: getattr(row, name) for name in names}
    form = BrandForm(request.POST or None, request.FILES or None, initial=initial)
    context = {
        "form": form,
        "company": row,
        "contrast": f"{branding.contrast_with_white(row.accent):.1f}".replace(".", ","),
    }
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    member = request.member  # type: ignore[attr-defined]
    try:
        darkened = change_brand(row, {name: data[name] for name in names}, by=member)
        if data["logo"] is not None:
            darkened = set_logo(row, data["logo"].read(), data["logo"].name, by=member)
        elif data["remove_logo"] and row.logo_id:
            change_company(row, {"logo": None}, by=member)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, saved_brand(row, darkened))
    return done(request, reverse("office:brand"))


def saved_brand(row: Company, darkened: bool) -> str:
    if not darkened:
        return _("Marca guardada.")
    return _("Marca guardada. Hemos oscurecido el color a %(colour)s para que el texto se lea.") % {
        "colour": row.accent
    }


@member_required(SETTINGS)
@require_safe
def brand_preview(request: HttpRequest) -> HttpResponse:
    """The sample invoice as an image, with the values of the form still unsaved."""
    row = company_of(request)
    names = ("accent", "tagline", "invoice_message")
    changes = {n: request.GET[n].replace("\x00", "")[:200] for n in names if n in request.GET}
    try:
        svg = preview.sample_svg(row, **changes)
    except Refused as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=300"
    return response


@member_required(SETTINGS)
@require_safe
def brand_paper(request: HttpRequest) -> HttpResponse:
    """The preview's fragment: the image for what the form holds, and what is told of the colour."""
    row = company_of(request)
    form = BrandForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data.get("accent") or row.accent
    accent, darkened = branding.readable_accent(asked)
    query = request.GET.copy()
    for name in [name for name in query if name not in ("accent", "tagline", "invoice_message")]:
        del query[name]
    context = {
        "query": query.urlencode(),
        "asked": asked,
        "accent": accent,
        "darkened": darkened,
        "contrast": f"{branding.contrast_with_white(asked):.1f}".replace(".", ","),
    }
    return render(request, "office/settings/_paper.html", context)


@member_required(None)
@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The company's logo, safe to show: it was checked when it was uploaded."""
    row = company_of(request)
    if row.logo is None:
        raise Http404
    response = HttpResponse(row.logo.read(), content_type=row.logo.content_type)
    response["Cache-Control"] = "private, max-age=300"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@member_required(SETTINGS)
@require_safe
def check_nif(request: HttpRequest) -> HttpResponse:
    """What to say under the NIF when the person leaves the field."""
    text = request.GET.get("nif", "")[:40]
    context: dict[str, Any] = {"error": "", "kind": ""}
    if text.strip():
        try:
            nif = identifiers.check_nif(text)
            context["kind"] = kind_of(nif)
        except Refused as error:
            context["error"] = str(error)
    return render(request, "office/_nif.html", context)


def kind_of(nif: identifiers.Nif) -> str:
    """The kind of taxpayer, in words."""
    words = {
        "person": _("Autónomo o persona física"),
        "foreigner": _("Persona extranjera con NIE"),
        "company": _("Sociedad anónima o limitada"),
        "partnership": _("Sociedad colectiva o comanditaria"),
        "community": _("Comunidad de bienes"),
        "cooperative": _("Cooperativa"),
        "association": _("Asociación o fundación"),
        "owners": _("Comunidad de propietarios"),
        "civil_society": _("Sociedad civil"),
        "foreign_entity": _("Entidad extranjera"),
        "public": _("Administración pública"),
        "religious": _("Entidad religiosa"),
        "joint_venture": _("Unión temporal de empresas"),
    }
    return words.get(nif.kind, _("Otra entidad"))


@member_required(SETTINGS)
@require_http_methods(_FORM)
@once
def companies(request: HttpRequest) -> HttpResponse:
    """The issuers of the organisation, and another one."""
    template = "office/settings/companies.html"
    form = FiscalForm(request.POST or None)
    rows = Company.objects.visible_to(request.member).order_by("pk")  # type: ignore[attr-defined]
    context = {"form": form, "companies": rows}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        row = create_company(form.values(), by=request.member)  # type: ignore[attr-defined]
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("%(name)s ya puede emitir facturas.") % {"name": row.display_name})
    return done(request, reverse("office:companies"))


@member_required(None)
@require_POST
def choose_company(request: HttpRequest, pk: int) -> HttpResponse:
    """Work with another issuer from now on, in this session."""
    member = request.member  # type: ignore[attr-defined]
    row = get_visible(request, Company, pk)
    granted = member.company_ids()
    if granted and row.pk not in granted:
        raise Http404
    request.session[f"company:{member.organisation_id}"] = row.pk
    toast(request, _("Ahora trabajas con %(name)s.") % {"name": row.display_name})
    return done(request, reverse("office:home"))


@member_required(None)
@require_http_methods(_FORM)
@once
def profile(request: HttpRequest) -> HttpResponse:
    """The person's own name, password, second factor and shortcuts."""
    member = request.member  # type: ignore[attr-defined]
    user = member.user
    initial = {"full_name": user.full_name, "language": user.language}
    form = ProfileForm(request.POST or None, initial=initial)
    context = {"form": form, "has_second_factor": second_factor.has_one(user)}
    if request.method != "POST":
        return render(request, "office/settings/profile.html", context)
    if not form.is_valid():
        return invalid(request, "office/settings/profile.html", context)
    if form.cleaned_data["full_name"] != user.full_name:
        user.full_name = form.cleaned_data["full_name"]
        user.save(update_fields=["full_name"])
        record(member, "office.profile_changed", member, full_name=user.full_name)
    language = form.cleaned_data["language"] or user.language
    if language != user.language:
        user.language = language
        user.save(update_fields=["language"])
    with speaking_to(user):
        toast(request, _("Tu cuenta está guardada."))
    return done(request, reverse("office:profile"))
