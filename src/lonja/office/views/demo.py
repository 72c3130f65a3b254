"""Taking the invented data away, so that the company can begin for real."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lonja.accounts.access import member_required
from lonja.office.demo import demo
from lonja.office.permissions import SETTINGS
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast


@member_required(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def demo_remove(request: HttpRequest) -> HttpResponse:
    """What goes and what stays; and then it goes."""
    organisation = request.organisation  # type: ignore[attr-defined]
    found = demo()
    if not organisation.is_demo or found is None:
        raise Http404
    if request.method != "POST":
        return render(request, "office/settings/demo_remove.html")
    found.remove(organisation)
    toast(request, _("Datos de prueba borrados. Ya puedes empezar con los tuyos."))
    return done(request, reverse("office:home"))
