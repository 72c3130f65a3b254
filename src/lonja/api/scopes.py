"""What a key may be allowed to do, as data: `recurso:acción`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Scope:
    """`code` goes in the key; the person who makes it reads `label`."""

    code: str
    label: object


@dataclass(frozen=True)
class Resource:
    """The scopes over one thing, as the form shows them together."""

    label: object
    scopes: tuple[Scope, ...]


RESOURCES: tuple[Resource, ...] = (
    Resource(
        _("Clientes"),
        (
            Scope("clientes:leer", _("Ver clientes, su saldo y su extracto")),
            Scope("clientes:escribir", _("Crear, cambiar y archivar clientes")),
        ),
    ),
    Resource(
        _("Productos"),
        (
            Scope("productos:leer", _("Ver el catálogo")),
            Scope("productos:escribir", _("Crear y cambiar productos")),
        ),
    ),
    Resource(
        _("Facturas"),
        (
            Scope("facturas:leer", _("Ver facturas, series y PDF")),
            Scope("facturas:escribir", _("Preparar y borrar borradores")),
            Scope("facturas:emitir", _("Emitir, rectificar y enviar facturas")),
        ),
    ),
    Resource(
        _("Cobros"),
        (
            Scope("cobros:leer", _("Ver cobros")),
            Scope("cobros:escribir", _("Registrar y deshacer cobros")),
        ),
    ),
    Resource(
        _("Plantillas recurrentes"),
        (
            Scope("plantillas:leer", _("Ver plantillas")),
            Scope("plantillas:escribir", _("Dar de alta, cambiar y dar de baja plantillas")),
        ),
    ),
    Resource(
        _("Ofertas"),
        (
            Scope("ofertas:leer", _("Ver ofertas y etapas del embudo")),
            Scope("ofertas:escribir", _("Crear, mover y cambiar ofertas")),
        ),
    ),
    Resource(
        _("Presupuestos"),
        (
            Scope("presupuestos:leer", _("Ver presupuestos")),
            Scope("presupuestos:escribir", _("Crear y enviar presupuestos")),
        ),
    ),
    Resource(
        _("Tareas y contactos con clientes"),
        (
            Scope("tareas:leer", _("Ver tareas, llamadas, visitas y notas")),
            Scope(
                "tareas:escribir",
                _("Crear, gestionar y completar tareas; apuntar llamadas, visitas y notas"),
            ),
        ),
    ),
)

SCOPES: dict[str, Scope] = {
    scope.code: scope for resource in RESOURCES for scope in resource.scopes
}
