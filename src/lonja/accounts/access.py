"""What a view of an organisation asks before it does anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from lonja.accounts.prepared import Prepared

View = Callable[..., HttpResponse]


def member_required(code: str | None) -> Callable[[View], View]:
    """Let only members with the permission in. `None`: any active member.

    Whoever lacks it gets 403 («Pide acceso a …»); outsiders never arrive here: the middleware
    answers 404 to them.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            member = getattr(request, "member", None)
            if member is None:
                raise Http404
            if code is not None and not member.can(code):
                raise PermissionDenied(code)
            return view(request, *args, **kwargs)

        inner.permission_code = code  # type: ignore[attr-defined]
        return inner

    return decorate


def get_visible(
    request: HttpRequest, source: Any, pk: Any, *, prepared: Prepared | None = None
) -> Any:
    """The row with that id if the member may see it; another company's row is *not found* (R21).

    `source` is a model or a QuerySet. `prepared` asks the same as it with the id in `pk`, for what
    is asked very often of members who see every row.
    """
    queryset = source.objects.all() if hasattr(source, "objects") else source
    seen = queryset.visible_to(request.member)  # type: ignore[attr-defined]
    if prepared is not None and seen is queryset:  # nothing was taken away
        row = prepared.first(pk=pk)
    else:
        row = seen.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row
