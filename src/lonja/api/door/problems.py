"""Errors as `application/problem+json` (RFC 9457), in Spanish and with a stable code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that says no. `fields` maps paths of the body («lines.0.quantity») to a text."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.status, self.code, self.title = status, code, title
        self.fields, self.headers, self.more = dict(fields or {}), dict(headers or {}), more

    def response(self) -> HttpResponse:
        body: dict[str, Any] = {
            "type": f"urn:lonja:problema:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            **self.more,
        }
        if self.fields:
            body["fields"] = self.fields
        content = json.dumps(body, ensure_ascii=False)
        return HttpResponse(
            content, status=self.status, content_type=CONTENT_TYPE, headers=self.headers
        )


def not_found() -> Problem:
    """What does not exist, and what belongs to somebody else: the same answer (R21)."""
    return Problem(HTTPStatus.NOT_FOUND, "not_found", _("No existe, o no es tuyo."))


# Refusals that are about what was read before, not about what was sent.
_STALE = {"draft_conflict", "quote_changed", "party_changed"}


def of_refusal(refused: Refused) -> Problem:
    """409 for the state of things, 422 for something sent, 412 for a version that is not last."""
    fields = dict(refused.fields)
    if refused.field and not fields:
        fields[refused.field] = str(refused)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fields else HTTPStatus.CONFLICT
    if refused.code in _STALE:
        status = HTTPStatus.PRECONDITION_FAILED
    return Problem(status, refused.code, str(refused), fields=fields)


# What pydantic calls each mistake, in words. Those not listed say the last one.
_WORDS: dict[str, str] = {
    "missing": "Falta este dato.",
    "extra_forbidden": "Este campo no existe.",
    "string_type": "Tiene que ser un texto.",
    "string_too_short": "Es demasiado corto.",
    "string_too_long": "Es demasiado largo: {max_length} caracteres como mucho.",
    "string_pattern_mismatch": "No tiene la forma esperada.",
    "int_type": "Tiene que ser un número entero.",
    "int_parsing": "Tiene que ser un número entero.",
    "int_from_float": "Tiene que ser un número entero.",
    "int_parsing_size": "El número es demasiado grande.",
    "bool_type": "Tiene que ser true o false.",
    "bool_parsing": "Tiene que ser true o false.",
    "greater_than_equal": "Tiene que ser {ge} o más.",
    "less_than_equal": "Tiene que ser {le} o menos.",
    "literal_error": "Tiene que ser uno de estos: {expected}.",
    "list_type": "Tiene que ser una lista.",
    "too_short": "Hace falta al menos {min_length}.",
    "too_long": "Son demasiados: {max_length} como mucho.",
    "model_type": "Tiene que ser un objeto.",
    "model_attributes_type": "Tiene que ser un objeto.",
    "timezone_aware": "Falta la zona horaria: 2026-11-21T10:00:00Z.",
    "time_parsing": "Tiene que ser una hora como 08:30.",
    "time_type": "Tiene que ser una hora como 08:30.",
}
_ANY = "No es válido."


def of_validation(errors: Sequence[Any], *, where: str) -> Problem:
    """What does not have the right shape, every field at once.

    A field that does not exist is a 400 (R23: whoever misspells one must know), like a body that
    is not JSON; the rest is 422. `where` is `body` or `query`.
    """
    fields: dict[str, str] = {}
    for error in errors:
        path = ".".join(str(part) for part in error["loc"])
        fields.setdefault(path or where, _told(error))
    kinds = {error["type"] for error in errors}
    if kinds == {"json_invalid"}:
        return Problem(
            HTTPStatus.BAD_REQUEST, "json_invalid", _("El cuerpo no es JSON bien formado (UTF-8).")
        )
    if "extra_forbidden" in kinds:
        names = ", ".join(
            ".".join(str(part) for part in error["loc"])
            for error in errors
            if error["type"] == "extra_forbidden"
        )
        return Problem(
            HTTPStatus.BAD_REQUEST,
            "unknown_field",
            _("Hay campos que no existen: %(names)s.") % {"names": names[:200]},
            fields=fields,
        )
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid",
        _("Hay datos que no son válidos. Mira «fields»."),
        fields=fields,
    )


def _told(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if kind in _WORDS:
        context = {name: str(value) for name, value in (error.get("ctx") or {}).items()}
        return _WORDS[kind].format_map({"expected": "", **context})
    # Our own: their text is already what a person reads.
    return str(error["msg"]) if (error.get("ctx") or {}).get("ours") else _ANY
