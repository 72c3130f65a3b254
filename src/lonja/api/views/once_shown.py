"""Pages with a secret: shown to whoever asked, and stored nowhere (R35)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache

from lonja.ui.once import once

View = Callable[..., Any]


def secret_page(request: HttpRequest, template: str, context: dict[str, Any]) -> Any:
    """Streamed, so that `once` does not keep it among its answers."""
    page = render_to_string(template, context, request)
    return StreamingHttpResponse([page], content_type="text/html; charset=utf-8")


def once_shown(view: View) -> View:
    """`@once` for views that answer a `secret_page`: a double submit says that it was shown."""
    single = once(view)

    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response: Any = single(request, *args, **kwargs)
        empty = not response.streaming and not response.content and response.status_code == 200
        if request.method == "POST" and empty:
            shown: HttpResponse = render(request, "api/secret_shown.html")
            return shown
        return response

    return inner
