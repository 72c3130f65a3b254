"""Leads: captured with little, qualified with what is asked, clients without retyping."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.parties.actions.leads import (
    capture_lead,
    convert_lead,
    discard_lead,
    find_duplicates,
    missing_to_qualify,
    qualify_lead,
)
from lonja.parties.models import LeadSource, Party
from lonja.parties.qualifying import reasons_in_words
from lonja.parties.tests.cast import make_client

ON = date(2026, 11, 22)


def test_a_name_and_a_phone_are_a_lead(marcos: Any) -> None:
    lead = capture_lead({"name": "Carmen Roselló", "phone": "612 345 678"}, by=marcos)
    lead.refresh_from_db()
    assert (lead.stage, lead.lead_status, lead.kind) == ("lead", "new", "consumer")
    assert (lead.phone, lead.agent) == ("+34612345678", marcos)
    assert lead.score == 20 and reasons_in_words(lead.score_reasons) == ["+20 tiene teléfono"]


def test_the_person_of_a_firm_is_its_main_contact(lucia: Any) -> None:
    lead = capture_lead(
        {"name": "Carmen Roselló", "company": "Hotel Mirador, S.L.", "source": "Feria"}, by=lucia
    )
    assert (lead.name, lead.kind) == ("Hotel Mirador, S.L.", "company")
    assert lead.contacts.get().name == "Carmen Roselló"
    assert lead.lead_source == LeadSource.objects.get(name="Feria")


def test_a_lead_is_qualified_when_nothing_required_is_missing(lucia: Any) -> None:
    lead = capture_lead({"name": "Carmen", "phone": "612345678"}, by=lucia)
    assert missing_to_qualify(lead) == ["Correo", "Qué necesita"]
    with pytest.raises(Refused, match="Correo, Qué necesita"):
        qualify_lead(lead, by=lucia)
    Party.objects.filter(pk=lead.pk).update(email="c@rosello.example", notes="Aire para el salón")
    assert qualify_lead(lead, by=lucia).lead_status == "qualified"


def test_discarding_asks_why(lucia: Any) -> None:
    lead = capture_lead({"name": "Carmen"}, by=lucia)
    with pytest.raises(Refused, match="por qué"):
        discard_lead(lead, " ", by=lucia)
    assert discard_lead(lead, "No contesta", by=lucia).discard_reason == "No contesta"


def test_converting_twice_is_once_and_keeps_everything(lucia: Any) -> None:
    lead = capture_lead({"name": "Carmen", "company": "Mirador", "source": "Feria"}, by=lucia)
    client = convert_lead(lead, by=lucia, on=ON)
    convert_lead(lead, by=lucia, on=date(2026, 12, 1))
    client.refresh_from_db()
    assert (client.pk, client.stage, client.converted_on) == (lead.pk, "client", ON)
    assert client.lead_source.name == "Feria" and client.contacts.count() == 1
    assert Event.objects.filter(verb="parties.converted").count() == 1


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        ({"nif": "b-12345674"}, ("nif",)),
        ({"email": "COMPRAS@mirador.example"}, ("email",)),
        ({"phone": "965 78 00 00"}, ("phone",)),
        ({"name": "HOTEL MIRADOR DE LA BAHIA SL"}, ("name",)),
        ({"name": "Hotel Miradro de la Bahía"}, ("name",)),
        ({"name": "Hotel Mirador de la Baia, Sociedad Limitada"}, ("name",)),
        ({"name": "Hotel Mirador", "phone": "+34 965780000"}, ("phone", "name")),
    ],
)
def test_who_may_be_the_same_is_found(asked: Any, reasons: Any, lonja: Any) -> None:
    mirador = make_client(
        nif="B12345674", email="compras@mirador.example", phone="+34965780000",
        trade_name="Hotel Mirador",
    )  # fmt: skip
    for number in range(30):
        make_client(f"Hotel Costa {number}, S.L.")
    assert [(one.party, one.reasons) for one in find_duplicates(**asked)] == [(mirador, reasons)]


@pytest.mark.parametrize("name", ["Hotel Miramar", "Bar Mirador", "Hotel Mirador 2", "Ana"])
def test_another_name_is_somebody_else(name: str, lonja: Any) -> None:
    make_client("Hotel Mirador, S.L.")
    make_client("Eva")
    assert find_duplicates(name=name) == []
