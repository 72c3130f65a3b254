"""Clients: the same rules as their form, written for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.problems import Problem
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Email,
    Filled,
    Id,
    In,
    Line,
    Moment,
    MomentOut,
    Money,
    MoneyOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Percent,
    Words,
    day,
    moment,
    money,
    number,
)
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_iban, check_phone, check_postcode, normalise
from lonja.kit.money import to_cents
from lonja.kit.text import search_text
from lonja.parties import permissions
from lonja.parties.actions import clients as actions
from lonja.parties.actions.identify import identify
from lonja.parties.actions.sources import source_named
from lonja.parties.countries import countries
from lonja.parties.models import IdType, Kind, Party, PartyTag
from lonja.tax.categories import category

READ, WRITE = "clientes:leer", "clientes:escribir"

Method = Literal["transfer", "direct_debit", "card", "cash"]
Language = Literal["es", "ca", "en"]


class ClientFields(In):
    """What a client may carry; everything is optional."""

    stage: Literal["lead", "client"] = "client"
    kind: Literal["", "company", "professional", "consumer"] = ""
    trade_name: Annotated[str, Line(120)] = ""
    id_type: Literal["", "nif", "02", "03", "04", "05", "06"] = ""
    nif: Annotated[
        str,
        Line(40),
        Field(description="NIF español, NIF-IVA de la UE u otro documento, según «id_type»."),
    ] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Código ISO.")] = "ES"
    address: Annotated[str, Line(200)] = ""
    postcode: Annotated[str, Line(10)] = ""
    city: Annotated[str, Line(80)] = ""
    province: Annotated[
        str,
        Line(80),
        Field(description="Vacía, la del código postal."),
    ] = ""
    email: Email = ""
    phone: Annotated[str, Line(30)] = ""
    website: Annotated[str, Line(120)] = ""
    invoice_emails: Annotated[
        list[Email], Field(max_length=20, description="Vacía: las facturas van a «email».")
    ] = []
    agent_id: Annotated[Id | None, Field(description="Miembro que lo lleva.")] = None
    payment_method: Method = "transfer"
    payment_terms_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    iban: Annotated[str, Line(34)] = ""
    tariff: Annotated[str, Line(60)] = ""
    risk_limit: Money | None = None
    surcharge: Annotated[bool, Field(description="Recargo de equivalencia.")] = False
    withholding_pct: Annotated[Percent | None, Field(description="Retención de IRPF.")] = None
    tax_category: Annotated[
        str,
        Line(40),
        Field(description="Tratamiento fiscal que sustituye al de los productos."),
    ] = ""
    language: Language = "es"
    client_since: Day | None = None
    source: Annotated[str, Line(80)] = ""
    notes: Annotated[str, Block(20000)] = ""
    tags: Annotated[list[Annotated[str, Filled(40)]], Field(max_length=50)] = []


class ClientNew(ClientFields):
    name: Annotated[str, Filled(120)]
    allow_duplicate: Annotated[
        bool, Field(description="Crearlo aunque otro tenga ese NIF, si tu rol lo permite.")
    ] = False


class ClientChange(ClientFields):
    name: Annotated[str, Filled(120)] = ""
    allow_duplicate: bool = False


class ClientOut(Out):
    id: int
    stage: str
    kind: str
    name: str
    trade_name: str
    id_type: str
    nif: str
    country: str
    address: str
    postcode: str
    city: str
    province: str
    email: str
    phone: str
    website: str
    invoice_emails: list[str]
    agent_id: int | None
    payment_method: str
    payment_terms_days: int | None
    iban: str
    tariff: str
    risk_limit: MoneyOut | None
    surcharge: bool
    withholding_pct: NumberOut | None
    tax_category: str
    language: str
    client_since: DayOut | None
    source: str
    blocked_reason: str
    notes: str
    tags: list[str]
    created_at: MomentOut
    updated_at: MomentOut
    archived_at: MomentOut | None
    merged_into_id: Annotated[int | None, Field(description="La ficha a la que se unió.")]


class ClientQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del nombre, NIF, población, correo…")] = ""
    nif: Words = ""
    email: Words = ""
    tag: Words = ""
    stage: Literal["", "lead", "client"] = ""
    agent_id: Id | None = None
    archived: Annotated[bool, Field(description="Solo los archivados; si no, solo el resto.")] = (
        False
    )
    changed_since: Annotated[
        Moment | None, Field(description="Creados, cambiados o archivados desde entonces.")
    ] = None


_COPIED = (
    *("id", "stage", "kind", "name", "trade_name", "id_type", "nif", "country", "address"),
    *("postcode", "city", "province", "email", "phone", "website", "invoice_emails", "agent_id"),
    *("payment_method", "payment_terms_days", "iban", "tariff", "surcharge", "tax_category"),
    *("language", "blocked_reason", "notes", "merged_into_id"),
)


def with_tags(rows: Any) -> Any:
    """The tags of each in one query more, and where it came from."""
    tags = PartyTag.objects.select_related("tag").order_by("tag__name")
    return rows.select_related("lead_source").prefetch_related(Prefetch("party_tags", tags))


def shown(party: Party) -> dict[str, Any]:
    """A client as `ClientOut`."""
    risk, withheld = party.risk_limit_cents, party.withholding_pct
    return ClientOut(
        **{field: getattr(party, field) for field in _COPIED},
        risk_limit=money(risk) if risk is not None else None,
        withholding_pct=number(withheld) if withheld is not None else None,
        client_since=day(party.client_since),
        source=party.lead_source.name if party.lead_source is not None else "",
        tags=[row.tag.name for row in party.party_tags.all()],
        created_at=moment(party.created_at) or "",
        updated_at=moment(party.updated_at) or "",
        archived_at=moment(party.archived_at),
    ).model_dump()


def version(party: Party) -> str:
    return etag(f"{party.updated_at.timestamp():.6f}")


def _answer(party: Party, status: int = HTTPStatus.OK) -> Answer:
    fresh = with_tags(Party.objects.filter(pk=party.pk)).get()
    headers = {"ETag": version(fresh)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/clientes/{fresh.pk}"
    return Answer(shown(fresh), status, headers)


@route(
    "GET",
    "/clientes",
    tag="Clientes",
    title="Lista de clientes",
    scope=READ,
    permissions=permissions.VIEW,
    query=ClientQuery,
    answer=Page[ClientOut],
)
def client_list(call: Call, query: ClientQuery) -> dict[str, Any]:
    """Los últimos creados primero."""
    rows = with_tags(Party.objects.visible_to(call.member))
    rows = rows.filter(archived_at__isnull=not query.archived)
    if query.q:
        rows = filter_text(rows, search_text(query.q))
    if query.nif:
        rows = rows.filter(nif=normalise(query.nif)[:20])
    if query.email:
        rows = rows.filter(email__iexact=query.email)
    if query.stage:
        rows = rows.filter(stage=query.stage)
    if query.agent_id is not None:
        rows = rows.filter(agent_id=query.agent_id)
    if query.tag:
        rows = rows.filter(pk__in=PartyTag.objects.filter(tag__name=query.tag).values("party_id"))
    if query.changed_since is not None:
        since = query.changed_since
        rows = rows.filter(Q(updated_at__gte=since) | Q(archived_at__gte=since))
    return page(rows, query, shown)


@route(
    "POST",
    "/clientes",
    tag="Clientes",
    title="Crear un cliente",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=ClientNew,
    answer=ClientOut,
    status=201,
    versioned=True,
    example={
        "name": "Hotel Mirador de la Bahía, S.L.",
        "nif": "B12345674",
        "address": "Av. del Puerto, 14",
        "postcode": "03700",
        "city": "Dénia",
        "email": "compras@mirador.example",
    },
)
def client_create(call: Call, body: ClientNew) -> Answer:
    """El NIF se comprueba; si otro cliente lo tiene, 422 con el código «nif_duplicate»."""
    party = Party(name=body.name)
    _fill(call, party, body.given(but=("tags", "allow_duplicate", "name")))
    party = actions.create_client(
        party, by=call.member, tags=body.tags, allow_duplicate=_insists(call, body.allow_duplicate)
    )
    return _answer(party, HTTPStatus.CREATED)


@route(
    "GET",
    "/clientes/{id}",
    tag="Clientes",
    title="Ver un cliente",
    scope=READ,
    permissions=permissions.VIEW,
    answer=ClientOut,
    versioned=True,
)
def client(call: Call, pk: int) -> Answer:
    """También los archivados."""
    party = call.visible(with_tags(Party.objects.all()), pk)
    return Answer(shown(party), headers={"ETag": version(party)})


@route(
    "PATCH",
    "/clientes/{id}",
    tag="Clientes",
    title="Cambiar un cliente",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=ClientChange,
    answer=ClientOut,
    versioned=True,
    example={"phone": "+34965780000", "tags": ["Hoteles", "Costa"]},
)
def client_update(call: Call, pk: int, body: ClientChange) -> Answer:
    """Solo cambia lo que se envía. Si se unió a otra ficha, 409 con el código «merged»: el cambio
    va en la de «merged_into_id»."""
    party = call.visible(Party.objects.select_for_update(), pk)
    call.if_match(version(party))
    before = {f.attname: getattr(party, f.attname) for f in Party._meta.concrete_fields}
    _fill(call, party, body.given(but=("tags", "allow_duplicate")))
    changed = [
        field.name
        for field in Party._meta.concrete_fields
        if getattr(party, field.attname) != before[field.attname]
    ]
    actions.update_client(
        party,
        changed,
        by=call.member,
        tags=body.tags if "tags" in body.model_fields_set else None,
        allow_duplicate=_insists(call, body.allow_duplicate),
    )
    return _answer(party)


@route(
    "POST",
    "/clientes/{id}/archivo",
    tag="Clientes",
    title="Archivar un cliente",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=ClientOut,
)
def client_archive(call: Call, pk: int) -> Answer:
    """Sale de listas y búsquedas; sus documentos quedan. Archivarlo dos veces da lo mismo."""
    party = call.visible(Party, pk)
    actions.archive(party, by=call.member)
    return _answer(party)


@route(
    "DELETE",
    "/clientes/{id}/archivo",
    tag="Clientes",
    title="Recuperar un cliente archivado",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=ClientOut,
)
def client_restore(call: Call, pk: int) -> Answer:
    """Vuelve a las listas."""
    party = call.visible(Party, pk)
    actions.restore(party, by=call.member)
    return _answer(party)


# --- what is understood of what was sent ----------------------------------------------------------
def _insists(call: Call, asked: bool) -> bool:
    return asked and call.may(permissions.DUPLICATE)


def _fill(call: Call, party: Party, given: dict[str, Any]) -> None:
    """Put the fields sent on the client, checked as its form does. Raises Refused or Problem."""
    if "agent_id" in given:
        party.agent = _agent(call, given.pop("agent_id"))
    if "risk_limit" in given:
        limit = given.pop("risk_limit")
        _refuse(limit is not None and limit < 0, "risk_limit", _("No puede ser negativo."))
        party.risk_limit_cents = to_cents(limit) if limit is not None else None
    if given.get("country"):
        known = given["country"] in countries()
        _refuse(not known, "country", _("No hay ningún país con ese código."))
    if given.get("iban"):
        given["iban"] = check_iban(given["iban"])
    if given.get("phone"):
        given["phone"] = _phone(given["phone"])
    if given.get("tax_category"):
        _refuse_category(given["tax_category"])
    if "source" in given:
        party.lead_source = source_named(given.pop("source"), by=call.member)
    nif, kind = given.pop("nif", None), given.pop("kind", None)
    id_type = given.pop("id_type", "")
    for field, value in given.items():
        setattr(party, field, value)
    if kind:
        party.kind = kind
    _identify(party, nif, id_type, guess_kind=not kind)
    if party.postcode and party.country == "ES" and given.keys() & {"postcode", "country"}:
        found = check_postcode(party.postcode)
        party.postcode = found.value
        party.province = party.province or found.province
    for field in ("invoice_emails",):
        if field in given:
            setattr(party, field, list(dict.fromkeys(filter(None, given[field]))))


def _identify(party: Party, nif: str | None, id_type: str, *, guess_kind: bool) -> None:
    """The document that identifies it; it says company or person when nobody does."""
    if nif is None and not id_type:
        return
    text = party.nif if nif is None else nif
    if not text:
        party.nif = ""
        party.id_type = id_type or IdType.NIF
        return
    asked = "" if id_type == IdType.NIF and party.country != "ES" else id_type
    found = identify(text, party.country, id_type=asked)
    party.nif, party.id_type = found.value, found.id_type
    if guess_kind and (party.pk is None or (nif is not None and party.kind == Kind.COMPANY)):
        party.kind = found.kind


def _phone(text: str) -> str:
    try:
        return check_phone(text)
    except Refused:
        return text  # an extension, two numbers: kept as written


def _agent(call: Call, pk: int | None) -> Membership | None:
    if pk is None:
        agent = None
    else:
        people = Membership.objects.filter(deactivated_at=None).select_related("user")
        agent = call.referred(people, pk, "agent_id", _("No existe ese agente."))
    if agent is not None or call.member.sees_only_own:
        try:
            actions.refuse_foreign_agent(agent, call.member)
        except Refused as refused:
            raise Refused(refused.code, str(refused), field="agent_id") from refused
    return agent


def _refuse_category(code: str) -> None:
    try:
        known = category(code)
    except Refused as refused:
        raise Refused(refused.code, str(refused), field="tax_category") from refused
    _refuse(
        known.is_taxed,
        "tax_category",
        _("El tratamiento de un cliente es una exención o una inversión, no un tipo."),
    )


def _refuse(condition: bool, field: str, text: str) -> None:
    if condition:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", text, fields={field: text})
