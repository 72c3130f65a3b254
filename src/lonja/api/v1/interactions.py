"""Calls, visits, notes and mails with clients, as a switchboard or a form would write them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Id,
    In,
    Moment,
    MomentOut,
    OneOf,
    Out,
    Page,
    Paged,
    moment,
)
from lonja.kit.errors import Refused
from lonja.parties.models import Contact, Party
from lonja.tasks import permissions
from lonja.tasks.actions.interactions import log_interaction, undo_interaction
from lonja.tasks.models import CallResult, Interaction, InteractionKind

READ, WRITE = "tareas:leer", "tareas:escribir"

Sort = Annotated[str, OneOf(tuple(InteractionKind.values))]


class InteractionNew(In):
    client_id: Id
    kind: Sort
    text: Annotated[
        str, Block(2000), Field(description="Qué se dijo; obligatorio en notas y correos.")
    ] = ""
    result: Annotated[
        str, OneOf(("", *CallResult.values)), Field(description="De una llamada.")
    ] = ""
    minutes: Annotated[
        Annotated[int, Field(ge=0, le=1440)] | None, Field(description="De llamadas y visitas.")
    ] = None
    contact_id: Annotated[Id | None, Field(description="Con quién, de ese cliente.")] = None
    at: Annotated[Moment | None, Field(description="Cuándo fue; vacío, ahora.")] = None


class InteractionOut(Out):
    id: int
    client_id: int
    kind: str
    text: str
    result: str
    minutes: int | None
    contact_id: int | None
    member_id: Annotated[int, Field(description="Quién lo apuntó.")]
    at: MomentOut
    created_at: MomentOut
    undone_at: MomentOut | None


class InteractionQuery(Paged):
    client_id: Id | None = None
    kind: Sort | None = None
    member_id: Id | None = None
    since: Annotated[Moment | None, Field(description="Desde ese momento.")] = None
    until: Annotated[Moment | None, Field(description="Antes de ese momento.")] = None


_COPIED = ("id", "kind", "text", "result", "minutes", "contact_id", "member_id")


def shown(row: Interaction) -> dict[str, Any]:
    """An interaction as `InteractionOut`."""
    return {
        **{name: getattr(row, name) for name in _COPIED},
        "client_id": row.party_id,
        "at": moment(row.at),
        "created_at": moment(row.created_at),
        "undone_at": moment(row.undone_at),
    }


@route(
    "GET",
    "/interacciones",
    tag="Interacciones",
    title="Lista de llamadas, visitas, notas y correos",
    scope=READ,
    permissions=permissions.VIEW,
    query=InteractionQuery,
    answer=Page[InteractionOut],
)
def interaction_list(call: Call, query: InteractionQuery) -> dict[str, Any]:
    """Las últimas apuntadas primero, también las anuladas."""
    same = {
        "party_id": query.client_id,
        "kind": query.kind,
        "member_id": query.member_id,
        "at__gte": query.since,
        "at__lt": query.until,
    }
    rows = Interaction.objects.visible_to(call.member)
    rows = rows.filter(**{name: value for name, value in same.items() if value is not None})
    return page(rows, query, shown)


@route(
    "POST",
    "/interacciones",
    tag="Interacciones",
    title="Apuntar una llamada, visita, nota o correo",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=InteractionNew,
    answer=InteractionOut,
    status=201,
    example={
        "client_id": 1,
        "kind": "call",
        "result": "talked",
        "minutes": 6,
        "text": "Acepta la visita del jueves.",
    },
)
def interaction_create(call: Call, body: InteractionNew) -> Answer:
    """Sale en la «Actividad» del cliente, junto a sus tareas, presupuestos y facturas."""
    rows = Party.objects.filter(archived_at=None)
    party = call.referred(rows, body.client_id, "client_id", _("No existe ese cliente."))
    contact = None
    if body.contact_id is not None:
        people = Contact.objects.filter(party=party)
        text = _("Ese cliente no tiene esa persona de contacto.")
        contact = call.referred(people, body.contact_id, "contact_id", text)
    try:
        made = log_interaction(
            party,
            body.kind,
            text=body.text,
            by=call.member,
            at=body.at or timezone.now(),
            result=body.result,
            minutes=body.minutes,
            contact=contact,
        )
    except Refused as refused:
        # The screen types a day; here it is a moment.
        field = "at" if refused.field == "day" else refused.field
        raise Refused(refused.code, str(refused), field=field) from refused
    place = {"Location": f"/api/v1/interacciones/{made.pk}"}
    return Answer(shown(made), HTTPStatus.CREATED, place)


@route(
    "GET",
    "/interacciones/{id}",
    tag="Interacciones",
    title="Ver una",
    scope=READ,
    permissions=permissions.VIEW,
    answer=InteractionOut,
)
def interaction(call: Call, pk: int) -> dict[str, Any]:
    """Con quién, cuándo y qué se dijo."""
    return shown(call.visible(Interaction, pk))


@route(
    "POST",
    "/interacciones/{id}/anulacion",
    tag="Interacciones",
    title="Anular una apuntada por error",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=InteractionOut,
)
def interaction_undo(call: Call, pk: int) -> dict[str, Any]:
    """Durante siete días y por quien la apuntó. En la historia quedan las dos cosas."""
    row = call.visible(Interaction, pk)
    undo_interaction(row, by=call.member, at=timezone.now())
    return shown(Interaction.objects.get(pk=row.pk))
