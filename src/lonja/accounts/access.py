"""What a view of an organisation asks before it does anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from lonja.accounts.seen import Seen

BIGGEST_ID = 2**63
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


def get_visible(request: HttpRequest, source: Any, pk: Any) -> Any:
    """The row with that id if the member may see it; another company's row is *not found* (R21).

    `source` is a model, a QuerySet, or a `Seen` by `pk`.
    """
    if isinstance(source, Seen):
        known = pk < BIGGEST_ID
        row = source.first(request.member, pk=pk) if known else None  # type: ignore[attr-defined]
        if row is None:
            raise Http404
        return row
    queryset = source.objects.all() if hasattr(source, "objects") else source
    row = queryset.visible_to(request.member).filter(pk=pk).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row
