"""Creating, changing, archiving and blocking clients; the JSON that selects ask."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models.people import Role
from lonja.kit.errors import Refused
from lonja.parties import permissions, reports
from lonja.parties.actions import clients, duplicates
from lonja.parties.actions.vies import check_in_vies
from lonja.parties.forms import BlockForm, ClientForm
from lonja.parties.models import Party
from lonja.ui.formats import near_date
from lonja.ui.once import once
from lonja.ui.requests import is_drawer
from lonja.ui.shortcuts import done, invalid, refuse_into, toast

QUICK, FULL = "parties/client_quick.html", "parties/client_form.html"


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def client_new(request: HttpRequest) -> HttpResponse:
    """In the drawer, a few fields; as a page, all of them."""
    member = request.member  # type: ignore[attr-defined]
    quick = is_drawer(request)
    initial = {"name": request.GET.get("nombre", "")[:120]}
    if member.role == Role.SALES:
        initial["agent"] = member.pk
    form = ClientForm(
        request.POST or None,
        member=member,
        quick=quick,
        instance=Party(),
        initial=initial if request.method != "POST" else None,
    )
    template = QUICK if quick else FULL
    context = {"form": form, "back": _back(request)}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        party = clients.create_client(
            form.save(commit=False),
            by=member,
            tags=form.cleaned_data.get("tags", ()),
            allow_duplicate=_insists(request),
        )
    except Refused as refused:
        return _refused(request, template, form, refused)
    toast(request, _("Cliente creado"))
    return done_or_open(request, party)


def _back(request: HttpRequest) -> str:
    """Where to go back with the new client (`volver`), if it is a page of ours; else nothing."""
    asked = str(request.POST.get("volver") or request.GET.get("volver") or "")[:300]
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if asked.startswith("/") and ours else ""


def done_or_open(request: HttpRequest, party: Party) -> HttpResponse:
    """After creating, the new client's page, also from the drawer; or back to the document that
    needed it, with the client chosen."""
    back = _back(request)
    if back and is_drawer(request):
        response = HttpResponse(status=204)
        chosen = {"value": party.pk, "text": party.name}
        response.headers["HX-Trigger"] = json.dumps(
            {"lonja:created": chosen, "lonja:closeDrawer": ""}
        )
        return response
    if back:
        sign = "&" if "?" in back else "?"
        return done(request, f"{back}{sign}cliente={party.pk}")
    url = reverse("parties:client", args=[party.pk])
    if is_drawer(request):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    return done(request, url)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def client_edit(request: HttpRequest, pk: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party.objects.select_related("agent__user"), pk)
    if party.merged_into_id and request.method != "POST":
        return HttpResponseRedirect(reverse("parties:client_edit", args=[party.merged_into_id]))
    name, stamp = party.display_name, party.updated_at
    form = ClientForm(request.POST or None, member=member, instance=party)
    context = {"form": form, "party": party, "name": name}
    if not form.is_bound:
        return render(request, FULL, context)
    if not form.is_valid():
        return invalid(request, FULL, context)
    seen = form.cleaned_data["seen"]
    if seen and seen != stamp.isoformat():
        typed = cast(QueryDict, form.data).copy()
        typed["seen"] = stamp.isoformat()
        form.data = typed
        refused = Refused(
            "party_changed",
            _(
                "Mientras escribías, otra persona guardó cambios en esta ficha (%(when)s). "
                "Lo que has escrito sigue aquí: revísalo y guarda otra vez."
            )
            % {"when": near_date(timezone.localtime(stamp))},
        )
        return _refused(request, FULL, form, refused, context)
    try:
        clients.update_client(
            form.save(commit=False),
            form.changed_fields(),
            by=member,
            tags=form.cleaned_data["tags"],
            allow_duplicate=_insists(request),
        )
    except Refused as refused:
        return _refused(request, FULL, form, refused, context)
    toast(request, _("Cambios guardados"))
    return done(request, reverse("parties:client", args=[party.pk]))


def _insists(request: HttpRequest) -> bool:
    """«Crear igualmente», for whoever has the right."""
    member = request.member  # type: ignore[attr-defined]
    return request.POST.get("igualmente") == "1" and member.can(permissions.DUPLICATE)


def _refused(
    request: HttpRequest,
    template: str,
    form: Any,
    refused: Refused,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    refuse_into(form, refused)
    shown = {"back": _back(request), **(context or {}), "form": form}
    if isinstance(refused, duplicates.DuplicateNif):
        member = request.member  # type: ignore[attr-defined]
        shown["duplicate"] = refused
        shown["may_insist"] = member.can(permissions.DUPLICATE)
    return invalid(request, template, shown, status=409)


@member_required(permissions.EDIT)
@require_GET
def client_lookalikes(request: HttpRequest) -> HttpResponse:
    """A gentle notice while typing: who might be the same client."""
    member = request.member  # type: ignore[attr-defined]
    text = {name: request.GET.get(name, "")[:200] for name in ("nif", "name", "email", "phone")}
    # Of a lead, the firm is what is compared; the person is somebody there.
    text["name"] = request.GET.get("company", "").strip()[:200] or text["name"]
    own = request.GET.get("id", "")
    but = int(own) if own.isascii() and own.isdigit() and len(own) < 18 else 0
    found = duplicates.find_duplicates(**text, exclude=but or None)
    heard = duplicates.told(member, found)[:3]
    return render(request, "parties/_lookalikes.html", {"told": heard})


@member_required(permissions.VIEW)
@require_GET
def client_options(request: HttpRequest) -> JsonResponse:
    """Clients for a select that searches, as JSON."""
    member = request.member  # type: ignore[attr-defined]
    text = request.GET.get("q", "")[:100]
    return JsonResponse(reports.options(member, text), safe=False)


@member_required(permissions.EDIT)
@require_POST
@once
def client_archive(request: HttpRequest, pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    clients.archive(party, by=request.member)  # type: ignore[attr-defined]
    undo = reverse("parties:client_restore", args=[party.pk])
    toast(request, _("%(name)s está archivado") % {"name": party.display_name}, undo=undo)
    return done(request, reverse("parties:client_list"))


@member_required(permissions.EDIT)
@require_POST
@once
def client_restore(request: HttpRequest, pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    clients.restore(party, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("%(name)s vuelve a la lista") % {"name": party.display_name})
    return done(request, reverse("parties:client", args=[party.pk]))


@member_required(permissions.BLOCK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def client_block(request: HttpRequest, pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    form = BlockForm(request.POST or None)
    context = {"form": form, "party": party}
    if not form.is_bound:
        return render(request, "parties/client_block.html", context)
    if not form.is_valid():
        return invalid(request, "parties/client_block.html", context)
    clients.block(party, form.cleaned_data["reason"], by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Cliente bloqueado"))
    return done(request, reverse("parties:client", args=[party.pk]))


@member_required(permissions.BLOCK)
@require_POST
@once
def client_unblock(request: HttpRequest, pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    clients.unblock(party, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Cliente desbloqueado"))
    return done(request, reverse("parties:client", args=[party.pk]))


@member_required(permissions.EDIT)
@require_POST
@once
def client_vies(request: HttpRequest, pk: int) -> HttpResponse:
    """«Comprobar en VIES»: ask now and keep the answer; without one, say so and go on."""
    party = get_visible(request, Party, pk)
    member, company = request.member, request.company  # type: ignore[attr-defined]
    try:
        check = check_in_vies(party, by=member, company=company)
    except Refused as refused:
        toast(request, str(refused), tone="bad")
    else:
        if check.valid:
            toast(request, _("VIES confirma el número %(number)s") % {"number": check.number})
        else:
            text = _("VIES dice que %(number)s no está registrado para operar en la Unión")
            toast(request, text % {"number": check.number}, tone="bad")
    return HttpResponseRedirect(reverse("parties:client", args=[party.pk]), status=303)
