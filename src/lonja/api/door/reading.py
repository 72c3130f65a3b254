"""The OpenAPI document told to people: resources, fields, and an order of curl for each route."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lonja.api.door.openapi import document

_TYPES = {
    "string": "texto",
    "integer": "entero",
    "boolean": "true o false",
    "array": "lista",
    "object": "objeto",
    "null": "null",
}


@dataclass(frozen=True)
class Field:
    """A field or a parameter in words."""

    name: str
    kind: str
    text: str
    required: bool


@dataclass(frozen=True)
class Operation:
    """A route in words."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    answer_name: str
    curl: str


@dataclass(frozen=True)
class Chapter:
    """A resource with its routes."""

    anchor: str
    name: str
    text: str
    operations: list[Operation]


@lru_cache(maxsize=8)
def chapters(base: str) -> list[Chapter]:
    """The whole documentation; `base` is where the API is («https://…/api/v1»)."""
    told = document()
    found = {
        tag["name"]: Chapter(tag["name"].lower(), tag["name"], tag["description"], [])
        for tag in told["tags"]
    }
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            one = _operation(base, path, method.upper(), operation)
            found[operation["tags"][0]].operations.append(one)
    return [chapter for chapter in found.values() if chapter.operations]


def _operation(base: str, path: str, method: str, operation: dict[str, Any]) -> Operation:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = next(answer for code, answer in operation["responses"].items() if code < "300")
    content = good.get("content", {})
    answer = content.get("application/json", {}).get("schema", {})
    return Operation(
        anchor=operation["operationId"],
        method=method,
        path=f"/api/v1{path}",
        title=operation["summary"],
        text=operation["description"],
        scope=operation.get("x-scope", ""),
        parameters=[
            Field(p["name"], _kind(p["schema"]), p.get("description", ""), p["required"])
            for p in operation["parameters"]
        ],
        body=_fields(media.get("schema", {})),
        answer=_fields(_items(answer)),
        answer_name=next(iter(content), "").replace("application/", ""),
        curl=_curl(base, path, method, operation, media.get("example"), bool(media)),
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document()["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return found
    return schema


def _items(schema: dict[str, Any]) -> dict[str, Any]:
    """What a page of a list holds; any other thing, itself."""
    schema = _resolved(schema)
    items = schema.get("properties", {}).get("items", {})
    return _resolved(items["items"]) if "items" in items else schema


def _fields(schema: dict[str, Any]) -> list[Field]:
    schema = _resolved(schema)
    required = set(schema.get("required", ()))
    return [
        Field(name, _kind(shape), shape.get("description", ""), name in required)
        for name, shape in schema.get("properties", {}).items()
    ]


def _kind(shape: dict[str, Any]) -> str:
    """«texto», «fecha», «lista de objetos», «uno de: a, b»."""
    if "$ref" in shape:
        return "objeto"
    if "enum" in shape:
        return "uno de: " + ", ".join(str(value) or "«»" for value in shape["enum"])
    if "anyOf" in shape:
        kinds = list(dict.fromkeys(_kind(one) for one in shape["anyOf"]))
        if kinds[:2] == ["texto", "entero"]:
            kinds[:2] = ["número como texto"]
        return " o ".join(kinds)
    if shape.get("type") == "array":
        return f"lista de {_kind(shape.get('items', {}))}"
    if shape.get("format") == "date":
        return "fecha"
    if shape.get("format") == "date-time":
        return "momento"
    if "pattern" in shape and "examples" not in shape and "0-9" in shape["pattern"]:
        return "número como texto"
    return _TYPES.get(str(shape.get("type", "")), "texto")


def _curl(
    base: str, path: str, method: str, operation: dict[str, Any], example: Any, has_body: bool
) -> str:
    """An order to try it, to copy and paste."""
    for name in ("id",):
        path = path.replace("{" + name + "}", "1")
    said = [f"curl {base}{path}"]
    if method != "GET":
        said[0] = f"curl -X {method} {base}{path}"
    said.append("-H 'Authorization: Bearer lonja_…'")
    headers = {p["name"] for p in operation["parameters"] if p["in"] == "header"}
    if "Idempotency-Key" in headers:
        said.append("-H 'Idempotency-Key: una-clave-tuya-por-operación'")
    if has_body:
        said.append("-H 'Content-Type: application/json'")
        body = json.dumps(example if example is not None else {}, ensure_ascii=False, indent=2)
        said.append(f"-d '{body}'")
    if path.endswith("/pdf"):
        said.append("-o factura.pdf")
    return " \\\n  ".join(said)
