"""`/comprobar/`: is this document whole, and who signed it? For anybody, without an account."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lonja.portal.checking import check_pdf, find_code, shortened
from lonja.portal.doors import HOUSE, _private, client_address, in_language, speaks_as_asked
from lonja.portal.forms import CheckForm
from lonja.sales.seals.check import MAX_BYTES, Busy

# Asks of one address in so many seconds: nobody checks more by hand, and codes are not to be tried.
ASKS, WINDOW = 30, 600
# Of those, documents: looking inside one takes seconds.
DOCUMENTS = 10


@csrf_exempt  # it changes nothing and there is nobody to act for
@require_http_methods(["GET", "HEAD", "POST"])
@speaks_as_asked
def check(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    language: str = request.language  # type: ignore[attr-defined]
    again = in_language(request.path, language)
    context: dict[str, Any] = {
        "brand": HOUSE,
        "form": CheckForm(),
        "language": language,
        "again": again,
    }
    if request.method != "POST":
        return _private(render(request, "portal/check.html", context))
    if _too_many(client_address(request), ASKS):
        return _wait(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + 10_000:
        context["problem"] = _("El fichero pesa más de 12 MB: no es un documento firmado aquí.")
        return _private(render(request, "portal/check.html", context, status=413))
    form = CheckForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        context["is_error"] = True
        return _private(render(request, "portal/check.html", context, status=422))
    if form.cleaned_data["pdf"]:
        if _too_many(f"{client_address(request)}:pdf", DOCUMENTS):
            return _wait(request)
        try:
            context["verdict"] = check_pdf(form.cleaned_data["pdf"].read())
        except Busy:
            context["problem"] = _(
                "Se está comprobando otro documento: prueba dentro de un momento."
            )
            response = render(request, "portal/check.html", context, status=503)
            response.headers["Retry-After"] = "5"
            return _private(response)
    else:
        known = find_code(form.cleaned_data["codigo"])
        context["known"], context["by_code"] = known, True
        if known is not None:
            context["names"] = [(shortened(one.name), one) for one in known.signers]
    return _private(render(request, "portal/check.html", context))


def _wait(request: HttpRequest) -> HttpResponse:
    response = render(request, "portal/wait.html", {"brand": HOUSE}, status=429)
    response.headers["Retry-After"] = str(WINDOW)
    return _private(response)


def _too_many(what: str, most: int) -> bool:
    key = f"portal:check:{what}"
    cache.add(key, 0, WINDOW)
    return cache.incr(key) > most
