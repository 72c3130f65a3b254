"""What is known about a lead, what it is worth and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from lonja.parties.models import Contact, Kind, LeadStatus, Party, QualificationRule

MOST = 100


@dataclass(frozen=True)
class Fact:
    """`known(party, contacts)` says whether we know it; `points` by kind, `required` in which."""

    slug: str
    label: Any  # as what is missing: «Correo»
    reason: Any  # as what adds up: «tiene correo»
    known: Callable[[Party, Sequence[Contact]], bool]
    points: dict[str, int]
    required: frozenset[str] = frozenset()
    # Where it is typed: the field of the form.
    field: str = ""


def _points(company: int, professional: int, consumer: int) -> dict[str, int]:
    return {Kind.COMPANY: company, Kind.PROFESSIONAL: professional, Kind.CONSUMER: consumer}


_ALL = frozenset(Kind.values)
_BUSINESS = frozenset({Kind.COMPANY, Kind.PROFESSIONAL})
_ADVANCED = {LeadStatus.CONTACTED, LeadStatus.QUALIFIED}

FACTS = (
    Fact(
        "phone", lazy("Teléfono"), lazy("tiene teléfono"),
        lambda party, people: bool(party.phone or any(one.phone for one in people)),
        _points(15, 15, 20), _ALL, "phone",
    ),
    Fact(
        "email", lazy("Correo"), lazy("tiene correo"),
        lambda party, people: bool(party.email or any(one.email for one in people)),
        _points(20, 20, 20), _ALL, "email",
    ),
    Fact(
        "nif", lazy("NIF"), lazy("tiene NIF"),
        lambda party, people: bool(party.nif), _points(15, 15, 10), _BUSINESS, "nif",
    ),
    Fact(
        "address", lazy("Dirección"), lazy("tiene dirección"),
        lambda party, people: bool(party.address and (party.city or party.postcode)),
        _points(10, 10, 15), field="address",
    ),
    Fact(
        "contact", lazy("Persona de contacto"), lazy("sabemos con quién hablar"),
        lambda party, people: bool(people), _points(10, 0, 0), frozenset({Kind.COMPANY}), "contact",
    ),
    Fact(
        "need", lazy("Qué necesita"), lazy("sabemos qué necesita"),
        lambda party, people: bool(party.notes), _points(15, 20, 20), _ALL, "notes",
    ),
    Fact(
        "source", lazy("Origen"), lazy("sabemos de dónde viene"),
        lambda party, people: party.lead_source_id is not None,
        _points(5, 5, 5), field="lead_source",
    ),
    Fact(
        "website", lazy("Web"), lazy("tiene web"),
        lambda party, people: bool(party.website), _points(5, 5, 0), field="website",
    ),
    Fact(
        "contacted", lazy("Primer contacto"), lazy("ya hemos hablado"),
        lambda party, people: party.lead_status in _ADVANCED,
        _points(5, 10, 10),
    ),
)  # fmt: skip
BY_SLUG = {fact.slug: fact for fact in FACTS}


@dataclass(frozen=True)
class Worth:
    """What a fact counts for a kind, as configured or as usual."""

    fact: Fact
    points: int
    required: bool


Rules = dict[str, list[Worth]]


def rules() -> Rules:
    """What counts in this organisation, by kind. One query."""
    stored = {(one.kind, one.fact): one for one in QualificationRule.objects.all()}
    found: Rules = {}
    for kind in Kind.values:
        for fact in FACTS:
            own = stored.get((kind, fact.slug))
            worth = (
                Worth(fact, own.points, own.required)
                if own is not None
                else Worth(fact, fact.points[kind], kind in fact.required)
            )
            found.setdefault(kind, []).append(worth)
    return found


def score_of(
    party: Party, contacts: Sequence[Contact], known: Rules
) -> tuple[int, list[dict[str, Any]]]:
    """(points from 0 to 100, where they come from) of a party."""
    reasons = [
        {"fact": worth.fact.slug, "points": worth.points}
        for worth in known[party.kind]
        if worth.points and worth.fact.known(party, contacts)
    ]
    total = sum(reason["points"] for reason in reasons)
    return max(0, min(MOST, total)), reasons


def missing_of(party: Party, contacts: Sequence[Contact], known: Rules) -> list[Fact]:
    """The required facts that are not known, in order."""
    return [
        worth.fact
        for worth in known[party.kind]
        if worth.required and not worth.fact.known(party, contacts)
    ]


def reasons_in_words(reasons: Iterable[dict[str, Any]]) -> list[str]:
    """«+20 tiene correo» of each stored reason."""
    return [
        _("%(points)+d %(reason)s")
        % {"points": one["points"], "reason": BY_SLUG[one["fact"]].reason}
        for one in reasons
        if isinstance(one, dict) and one.get("fact") in BY_SLUG
    ]
