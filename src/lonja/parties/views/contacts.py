"""The people at a client."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.parties import permissions
from lonja.parties.actions import clients
from lonja.parties.forms import ContactForm
from lonja.parties.models import Contact, Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    return _form(request, party, Contact(party=party))


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def contact_edit(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    contact = get_visible(request, Contact.objects.filter(party=party), contact_pk)
    return _form(request, party, contact)


@member_required(permissions.EDIT)
@require_POST
@once
def contact_drop(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    party = get_visible(request, Party, pk)
    contact = get_visible(request, Contact.objects.filter(party=party), contact_pk)
    clients.drop_contact(contact, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Contacto quitado"))
    return done(request, reverse("parties:client", args=[party.pk]))


def _form(request: HttpRequest, party: Party, contact: Contact) -> HttpResponse:
    form = ContactForm(request.POST or None, instance=contact)
    context = {"form": form, "party": party, "contact": contact}
    if not form.is_bound:
        return render(request, "parties/contact_form.html", context)
    if not form.is_valid():
        return invalid(request, "parties/contact_form.html", context)
    member = request.member  # type: ignore[attr-defined]
    try:
        clients.save_contact(form.save(commit=False), by=member)
    except Refused as refused:
        return refused_form(request, "parties/contact_form.html", context, form, refused)
    toast(request, _("Contacto guardado"))
    return done(request, reverse("parties:client", args=[party.pk]))
