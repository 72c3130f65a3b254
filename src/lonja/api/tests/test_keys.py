"""Keys: who gets in, what for, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lonja.accounts.models import Membership
from lonja.activity.models import Event
from lonja.api.models import ApiToken
from lonja.parties.models import Party
from lonja.ui.models import SubmissionKey


def test_a_key_says_who_it_is(program, lonja):
    me = program.get("/cuenta").json()
    assert me["organisation"] == "Clima Levante"
    assert me["acting_as"] == "Lucía Ferrer"
    assert me["companies"][0]["nif"] == lonja.company.nif


def test_without_a_key_nobody_gets_in(client, as_lucia):
    for visitor in (client, as_lucia):
        answer = visitor.get("/api/v1/clientes") if visitor is client else None
        answer = answer or super(type(visitor), visitor).generic("GET", "/api/v1/clientes")
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "token_missing"


def test_the_secret_is_stored_nowhere(as_lucia, lucia):
    page = as_lucia.post(
        "/configuracion/api/claves/nueva/",
        {"name": "Tienda", "membership": lucia.pk, "scopes": ["clientes:leer"], "_key": "k1"},
    )
    html = b"".join(page.streaming_content).decode()
    token = ApiToken.objects.get()
    secret = html.split('value="lonja_')[1].split('"')[0]
    assert token.prefix.startswith("lonja_")
    assert secret not in repr(vars(token))
    assert [k.body for k in SubmissionKey.objects.all() if secret in k.body] == []
    assert Event.objects.get(verb="api.token_created").target_id == token.pk


def test_a_double_click_makes_one_key(as_lucia, lucia):
    sent = {"name": "Tienda", "membership": lucia.pk, "scopes": ["clientes:leer"], "_key": "k1"}
    as_lucia.post("/configuracion/api/claves/nueva/", sent)
    again = as_lucia.post("/configuracion/api/claves/nueva/", sent)
    assert "Ya se creó" in again.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_key_needs_a_purpose(as_lucia, lucia):
    page = as_lucia.post("/configuracion/api/claves/nueva/", {"name": "X", "membership": lucia.pk})
    assert page.status_code == 409
    assert "Elige al menos una cosa" in page.content.decode()


def test_a_revoked_key_opens_nothing(program, as_lucia):
    assert program.get("/clientes").status_code == 200
    as_lucia.post(f"/configuracion/api/claves/{program.token.pk}/revocacion/", {"_key": "r"})
    assert program.get("/clientes").json()["code"] == "token_invalid"
    assert "Revocada" in as_lucia.get("/configuracion/api/").content.decode()


def test_an_expired_key_opens_nothing(program):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert program.get("/clientes").status_code == 401


def test_a_member_without_access_takes_its_keys_away(program, lucia):
    Membership.objects.filter(pk=lucia.pk).update(deactivated_at=timezone.now())
    assert program.get("/clientes").status_code == 401


def test_a_key_does_only_what_its_scopes_say(key_of, lucia):
    reader = key_of(lucia, "clientes:leer")
    answer = reader.post("/clientes", {"name": "Ana"})
    assert (answer.status_code, answer.json()["scope"]) == (403, "clientes:escribir")
    assert not Party.objects.exists()


def test_a_key_does_no_more_than_its_member(key_of, marcos, hotel):
    """Marcos sells: he sees only his clients and issues nothing, whatever his key says."""
    seller = key_of(marcos)
    assert seller.get("/clientes").json()["items"] == []
    assert seller.get(f"/clientes/{hotel.pk}").status_code == 404
    answer = seller.post("/facturas", {"client_id": hotel.pk})
    assert (answer.status_code, answer.json()["permission"]) == (403, "billing.invoice.edit")


def test_too_many_requests_wait(program, settings):
    settings.API_PER_MINUTE = 5
    answers = [program.get("/cuenta") for _n in range(12)]
    stopped = [a for a in answers if a.status_code == 429]
    assert 2 <= len(stopped) <= 7  # the minute may change in the middle
    assert 1 <= int(stopped[0].headers["Retry-After"]) <= 60
    assert stopped[0].json()["code"] == "rate_limited"


def test_the_last_use_is_seen(program, as_lucia):
    program.get("/cuenta")
    token = ApiToken.objects.get()
    assert token.last_used_at is not None
    assert token.last_address == "127.0.0.1"
    page = as_lucia.get(f"/configuracion/api/claves/{token.pk}/").content.decode()
    assert "127.0.0.1" in page
    assert "Ver clientes" in page


@pytest.mark.parametrize(
    "path", ["/nada", "/clientes/abc", "/clientes/0", "/clientes/9" + "9" * 30]
)
def test_what_does_not_exist_is_not_found(program, path):
    answer = program.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_method_of_another_address_is_told(program):
    answer = program.ask("PUT", "/clientes")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
