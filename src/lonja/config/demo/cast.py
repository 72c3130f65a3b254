"""Who is in the story: the company, its people, its clients and what it sells."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password
from stdnum.es import cif

from lonja.accounts.models import Company, Membership, Organisation, Role, User
from lonja.accounts.scope import scope
from lonja.catalogue.actions.products import save_product
from lonja.catalogue.models import Product
from lonja.config.demo import names
from lonja.kit.text import slug
from lonja.parties.actions.clients import create_client
from lonja.parties.actions.sources import source_named
from lonja.parties.models import Contact, Kind, Party, PaymentMethod, Stage

SLUG = "clima-levante"
CLIENTS, LEADS = 106, 14
PEOPLE = [
    ("Marta Sanchis", Role.ADMIN),
    ("Núria Gil", Role.SALES),
    ("Jordi Peris", Role.OFFICE),
]


@dataclass(frozen=True)
class House:
    """The organisation of the demo and who may log in, with their one password."""

    organisation: Organisation
    company: Company
    members: list[Membership]
    password: str


def make_house(now: object) -> House:
    """«Clima Levante» with its company and three people. The password is new each time."""
    organisation = Organisation.objects.create(
        name="Clima Levante", slug=SLUG, is_demo=True, setup_done_at=now
    )
    password = f"demo-{secrets.token_hex(4)}"
    hashed = make_password(password)  # slow on purpose: once is enough
    with scope(organisation):
        company = Company.objects.create(
            legal_name="Clima Levante, S.L.",
            trade_name="Clima Levante",
            nif="B98765431",
            address="C/ de la Ferreria, 8",
            postcode="46013",
            city="València",
            province="Valencia",
            email="facturas@climalevante.example",
            phone="960 555 010",
            website="www.climalevante.example",
            registry="R. M. de Valencia, T. 0000, F. 00, H. V-000000",
            iban="ES9121000418450200051332",
            tagline="Climatización y mantenimiento",
        )
        members = []
        for full_name, role in PEOPLE:
            email = f"{slug(full_name.split()[0])}@climalevante.example"
            user = User.objects.filter(email=email).first() or User(email=email)
            user.full_name = full_name
            user.password = hashed
            user.save()
            members.append(Membership.objects.create(user=user, role=role))
    return House(organisation, company, members, password)


def make_products(by: Membership) -> dict[str, Product]:
    ensured = {}
    for code, name, family, kind, unit, price in names.PRODUCTS:
        product = Product(
            code=code,
            name=name,
            family=family,
            kind=kind,
            unit=unit,
            price=Decimal(price),
            cost=(Decimal(price) * Decimal("0.62")).quantize(Decimal("0.01")),
        )
        ensured[code] = save_product(product, by=by)
    return ensured


def make_parties(
    rng: Random, agents: Sequence[Membership], by: Membership, since: date
) -> tuple[list[Party], list[Party]]:
    """Clients and leads, with contacts, tags and agents."""
    called = list(names.FIRST)
    for trade, ending in names.TRADES:
        called += [(f"{trade} {place}", ending) for place in names.PLACES]
    rest = [pair for pair in dict.fromkeys(called) if pair not in names.FIRST]
    rng.shuffle(rest)
    chosen = [*names.FIRST, *rest][: CLIENTS + LEADS]
    made = [
        _party(rng, name, ending, agents, by, since, lead=n >= CLIENTS, order=n)
        for n, (name, ending) in enumerate(chosen)
    ]
    return made[:CLIENTS], made[CLIENTS:]


def _party(
    rng: Random,
    name: str,
    ending: str,
    agents: Sequence[Membership],
    by: Membership,
    since: date,
    *,
    lead: bool,
    order: int,
) -> Party:
    postcode, city = rng.choice(names.CITIES)
    person = f"{rng.choice(names.GIVEN)} {rng.choice(names.SURNAMES)} {rng.choice(names.SURNAMES)}"
    domain = f"{slug(name).replace('-', '')}.example"
    party = Party(
        stage=Stage.LEAD if lead else Stage.CLIENT,
        kind=Kind.COMPANY,
        name=f"{name}, {ending}",
        trade_name=name,
        nif=_nif(rng, ending),
        address=f"{rng.choice(names.STREETS)}, {rng.randint(1, 140)}",
        postcode=postcode,
        city=city,
        province="Valencia",
        email=f"administracion@{domain}",
        phone=f"96{order % 10} {550 + order // 10} {rng.randint(100, 999)}",  # of nobody else
        agent=rng.choice(agents),
        payment_method=rng.choices(
            [PaymentMethod.DIRECT_DEBIT, PaymentMethod.TRANSFER, PaymentMethod.CARD], [62, 33, 5]
        )[0],
        payment_terms_days=30,
        client_since=None if lead else since.replace(year=since.year - rng.randint(0, 6)),
        lead_source=source_named(rng.choice(names.SOURCES), by=by),
        language="es",
    )
    create_client(party, by=by, tags=rng.sample(names.TAGS, rng.randint(0, 2)), contact=person)
    position = rng.choice(names.POSITIONS)
    Contact.objects.filter(party=party).update(
        position=position, email=f"{slug(person.split()[0])}@{domain}"
    )
    return party


def _nif(rng: Random, ending: str) -> str:
    """A well-formed NIF that nobody has been given."""
    letter = {"S.A.": "A", "C.B.": "E", "Coop. V.": "F"}.get(ending, "B")
    digits = f"{letter}99{rng.randint(10000, 99999)}"
    return digits + cif.calc_check_digits(digits)[0]
