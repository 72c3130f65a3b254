"""Who the key is: the first thing to ask when setting a connection up."""

from __future__ import annotations

from lonja.api.door.call import Call
from lonja.api.door.routes import route
from lonja.api.door.shapes import MomentOut, Out, moment


class CompanyOut(Out):
    id: int
    legal_name: str
    nif: str
    territory: str


class AccountOut(Out):
    organisation: str
    acting_as: str
    role: str
    scopes: list[str]
    expires_at: MomentOut | None
    companies: list[CompanyOut]


@route("GET", "/cuenta", tag="Cuenta", title="Quién soy", scope="", answer=AccountOut)
def account(call: Call) -> AccountOut:
    """La organización, en nombre de quién actúa la clave, sus permisos y las empresas que ve."""
    return AccountOut(
        organisation=call.token.organisation.name,
        acting_as=call.member.name,
        role=call.member.role,
        scopes=list(call.token.scopes),
        expires_at=moment(call.token.expires_at),
        companies=[
            CompanyOut(id=one.pk, legal_name=one.legal_name, nif=one.nif, territory=one.territory)
            for one in call.companies
        ],
    )
