"""The table of routes: each says who may, what it takes and what it gives."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# One file per resource, in the order of the documentation.
RESOURCES = (
    "account",
    "clients",
    "leads",
    "balance",
    "credits",
    "papers",
    "products",
    "price_lists",
    "invoices",
    "corrections",
    "payments",
    "plans",
    "opportunities",
    "quotes",
    "tasks",
    "task_extras",
    "interactions",
    "series",
)
TAGS = {
    "Cuenta": "Quién eres con esta clave y qué puedes hacer.",
    "Clientes": "Clientes y potenciales, con su saldo y su extracto.",
    "Potenciales": "Quienes todavía no son clientes: captarlos, cualificarlos y convertirlos.",
    "Productos": "El catálogo.",
    "Tarifas": "Precios por cliente, producto y cantidad, y quién tiene cuál.",
    "Facturas": "Borradores, emisión, rectificación, envío y PDF.",
    "Cobros": "Cobros recibidos y saldo a favor.",
    "Proformas y albaranes": "Papeles que no son facturas y en cuáles acaban.",
    "Plantillas": "Servicios que se facturan solos.",
    "Ofertas": "Lo que se espera vender, por las etapas del embudo.",
    "Presupuestos": "Presupuestos y su firma.",
    "Tareas": "Tareas, con quién las gestiona, su SLA y sus comentarios.",
    "Interacciones": "Llamadas, visitas, notas y correos con los clientes.",
    "Series": "Series de numeración.",
}
_ARGUMENT = re.compile(r"\{(\w+)\}")
_ID = "[1-9][0-9]{0,17}"


@dataclass(frozen=True)
class Route:
    """A method and a path («/clientes/{id}»), with `{…}` for ids.

    `scope`: what the key needs; `permissions`: what its member needs, all of them. `body` and
    `query` are the shapes read; `answer` the one given, `None` for 204, or a content type for what
    is not JSON. `has_effect` POSTs honour `Idempotency-Key`. `versioned`: it gives an `ETag` and,
    if it changes, honours `If-Match`. `refusals` are the ways it says no beyond the usual ones.
    """

    method: str
    path: str
    run: Callable[..., Any]
    tag: str
    title: str
    scope: str
    permissions: tuple[str, ...]
    description: str = ""
    body: Any = None
    body_required: bool = True
    query: Any = None
    answer: Any = None
    status: int = 200
    has_effect: bool = True
    versioned: bool = False
    example: Any = None
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shape = _ARGUMENT.sub(rf"(?P<\1>{_ID})", self.path)
        object.__setattr__(self, "pattern", re.compile(shape))

    @property
    def name(self) -> str:
        """Its name in the documentation: «client_list»."""
        return self.run.__name__

    @property
    def arguments(self) -> list[str]:
        return _ARGUMENT.findall(self.path)


_routes: list[Route] = []


def route(method: str, path: str, **options: Any) -> Callable[[Any], Any]:
    """Declare the function below as the answer of a route. Its docstring is the description."""

    def decorate(run: Any) -> Any:
        permissions = options.pop("permissions", ())
        if isinstance(permissions, str):
            permissions = (permissions,)
        description = " ".join((run.__doc__ or "").split())
        _routes.append(
            Route(method, path, run, permissions=permissions, description=description, **options)
        )
        return run

    return decorate


@cache
def routes() -> tuple[Route, ...]:
    """Every route, in order. The first call reads the resources."""
    for name in RESOURCES:
        importlib.import_module(f"lonja.api.v1.{name}")
    return tuple(_routes)


def find(method: str, path: str) -> tuple[Route | None, dict[str, int], list[str]]:
    """The route of a request with its ids; without one, the methods that the path does take."""
    allowed = []
    for one in routes():
        match = one.pattern.fullmatch(path)
        if match is None:
            continue
        if one.method == method:
            return one, {name: int(value) for name, value in match.groupdict().items()}, []
        allowed.append(one.method)
    return None, {}, allowed
