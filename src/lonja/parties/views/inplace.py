"""«Intro guarda, Esc cancela»: a field of the ficha changed where it is read."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.parties import permissions
from lonja.parties.actions import clients, duplicates
from lonja.parties.field_forms import FIELDS, FieldForm
from lonja.parties.models import Party
from lonja.ui import requests
from lonja.ui.formats import near_date
from lonja.ui.once import once
from lonja.ui.shortcuts import refuse_into, toast

PAGE, PART = "parties/field_page.html", "parties/_field_form.html"


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def field(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The form of one field in its place (a page of its own without htmx); `?ver=1` reads it."""
    if name not in FIELDS:
        raise Http404
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party.objects.select_related("agent__user"), pk)
    back = reverse("parties:client", args=[party.pk])
    if "ver" in request.GET:
        return _read(request, party, name) if requests.is_fragment(request) else _go(back)
    stamp = party.updated_at.isoformat()
    data = request.POST if request.method == "POST" else None
    form = FieldForm(data, name=name, member=member, party=party)
    context: dict[str, Any] = {
        "party": party,
        "name": name,
        "form": form,
        "bound": form[name],
        "url": reverse("parties:client_field", args=[party.pk, name]),
        "back": back,
    }
    if not form.is_bound:
        return _form(request, context)
    if not form.is_valid():
        return _form(request, context, status=422)
    try:
        seen = form.cleaned_data["seen"]
        if seen and seen != stamp:
            raise Refused(
                "party_changed",
                _("Otra persona guardó cambios en esta ficha (%(when)s). Recárgala y repítelo.")
                % {"when": near_date(timezone.localtime(party.updated_at))},
            )
        clients.update_client(form.save(commit=False), form.changed_fields(), by=member)
    except Refused as refused:
        refuse_into(form, refused)
        if isinstance(refused, duplicates.DuplicateNif):
            context["duplicate"] = refused
        return _form(request, context, status=409)
    toast(request, _("Cambio guardado"))
    if not requests.is_fragment(request):
        return _go(back)
    return _read(request, party, name)


def _go(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)


def _form(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    template = PART if requests.is_fragment(request) else PAGE
    return render(request, template, {**context, "is_error": status != 200}, status=status)


def _read(request: HttpRequest, party: Party, name: str) -> HttpResponse:
    """The field as the ficha shows it."""
    shown: dict[str, tuple[Any, str, str]] = {
        "name": (_("Razón social"), party.name, ""),
        "nif": (party.get_id_type_display(), party.nif, ""),
        "phone": (_("Teléfono"), party.phone_text, f"tel:{party.phone}"),
        "email": (_("Correo"), party.email, f"mailto:{party.email}"),
        "website": (_("Web"), party.website, ""),
    }
    label, text, link = shown[name]
    context = {
        "party": party,
        "name": name,
        "label": label,
        "text": text,
        "link": link,
        "tabular": name in ("nif", "phone"),
        "may_edit": True,
    }
    return render(request, "parties/_field.html", context)
