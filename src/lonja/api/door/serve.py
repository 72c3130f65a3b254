"""From a request to its answer: key, limit, permission, shape, effect."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError
from pydantic_core import from_json

from lonja.accounts.models import Company
from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import all_organisations, scope
from lonja.api.door import limits, once
from lonja.api.door.call import Answer, Call
from lonja.api.door.problems import Problem, not_found, of_refusal, of_validation
from lonja.api.door.routes import Route, find
from lonja.api.models import ApiToken
from lonja.kit.errors import Refused

LARGEST_BODY = 1024 * 1024
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
log = logging.getLogger("lonja.api")


def serve(request: HttpRequest, path: str, address: str) -> HttpResponse:
    """Answer a request of the API, always in JSON."""
    try:
        response = _answer(request, path, address)
    except Problem as problem:
        response = problem.response()
    except Refused as refused:
        response = of_refusal(refused).response()
    except Exception:
        reference = secrets.token_hex(4).upper()
        log.exception("Error %s en %s %s", reference, request.method, request.path)
        response = Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            _("Algo ha fallado en Lonja. Da esta referencia a quien lo mantiene: %(reference)s")
            % {"reference": reference},
            reference=reference,
        ).response()
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer(request: HttpRequest, path: str, address: str) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else request.method or "GET"
    found, arguments, allowed = find(method, path)
    if found is None and allowed:
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            _("Esta dirección no admite %(method)s.") % {"method": method},
            headers={"Allow": ", ".join(sorted(allowed))},
        )
    with _opened(request, address) as call:
        if found is None:
            raise not_found()
        _refuse_unless_allowed(call, found)
        given = _read(call, found)
        if found.method not in _WRITES or not found.has_effect:
            return _run(call, found, arguments, given)
        key = once.key_of(request) if found.method == "POST" else ""
        if not key:
            with transaction.atomic():
                return _run(call, found, arguments, given)
        print_of_it = once.fingerprint(request, _sent(request) if found.body else None)
        return once.once(call.token, key, print_of_it, lambda: _run(call, found, arguments, given))


def _run(
    call: Call, route: Route, arguments: dict[str, int], given: dict[str, Any]
) -> HttpResponse:
    answer = route.run(call, *arguments.values(), **given)
    if not isinstance(answer, Answer):
        answer = Answer(answer, status=route.status)
    if answer.body is None:
        content: Any = b""
    elif isinstance(answer.body, bytes):
        content = answer.body
    else:
        body = answer.body
        content = json.dumps(
            body.model_dump(mode="json") if hasattr(body, "model_dump") else body,
            ensure_ascii=False,
        )
    kind = answer.content_type if content else None
    return HttpResponse(
        content, status=answer.status, content_type=kind, headers=dict(answer.headers)
    )


# --- who ------------------------------------------------------------------------------------------
@contextmanager
def _opened(request: HttpRequest, address: str) -> Iterator[Call]:
    """The organisation of the key, open. Only the header counts: no cookie gets in here."""
    token = _token(request)
    with scope(token.organisation_id):
        wait = limits.take(token, address)
        if wait:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate_limited",
                _("Demasiadas peticiones: %(n)s por minuto como mucho. Espera %(wait)s segundos.")
                % {"n": limits.per_minute(), "wait": wait},
                headers={"Retry-After": str(wait)},
            )
        companies = Company.objects.order_by("pk")
        granted = token.membership.company_ids()
        if granted:
            companies = companies.filter(pk__in=granted)
        call = Call(request, token, list(companies[:50]))
        for company in call.companies:
            company.organisation = token.organisation
        zone = call.companies[0].zone if call.companies else timezone.get_current_timezone()
        with timezone.override(zone):
            yield call


def _token(request: HttpRequest) -> ApiToken:
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    found = None
    if kind.lower() == "bearer" and 20 <= len(secret) <= 100 and secret.isascii():
        rows = ApiToken.objects.select_related("membership__user", "organisation")
        # One statement and no transaction: on SQLite a transaction would wait for whoever writes.
        with all_organisations():
            found = rows.filter(token_hash=token_hash(secret)).first()
    if found is None or not found.is_live(timezone.now()):
        code, text = (
            "token_invalid",
            _("La clave no vale: no existe, ha caducado o se ha revocado."),
        )
        if not secret:
            code, text = "token_missing", _("Falta la clave: «Authorization: Bearer lonja_…».")
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            code,
            text,
            headers={"WWW-Authenticate": 'Bearer realm="Lonja"'},
        )
    return found


def _refuse_unless_allowed(call: Call, route: Route) -> None:
    if route.scope and route.scope not in call.token.scopes:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "scope_missing",
            _("La clave no tiene el permiso «%(scope)s».") % {"scope": route.scope},
            scope=route.scope,
        )
    lacking = next((code for code in route.permissions if not call.may(code)), None)
    if lacking is not None:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "permission_missing",
            _("%(name)s, en cuyo nombre actúa la clave, no puede hacer esto.")
            % {"name": call.member.name},
            permission=lacking,
        )


# --- what -----------------------------------------------------------------------------------------
def _read(call: Call, route: Route) -> dict[str, Any]:
    """The query and the body in their shapes, by the names of the handler's parameters."""
    given: dict[str, Any] = {}
    sent = dict(call.request.GET.items())
    if route.query is not None:
        given["query"] = _shaped(route.query.model_validate, sent, "query")
    elif sent:
        raise of_validation(
            [{"loc": (name,), "type": "extra_forbidden", "msg": ""} for name in sent], where="query"
        )
    if route.body is not None:
        given["body"] = _body(call.request, route)
    return given


def _body(request: HttpRequest, route: Route) -> Any:
    raw = _raw(request)
    if not raw.strip() and not route.body_required:
        return route.body()
    kind = (request.content_type or "").lower()
    if kind != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "json_expected",
            _("El cuerpo tiene que ser JSON: «Content-Type: application/json»."),
        )
    return _shaped(route.body.model_validate_json, raw, "body")


def _raw(request: HttpRequest) -> bytes:
    told = request.headers.get("Content-Length") or "0"
    if not told.isdecimal() or int(told) > LARGEST_BODY:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", _("El cuerpo pasa de 1 MB.")
        )
    return request.body


def _sent(request: HttpRequest) -> Any:
    raw = _raw(request)
    return from_json(raw) if raw.strip() else None


def _shaped(read: Any, sent: Any, where: str) -> Any:
    try:
        return read(sent)
    except ValidationError as error:
        raise of_validation(error.errors(include_url=False), where=where) from None
