"""One effect per form, however many times its button is pressed (R9, R32).

The form carries `{% submission_key %}`; the view is decorated with `@once`. The key is claimed by
an insert before the view runs, so of twenty parallel submits one does the work and the others get
its answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import insert_rows
from lonja.accounts.prepared import PreparedUpdate, Slot
from lonja.accounts.tenant_setting import without_waiting
from lonja.kit.errors import Refused
from lonja.ui.models import SubmissionKey

FIELD = "_key"
WAIT_SECONDS = 15.0
KEPT_HEADERS = (
    "HX-Redirect",
    "HX-Refresh",
    "HX-Trigger",
    "HX-Retarget",
    "HX-Reswap",
    "HX-Push-Url",
)
LONGEST_BODY = 500_000

View = Callable[..., HttpResponse]

_answered = PreparedUpdate(
    lambda: (
        SubmissionKey.objects.filter(key=Slot("key")),
        {
            "status": Slot("status"),
            "location": Slot("location"),
            "headers": Slot("headers", JSONField()),
            "body": Slot("body"),
        },
    )
)


def once(view: View) -> View:
    """Run the view once per submission key; a repeat gets the first answer.

    Answers of 400 or more, and exceptions, give the key back: nothing was done, so the same form
    may be sent again. A request without key runs as it is. Raises `Refused("still_running")` when
    the first answer does not come, and `Refused("key_reused")` for a key of another form.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.POST.get(FIELD, "")[:64] if request.method == "POST" else ""
        if not key or getattr(request, "organisation", None) is None:
            return view(request, *args, **kwargs)
        answer = _claim(request, key)
        if answer is not None:
            return answer
        try:
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        except BaseException:
            _release(key)
            raise
        if response.status_code >= 400:
            _release(key)
        else:
            _keep(key, response)
        return response

    inner.is_once = True  # type: ignore[attr-defined]
    return inner


def _claim(request: HttpRequest, key: str) -> HttpResponse | None:
    """None when the work is ours; otherwise the answer somebody else got with this key."""
    give_up = time.monotonic() + WAIT_SECONDS
    pause = 0.02
    while True:
        try:
            with _quick():
                row = {"key": key, "path": request.path[:300], "user_id": request.user.pk or 0}
                insert_rows(SubmissionKey, [row])
            return None
        except IntegrityError:
            first = SubmissionKey.objects.filter(key=key).first()
        if first is None:  # just released by an answer with errors: our turn
            continue
        if first.path != request.path[:300] or first.user_id != (request.user.pk or 0):
            raise Refused(
                "key_reused", _("Este formulario ya no vale. Recarga la página y envíalo otra vez.")
            )
        if first.status:
            return _answer(first)
        if time.monotonic() > give_up:
            # It may have died half way or be slow: never do it twice without asking.
            raise Refused(
                "still_running",
                _(
                    "Este envío ya se está procesando. Espera unos segundos y mira si aparece el "
                    "resultado antes de repetirlo."
                ),
            )
        time.sleep(pause)
        pause = min(pause * 1.6, 0.4)


def _answer(row: SubmissionKey) -> HttpResponse:
    response = HttpResponse(row.body, status=row.status)
    for name, value in row.headers.items():
        response.headers[name] = value
    if row.location:
        response.headers["Location"] = row.location
    return response


@contextmanager
def _quick() -> Iterator[None]:
    """One statement that does not wait for the disk.

    What the form does waits for it, and both databases write their journal in order, so that an
    effect that survives a power cut has its key before it. What may be lost is the answer: whoever
    repeats the form is told to look before insisting.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    if connection.vendor != "sqlite":
        with without_waiting():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
    try:
        with transaction.atomic():  # in the queue of the writers
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def _release(key: str) -> None:
    SubmissionKey.objects.filter(key=key, status=0).delete()


def _keep(key: str, response: HttpResponse) -> None:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    kind = response.headers.get("Content-Type", "")
    body = ""
    if not response.streaming and kind.startswith(("text/", "application/json")):
        body = response.content.decode(errors="replace")
        headers["Content-Type"] = kind
    with _quick():
        _answered(
            key=key,
            status=response.status_code,
            location=response.headers.get("Location", "")[:500],
            headers=headers,
            body=body if len(body) <= LONGEST_BODY else "",
        )


def forget(days: int = 7) -> int:
    """Delete keys older than that many days. Returns how many."""
    limit = timezone.now() - timedelta(days=days)
    deleted, _detail = SubmissionKey.objects.filter(created_at__lt=limit).delete()
    return deleted
