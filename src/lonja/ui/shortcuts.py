"""Answers that views repeat: toasts, invalid forms, panels included in a page."""

from __future__ import annotations

import copy
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.safestring import SafeString, mark_safe

from lonja.kit.errors import Refused
from lonja.ui import requests


def toast(request: HttpRequest, text: Any, *, undo: str = "", tone: str = "ok") -> None:
    """Say something once: on the next page, or with the fragment being answered.

    `undo` is the address that a «Deshacer» button posts to.
    """
    level = messages.ERROR if tone == "bad" else messages.SUCCESS
    messages.add_message(request, level, str(text), extra_tags=undo)


def invalid(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 422
) -> HttpResponse:
    """The form again with its errors, as 422 so that nobody takes it for done."""
    return render(request, template, {**context, "is_error": True}, status=status)


def refuse_into(form: Any, error: Refused) -> None:
    """Show a refusal on a form: on its fields when it names them, else above."""
    named = error.fields or {error.field: str(error)}
    placed = {name: text for name, text in named.items() if name in form.fields}
    for name, text in placed.items():
        form.add_error(name, text)
    if not placed:
        form.add_error(None, str(error))


def refused_form(
    request: HttpRequest, template: str, context: dict[str, Any], form: Any, error: Refused
) -> HttpResponse:
    """`invalid` for a rule of the house: the same box, status 409."""
    refuse_into(form, error)
    return invalid(request, template, context, status=409)


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Go to `url` after a POST. From the drawer: close it and reload the page beneath."""
    if requests.is_drawer(request):
        response = HttpResponse(status=204)
        response.headers["HX-Trigger"] = json.dumps({"lonja:closeDrawer": url})
        response.headers["HX-Refresh"] = "true"
        return response
    if requests.is_fragment(request):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url, status=303)


def include(request: HttpRequest, url_name: str, *args: Any, query: str = "") -> SafeString:
    """The fragment another room's view gives for this member, to place inside a page.

    The view runs with its own permission check; what it answers other than 200 is left out.
    """
    # The forms of the fragment and those of the page carry the same token.
    get_token(request)
    url = reverse(url_name, args=args)
    prefix = reverse("ui:gallery").removesuffix("ui/galeria/")
    match = resolve("/" + url.removeprefix(prefix), getattr(request, "urlconf", None))
    inner = copy.copy(request)
    inner.method = "GET"
    inner.path = url
    inner.path_info = "/" + url.removeprefix(prefix)
    inner.META = {**request.META, "QUERY_STRING": query}
    inner.__dict__.pop("GET", None)
    inner.included = True  # type: ignore[attr-defined]
    inner.resolver_match = match
    response = match.func(inner, *match.args, **match.kwargs)
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    if response.status_code != 200:
        return SafeString("")
    return mark_safe(response.content.decode())


def panel(
    request: HttpRequest, template: str, context: dict[str, Any], *, home: str = "", title: Any = ""
) -> HttpResponse:
    """Answer a fragment (tab of a ficha, card of «Inicio»).

    Asked directly by a browser it goes to `home`, the page that holds it, or is shown alone.
    """
    if requests.is_fragment(request):
        return render(request, template, context)
    if home:
        return HttpResponseRedirect(home)
    return render(request, "ui/panel_page.html", {**context, "panel": template, "title": title})
