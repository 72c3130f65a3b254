"""«Comprobar en VIES»: the answers are written by hand from the documented shape of the service.

It was never called from here, so they are not recordings.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from lonja.kit.errors import Refused
from lonja.parties import vies
from lonja.parties.models import Party, VatCheck

REGISTERED = {
    "countryCode": "DE",
    "vatNumber": "136695976",
    "requestDate": "2026-11-21T10:00:00.000Z",
    "valid": True,
    "requestIdentifier": "WAPIAAAAZ3k2s8Qd",
    "name": "---",
    "address": "---",
}
BUSY = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}


@pytest.fixture
def answers(monkeypatch):
    """Make VIES answer that: `answers(REGISTERED)`, `answers(httpx.ConnectError("…"))`."""
    asked: list[dict] = []

    def play(answer: Any, status: int = 200) -> list[dict]:
        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(json.loads(request.content))
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, str):
                return httpx.Response(status, text=answer)
            return httpx.Response(status, json=answer)

        real = vies.ask
        transport = httpx.MockTransport(handle)

        def ask(country: str, number: str, *, requester: str = "", transport: Any = transport):
            return real(country, number, requester=requester, transport=transport or stand_in)

        stand_in = transport
        monkeypatch.setattr(vies, "ask", ask)
        return asked

    return play


@pytest.fixture
def german(lonja) -> Party:
    return Party.objects.create(
        name="Baumarkt GmbH",
        nif="DE136695976",
        id_type="02",
        country="DE",
        address="Hauptstr. 1",
        city="Berlin",
    )


def test_the_answer_is_kept_with_its_date_and_reference(as_lucia, german, answers, lonja):
    asked = answers(REGISTERED)
    assert "Sin comprobar" in as_lucia.get(f"/clientes/{german.pk}/").content.decode()
    page = as_lucia.post(f"/clientes/{german.pk}/vies/", follow=True).content.decode()
    check = VatCheck.objects.get()
    assert (check.valid, check.reference, check.name) == (True, "WAPIAAAAZ3k2s8Qd", "")
    assert "WAPIAAAAZ3k2s8Qd" in page
    assert (asked[0]["countryCode"], asked[0]["vatNumber"]) == ("DE", "136695976")
    assert asked[0]["requesterNumber"] == lonja.company.nif


@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("sin red"), httpx.ReadTimeout("tarde"), "<html>", [], {}, BUSY]
)
def test_without_an_answer_it_says_so_and_nothing_is_kept(as_lucia, german, answers, answer):
    answers(answer)
    page = as_lucia.post(f"/clientes/{german.pk}/vies/", follow=True).content.decode()
    assert "la factura se puede emitir" in page
    assert not VatCheck.objects.exists()


def test_another_number_needs_another_check(as_lucia, german, answers):
    answers(REGISTERED)
    as_lucia.post(f"/clientes/{german.pk}/vies/")
    german.nif = "DE811569869"
    german.save()
    assert "Sin comprobar" in as_lucia.get(f"/clientes/{german.pk}/").content.decode()


def test_a_spanish_client_is_not_asked(as_lucia, lonja, answers):
    asked = answers(REGISTERED)
    party = Party.objects.create(name="Bar Pepe", nif="B12345674")
    as_lucia.post(f"/clientes/{party.pk}/vies/")
    assert asked == []


def test_a_number_it_does_not_understand_is_told():
    wrong = {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]}
    transport = httpx.MockTransport(lambda request: httpx.Response(400, json=wrong))
    with pytest.raises(Refused) as refused:
        vies.ask("DE", "1", transport=transport)
    assert refused.value.code == "vies_input"
