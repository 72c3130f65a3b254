"""Potenciales."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.models import Membership
from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    DayOut,
    Email,
    Filled,
    Id,
    In,
    Line,
    Moment,
    MomentOut,
    Out,
    Page,
    Paged,
    Query,
    Words,
    day,
    moment,
)
from lonja.api.v1.clients import _agent
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_postcode, normalise
from lonja.parties import permissions
from lonja.parties.actions import clients as actions
from lonja.parties.actions import leads
from lonja.parties.actions.duplicates import find_duplicates, told
from lonja.parties.actions.identify import identify
from lonja.parties.actions.sources import source_named
from lonja.parties.models import Party, Stage
from lonja.parties.qualifying import reasons_in_words
from lonja.parties.reports import find_leads_in

READ, WRITE = "clientes:leer", "clientes:escribir"
Kind = Literal["", "company", "professional", "consumer"]
State = Literal["new", "contacted", "qualified", "discarded"]


class LeadFields(In):
    """What a lead may carry; everything is optional."""

    kind: Kind = ""
    trade_name: Annotated[str, Line(120)] = ""
    nif: Annotated[str, Line(40)] = ""
    email: Email = ""
    phone: Annotated[str, Line(30)] = ""
    website: Annotated[str, Line(120)] = ""
    address: Annotated[str, Line(200)] = ""
    postcode: Annotated[str, Line(10)] = ""
    city: Annotated[str, Line(80)] = ""
    province: Annotated[str, Line(80)] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Código ISO.")] = "ES"
    source: Annotated[
        str, Line(80), Field(description="Nombre del origen; si no existe, se añade.")
    ] = ""
    agent_id: Annotated[Id | None, Field(description="Miembro que lo lleva.")] = None
    notes: Annotated[str, Block(20000), Field(description="Qué necesita.")] = ""


class LeadNew(LeadFields):
    name: Annotated[str, Filled(120), Field(description="La persona con quien se habla.")]
    company: Annotated[
        str, Line(120), Field(description="La empresa; vacía, el potencial es la persona.")
    ] = ""
    position: Annotated[str, Line(80)] = ""
    allow_duplicate: Annotated[
        bool,
        Field(
            description="Crearlo aunque otro tenga su correo, su teléfono o un nombre parecido; "
            "con un NIF que ya existe, solo si tu rol lo permite."
        ),
    ] = False


class LeadChange(LeadFields):
    name: Annotated[str, Filled(120), Field(description="Nombre o razón social.")] = ""
    status: Annotated[
        State | None,
        Field(description="«qualified» exige los datos de «missing»; «discarded», un motivo."),
    ] = None
    discard_reason: Annotated[str, Line(200)] = ""
    allow_duplicate: bool = False


class LeadOut(Out):
    id: int
    stage: str
    status: str
    kind: str
    name: str
    trade_name: str
    contact: Annotated[str, Field(description="La persona con quien se habla.")]
    nif: str
    email: str
    phone: str
    website: str
    address: str
    postcode: str
    city: str
    province: str
    country: str
    source: str
    agent_id: int | None
    notes: str
    score: int
    score_reasons: Annotated[list[str], Field(description="De dónde salen los puntos.")]
    discard_reason: str
    merged_into_id: Annotated[int | None, Field(description="La ficha a la que se unió.")]
    converted_on: DayOut | None
    created_at: MomentOut
    updated_at: MomentOut


class LeadDetail(LeadOut):
    missing: Annotated[list[str], Field(description="Lo que falta para cualificarlo.")]


class LeadQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del nombre, correo, teléfono…")] = ""
    nif: Words = ""
    email: Words = ""
    source: Words = ""
    status: Literal["", "new", "contacted", "qualified", "discarded"] = ""
    agent_id: Id | None = None
    changed_since: Annotated[Moment | None, Field(description="Cambiados desde entonces.")] = None


class ConvertIn(In):
    """What an invoice will need and was not known yet."""

    nif: Annotated[str, Line(40)] = ""
    address: Annotated[str, Line(200)] = ""
    postcode: Annotated[str, Line(10)] = ""
    city: Annotated[str, Line(80)] = ""
    allow_duplicate: bool = False


_COPIED = (
    *("id", "stage", "kind", "name", "trade_name", "nif", "email", "phone", "website"),
    *("address", "postcode", "city", "province", "country", "agent_id", "notes", "score"),
    *("discard_reason", "merged_into_id"),
)


def _rows() -> Any:
    return Party.objects.select_related("lead_source").prefetch_related("contacts")


def shown(party: Party) -> dict[str, Any]:
    return LeadOut(**_values(party)).model_dump()


def _values(party: Party) -> dict[str, Any]:
    people = sorted(party.contacts.all(), key=lambda one: (not one.is_main, one.pk))
    return {
        **{field: getattr(party, field) for field in _COPIED},
        "status": party.lead_status,
        "contact": people[0].name if people else "",
        "source": party.lead_source.name if party.lead_source is not None else "",
        "score_reasons": reasons_in_words(party.score_reasons),
        "converted_on": day(party.converted_on),
        "created_at": moment(party.created_at) or "",
        "updated_at": moment(party.updated_at) or "",
    }


def version(party: Party) -> str:
    return etag(f"{party.updated_at.timestamp():.6f}")


def _answer(party: Party, status: int = HTTPStatus.OK) -> Answer:
    fresh = _rows().get(pk=party.pk)
    missing = leads.missing_to_qualify(fresh) if fresh.stage == Stage.LEAD else []
    body = LeadDetail(**_values(fresh), missing=missing).model_dump()
    headers = {"ETag": version(fresh)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/potenciales/{fresh.pk}"
    return Answer(body, status, headers)


@route(
    "GET",
    "/potenciales",
    tag="Potenciales",
    title="Lista de potenciales",
    scope=READ,
    permissions=permissions.VIEW,
    query=LeadQuery,
    answer=Page[LeadOut],
)
def lead_list(call: Call, query: LeadQuery) -> dict[str, Any]:
    """Los últimos primero; sin los que ya son clientes ni los archivados."""
    rows = _rows().visible_to(call.member).leads()
    if query.q:
        rows = find_leads_in(rows, query.q)
    if query.nif:
        rows = rows.filter(nif=normalise(query.nif)[:20])
    if query.email:
        rows = rows.filter(email__iexact=query.email)
    if query.source:
        rows = rows.filter(lead_source__name__iexact=query.source)
    if query.status:
        rows = rows.filter(lead_status=query.status)
    if query.agent_id is not None:
        rows = rows.filter(agent_id=query.agent_id)
    if query.changed_since is not None:
        rows = rows.filter(updated_at__gte=query.changed_since)
    return page(rows, query, shown)


@route(
    "POST",
    "/potenciales",
    tag="Potenciales",
    title="Apuntar un potencial",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=LeadNew,
    answer=LeadDetail,
    status=201,
    versioned=True,
    example={
        "name": "Carmen Roselló",
        "company": "Hotel Mirador de la Bahía, S.L.",
        "phone": "965 78 00 00",
        "source": "Página web",
        "notes": "Quiere cambiar el aire de 40 habitaciones",
    },
)
def lead_create(call: Call, body: LeadNew) -> Answer:
    """Si parece el mismo que otra ficha, 409 con el código «lead_duplicate»; si comparten NIF, 422
    con «nif_duplicate»."""
    data = body.given(but=("agent_id", "allow_duplicate"))
    data |= {
        "name": body.name,
        "agent": _agent(call, body.agent_id),
        "allow_duplicate": body.allow_duplicate,
        "allow_nif": body.allow_duplicate and call.may(permissions.DUPLICATE),
    }
    party = leads.capture_lead(data, by=call.member)
    return _answer(party, HTTPStatus.CREATED)


@route(
    "GET",
    "/potenciales/{id}",
    tag="Potenciales",
    title="Ver un potencial",
    scope=READ,
    permissions=permissions.VIEW,
    answer=LeadDetail,
    versioned=True,
)
def lead(call: Call, pk: int) -> Answer:
    """También cuando ya es cliente: «stage» lo dice."""
    return _answer(call.visible(_rows(), pk))


@route(
    "PATCH",
    "/potenciales/{id}",
    tag="Potenciales",
    title="Cambiar un potencial",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=LeadChange,
    answer=LeadDetail,
    versioned=True,
    example={"email": "compras@mirador.example", "status": "contacted"},
)
def lead_update(call: Call, pk: int, body: LeadChange) -> Answer:
    """Solo cambia lo que se envía; el estado, después de los datos. Si se unió a otra ficha, 409
    con el código «merged»."""
    party = call.visible(Party.objects.select_for_update(), pk)
    call.if_match(version(party))
    given = body.given(but=("status", "discard_reason", "allow_duplicate"))
    changed = _fill(call, party, given)
    insists = body.allow_duplicate and call.may(permissions.DUPLICATE)
    actions.update_client(party, changed, by=call.member, allow_duplicate=insists)
    if body.status is not None and body.status != party.lead_status:
        leads.move_lead(party, body.status, by=call.member, reason=body.discard_reason)
    return _answer(party)


@route(
    "POST",
    "/potenciales/{id}/conversion",
    tag="Potenciales",
    title="Convertir un potencial en cliente",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=ConvertIn,
    body_required=False,
    answer=LeadDetail,
    example={"nif": "B12345674", "address": "Av. del Puerto, 14", "city": "Dénia"},
)
def lead_convert(call: Call, pk: int, body: ConvertIn) -> Answer:
    """Conserva todo lo que se sabía de él. Convertirlo dos veces da lo mismo. De uno que se unió a
    otra ficha se convierte, y se devuelve, la otra."""
    party = call.visible(Party.objects.select_for_update(), pk)
    if party.merged_into_id:
        party = call.visible(Party.objects.select_for_update(), party.merged_into_id)
    if party.stage == Stage.LEAD:
        changed = _fill(call, party, body.given(but=("allow_duplicate",)))
        insists = body.allow_duplicate and call.may(permissions.DUPLICATE)
        actions.update_client(party, changed, by=call.member, allow_duplicate=insists)
        party = leads.convert_lead(party, by=call.member, on=call.today)
    return _answer(party)


class LookalikeQuery(Query):
    nif: Words = ""
    email: Words = ""
    phone: Words = ""
    name: Words = ""


class Lookalike(Out):
    id: Annotated[int | None, Field(description="Vacío: lo lleva otra persona.")]
    name: str
    stage: str
    reasons: list[str]


class LookalikesOut(Out):
    items: list[Lookalike]


@route(
    "GET",
    "/potenciales/parecidos",
    tag="Potenciales",
    title="Buscar quién puede ser el mismo",
    scope=READ,
    permissions=permissions.VIEW,
    query=LookalikeQuery,
    answer=LookalikesOut,
)
def lead_lookalikes(call: Call, query: LookalikeQuery) -> dict[str, Any]:
    """Potenciales y clientes con el mismo NIF, correo o teléfono, o que se llaman casi igual."""
    found = find_duplicates(nif=query.nif, email=query.email, phone=query.phone, name=query.name)
    items = [
        {
            "id": one.party.pk if one.party is not None else None,
            "name": one.party.display_name if one.party is not None else "",
            "stage": one.party.stage if one.party is not None else "",
            "reasons": list(one.reasons),
        }
        for one in told(call.member, found)
    ]
    return {"items": items}


def _fill(call: Call, party: Party, given: dict[str, Any]) -> list[str]:
    """Put the fields sent on the lead, checked. Returns which changed."""
    before = {f.attname: getattr(party, f.attname) for f in Party._meta.concrete_fields}
    if "agent_id" in given:
        agent: Membership | None = _agent(call, given.pop("agent_id"))
        party.agent = agent
    if "source" in given:
        party.lead_source = source_named(given.pop("source"), by=call.member)
    if "phone" in given:
        given["phone"] = leads.written_phone(given["phone"])
    nif, kind = given.pop("nif", None), given.pop("kind", None)
    for field, value in given.items():
        setattr(party, field, value)
    if nif is not None:
        found = identify(nif, "" if party.country == "ES" else party.country) if nif else None
        party.nif = found.value if found else ""
        if found:
            party.id_type = found.id_type
    if kind:
        party.kind = kind
    if party.postcode and party.country == "ES" and "postcode" in given:
        place = check_postcode(party.postcode)
        party.postcode = place.value
        party.province = party.province or place.province
    if not party.name:
        raise Refused("name_missing", _("Escribe el nombre."), field="name")
    return [
        field.name
        for field in Party._meta.concrete_fields
        if getattr(party, field.attname) != before[field.attname]
    ]
