"""The API told to programs: OpenAPI 3.1, made from the table of routes."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from lonja.api.door.once import HEADER, REPLAYED
from lonja.api.door.problems import CONTENT_TYPE
from lonja.api.door.routes import TAGS, Route, routes

_REF = "#/components/schemas/{model}"
_INTRO = (
    "La API de Lonja. Las claves se crean en «Configuración › API y webhooks» y van en la cabecera "
    '`Authorization: Bearer lonja_…`. El dinero viaja como texto con dos decimales (`"1234.50"`), '
    "las fechas como `2026-11-21` y los momentos en UTC. Los errores son "
    "`application/problem+json` con un código estable. Los POST admiten `Idempotency-Key`."
)
_SAID = {
    HTTPStatus.OK: "Hecho.",
    HTTPStatus.CREATED: "Creado.",
    HTTPStatus.ACCEPTED: "Aceptado: queda en la cola.",
    HTTPStatus.NO_CONTENT: "Hecho; no hay nada que contar.",
    HTTPStatus.BAD_REQUEST: "La petición no se entiende, o lleva campos que no existen.",
    HTTPStatus.UNAUTHORIZED: "Falta la clave o no vale.",
    HTTPStatus.FORBIDDEN: "La clave, o el miembro en cuyo nombre actúa, no puede hacerlo.",
    HTTPStatus.NOT_FOUND: "No existe, o no es tuyo.",
    HTTPStatus.CONFLICT: "El estado de las cosas no lo permite.",
    HTTPStatus.PRECONDITION_FAILED: "Ha cambiado desde la versión de «If-Match».",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "El cuerpo pasa de 1 MB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "El cuerpo no es JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Hay datos que no son válidos.",
    HTTPStatus.TOO_MANY_REQUESTS: "Demasiadas peticiones: mira «Retry-After».",
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of version 1."""
    names, schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lonja", "version": "1", "description": _INTRO},
        "servers": [{"url": "/api/v1"}],
        "security": [{"clave": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {"clave": {"type": "http", "scheme": "bearer"}},
        },
    }


_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "Qué ha pasado, en español."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Palabra estable en inglés."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Camino de cada campo que está mal («lines.0.quantity») y por qué.",
        },
    },
}


def _schemas() -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Where each shape is, and all of them."""
    wanted: dict[tuple[Any, str], None] = {}
    for route in routes():
        if route.body is not None:
            wanted[(route.body, "validation")] = None
        if _is_shape(route.answer):
            wanted[(route.answer, "validation")] = None
    found, definitions = models_json_schema(list(wanted), ref_template=_REF)  # type: ignore[arg-type]
    places = {shape: schema for (shape, _mode), schema in found.items()}
    return places, definitions.get("$defs", {})


def _is_shape(answer: Any) -> bool:
    return answer is not None and not isinstance(answer, str)


def _operation(route: Route, places: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.title,
        "description": route.description,
        "parameters": _parameters(route),
        "responses": _responses(route, places),
    }
    if route.scope:
        operation["x-scope"] = route.scope
    if route.body is not None:
        media: dict[str, Any] = {"schema": places[route.body]}
        if route.example is not None:
            media["example"] = route.example
        operation["requestBody"] = {
            "required": route.body_required,
            "content": {"application/json": media},
        }
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
        }
        for name in route.arguments
    ]
    if route.query is not None:
        schema = route.query.model_json_schema()
        for name, shape in schema["properties"].items():
            shape = {key: value for key, value in shape.items() if key != "title"}
            if {"type": "null"} in shape.get("anyOf", ()):
                # In an address what is not there is simply left out.
                shape.pop("default", None)
                kept = [one for one in shape.pop("anyOf") if one != {"type": "null"}]
                shape = {**kept[0], **shape} if len(kept) == 1 else {**shape, "anyOf": kept}
            parameter = {"name": name, "in": "query", "required": False, "schema": shape}
            if "description" in shape:
                parameter["description"] = shape.pop("description")
            found.append(parameter)
    if route.method == "POST" and route.has_effect:
        text = "Con la misma clave y el mismo cuerpo, el efecto ocurre una vez (72 horas)."
        found.append(_header(HEADER, text, {"type": "string", "maxLength": 200}))
    if route.versioned and route.method in ("PATCH", "PUT", "DELETE"):
        text = "El «ETag» que leíste: si alguien lo ha cambiado después, 412."
        found.append(_header("If-Match", text, {"type": "string"}))
    return found


def _header(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}


def _responses(route: Route, places: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": _SAID[HTTPStatus(route.status)]}
    if isinstance(route.answer, str):
        schema = {"type": "string", "contentMediaType": route.answer}
        good["content"] = {route.answer: {"schema": schema}}
    elif route.answer is not None:
        good["content"] = {"application/json": {"schema": places[route.answer]}}
    headers = {}
    if route.versioned and route.method != "DELETE":
        headers["ETag"] = {"schema": {"type": "string"}, "description": "La versión."}
    if route.method == "POST" and route.has_effect:
        said = "«true» cuando la respuesta es la de la primera vez."
        headers[REPLAYED] = {"schema": {"type": "string"}, "description": said}
    if headers:
        good["headers"] = headers
    return {str(route.status): good, **{str(int(s)): _no(s) for s in _refusals(route)}}


def _refusals(route: Route) -> list[HTTPStatus]:
    """The ways this route may say no."""
    no = [HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if route.arguments:
        no.append(HTTPStatus.NOT_FOUND)
    if route.method != "GET" or isinstance(route.answer, str):
        no.append(HTTPStatus.CONFLICT)
    if route.method != "GET":
        no.append(HTTPStatus.PRECONDITION_FAILED)
    if route.body is not None:
        no += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    return [*no, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS]


def _no(status: HTTPStatus) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _SAID[status],
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"schema": seconds, "description": "Segundos."}}
    return answer
