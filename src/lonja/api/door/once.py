"""`Idempotency-Key`: a request that arrives twice has one effect and gets one answer (R9).

The row is inserted in the transaction of the effect. Of several at once, the others wait for that
insert; if the first one dies or is refused nothing is left, and the next one does the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.api.door.problems import Problem
from lonja.api.models import ApiToken, IdempotentCall

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
KEPT = timedelta(hours=72)
_HEADERS = ("Location", "ETag")


class _Taken(Exception):
    """Somebody has that key."""


def key_of(request: HttpRequest) -> str:
    """The key of a request, "" without one. Raises Problem for one that cannot be."""
    key = request.headers.get(HEADER, "").strip()
    if key and not (len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "idempotency_key_invalid",
            _("La clave de «Idempotency-Key» tiene hasta 200 caracteres visibles, sin acentos."),
        )
    return key


def fingerprint(request: HttpRequest, sent: Any) -> str:
    """What makes two requests the same: method, path and the JSON, however it is spaced."""
    spelled = json.dumps(sent, sort_keys=True, ensure_ascii=True)
    text = f"{request.method} {request.path} {spelled}"
    return hashlib.sha256(text.encode()).hexdigest()


def once(
    token: ApiToken, key: str, request_hash: str, run: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer of `run`, run at most once for the key.

    Exceptions of `run` pass through and give the key back. Raises Problem when the key was used
    for another request.
    """
    rows = IdempotentCall.objects.filter(token=token, key=key)
    first = rows.first()
    if first is None:
        try:
            with transaction.atomic():
                row = _claim(token, key, request_hash)
                response = run()
                row.status = response.status_code
                row.headers = {n: response.headers[n] for n in _HEADERS if n in response.headers}
                row.body = response.content.decode()
                row.save(update_fields=["status", "headers", "body"])
                return response
        except _Taken:
            first = rows.get()
    if first.request_hash != request_hash:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            _("Esa clave de «Idempotency-Key» ya se usó con otra petición. Usa una nueva."),
        )
    again = HttpResponse(first.body, status=first.status, content_type="application/json")
    for name, value in first.headers.items():
        again.headers[name] = value
    again.headers[REPLAYED] = "true"
    return again


def _claim(token: ApiToken, key: str, request_hash: str) -> IdempotentCall:
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(token=token, key=key, request_hash=request_hash)
    except IntegrityError:
        raise _Taken from None


def forget() -> int:
    """Delete what is older than 72 hours. Returns how many."""
    old = IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
