"""«Facturación electrónica» of a client."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.einvoices import permissions
from lonja.einvoices.actions.profiles import save_profile
from lonja.einvoices.forms import ProfileForm
from lonja.einvoices.models import EinvoiceProfile, Format, SigningCertificate
from lonja.parties.models import Party
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, panel, toast

TEMPLATE = "einvoices/profile_form.html"


def _home(party: Party) -> str:
    return f"{reverse('parties:client', args=[party.pk])}?tab=facturacion-electronica"


def _profile(party: Party) -> EinvoiceProfile:
    return EinvoiceProfile.objects.filter(party=party).first() or EinvoiceProfile(party=party)


@member_required(permissions.VIEW)
@require_safe
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    """How this client wants its invoices and where they go."""
    party = get_visible(request, Party, party_id)
    profile = _profile(party)
    needs_key = profile.preferred == Format.FACTURAE or profile.is_public
    context = {
        "party": party,
        "profile": profile,
        "missing_key": needs_key
        and not SigningCertificate.objects.filter(is_current=True).exists(),
        "may_edit": request.member.can(permissions.PROFILE),  # type: ignore[attr-defined]
    }
    home = _home(party)
    return panel(
        request,
        "einvoices/client_tab.html",
        context,
        home=home,
        title=_("Facturación electrónica"),
    )


@member_required(permissions.PROFILE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def profile_edit(request: HttpRequest, party_id: int) -> HttpResponse:
    party = get_visible(request, Party, party_id)
    form = ProfileForm(request.POST or None, instance=_profile(party))
    context = {"form": form, "party": party, "home": _home(party)}
    if not form.is_bound:
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return invalid(request, TEMPLATE, context)
    save_profile(form.save(commit=False), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Facturación electrónica guardada"))
    return done(request, _home(party))
