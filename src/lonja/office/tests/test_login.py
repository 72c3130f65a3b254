"""Coming in: password, second factor, recovery codes, rate limits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.cast import PASSWORD, make_member

from lonja.accounts.models import Role
from lonja.kit.text import search_text
from lonja.mail.models import OutgoingMail
from lonja.office.models import AccessPolicy, FirstLogin

OUTBOX = "lonja.mail.backend.OutboxBackend"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def give_password(member):
    member.user.email = search_text(member.user.email)  # an address has no accents
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def log_in(member, password=PASSWORD, next_page=""):
    client = Client()
    data = {"login": member.user.email, "password": password, "next": next_page}
    return client, client.post("/cuenta/entrar/", data)


def test_a_wrong_password_says_so_and_keeps_the_address(marcos):
    give_password(marcos)
    _client, answer = log_in(marcos, "otra-cosa-larga")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "El correo o la contraseña no son correctos" in html
    assert marcos.user.email in html


def test_a_salesperson_lands_where_they_were_going(marcos):
    give_password(marcos)
    client = Client()
    asked = client.get("/clima-levante/buscar/?q=x")
    assert asked.url == "/cuenta/entrar/?next=/clima-levante/buscar/%3Fq%3Dx"
    _client, answer = log_in(marcos, next_page="/clima-levante/buscar/?q=x")
    assert answer.url == "/clima-levante/buscar/?q=x"


def test_nobody_signs_up_by_themselves(client, db):
    assert client.get("/cuenta/registro/").status_code == 404


def test_too_many_wrong_passwords_have_to_wait(marcos):
    give_password(marcos)
    for _ in range(5):
        log_in(marcos, "otra-cosa-larga")
    _client, answer = log_in(marcos)
    assert "Demasiados intentos" in answer.content.decode()


def test_an_administrator_is_asked_for_the_second_factor_and_may_put_it_off(lucia):
    give_password(lucia)
    client, answer = log_in(lucia, next_page="/clima-levante/")
    assert answer.url == "/cuenta/segundo-factor/aviso/?next=%2Fclima-levante%2F"
    notice = client.get(answer.url).content.decode()
    assert "Más tarde (quedan 7 días)" in notice
    assert client.get("/clima-levante/").status_code == 200


def test_a_salesperson_is_not_asked_for_a_second_factor(marcos):
    give_password(marcos)
    _client, answer = log_in(marcos)
    assert answer.url == "/"


def test_after_a_week_nothing_opens_without_the_second_factor(lucia, lonja):
    give_password(lucia)
    FirstLogin.objects.create(user=lucia.user, at=timezone.now() - timedelta(days=8))
    client, _answer = log_in(lucia)
    blocked = client.get("/clima-levante/configuracion/")
    assert blocked.status_code == 303
    assert blocked.url.startswith("/cuenta/segundo-factor/aviso/")
    assert "Más tarde" not in client.get(blocked.url).content.decode()
    posted = client.post("/clima-levante/configuracion/cobro/", {"payment_terms_days": "15"})
    assert posted.status_code == 303
    lonja.company.refresh_from_db()
    assert lonja.company.payment_terms_days == 30


def test_the_days_of_grace_are_data(lucia):
    give_password(lucia)
    AccessPolicy.objects.create(second_factor_grace_days=20)
    client, answer = log_in(lucia)
    assert "quedan 20 días" in client.get(answer.url).content.decode()


def test_activating_totp_gives_recovery_codes_and_opens_the_door(lucia):
    give_password(lucia)
    FirstLogin.objects.create(user=lucia.user, at=timezone.now() - timedelta(days=8))
    client, _answer = log_in(lucia)
    page = client.get("/cuenta/segundo-factor/activar/").content.decode()
    assert "data:image/svg+xml" in page
    secret = re.search(r'strong tn">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    wrong = client.post("/cuenta/segundo-factor/activar/", {"code": "000000"})
    assert wrong.status_code == 422
    done = client.post("/cuenta/segundo-factor/activar/", {"code": code_of(secret)})
    assert done.url == "/cuenta/segundo-factor/codigos/"
    assert len(re.findall(r">\d{8}</span>", client.get(done.url).content.decode())) == 10
    assert client.get("/clima-levante/").status_code == 200


def test_the_secret_of_the_second_factor_is_sealed(lucia):
    secret = generate_totp_secret()
    TOTP.activate(lucia.user, secret)
    stored = Authenticator.objects.get(user=lucia.user).data["secret"]
    assert secret not in stored
    assert stored.startswith("1$")


def test_the_code_of_the_phone_is_asked_after_the_password(lucia):
    give_password(lucia)
    secret = generate_totp_secret()
    TOTP.activate(lucia.user, secret)
    client, answer = log_in(lucia)
    assert answer.url.startswith("/cuenta/segundo-factor/codigo/")
    assert client.get("/clima-levante/").status_code == 302
    assert client.post(answer.url, {"code": "123456"}).status_code == 422
    assert client.post(answer.url, {"code": code_of(secret)}).status_code == 302
    assert client.get("/clima-levante/").status_code == 200


def test_a_recovery_code_opens_once(lucia):
    give_password(lucia)
    TOTP.activate(lucia.user, generate_totp_secret())
    code = RecoveryCodes.activate(lucia.user).get_unused_codes()[0]
    client, answer = log_in(lucia)
    assert client.post(answer.url, {"code": code}).status_code == 302
    again, answer = log_in(lucia)
    assert again.post(answer.url, {"code": code}).status_code == 422


def test_a_new_password_does_not_skip_the_second_factor(lucia, settings):
    settings.EMAIL_BACKEND = OUTBOX
    give_password(lucia)
    TOTP.activate(lucia.user, generate_totp_secret())
    client = Client()
    client.post("/cuenta/contrasena/recuperar/", {"email": lucia.user.email})
    mail = OutgoingMail.objects.get(kind="account")
    assert mail.to == [lucia.user.email]
    link = re.search(r"http://testserver(/\S+)", mail.text)[1]
    form = client.get(link, follow=True)
    changed = client.post(form.redirect_chain[-1][0], {"password1": "otra-frase-muy-larga"})
    assert changed.status_code == 302
    assert client.get("/clima-levante/").status_code == 302
    _client, answer = log_in(lucia, "otra-frase-muy-larga")
    assert answer.url.startswith("/cuenta/segundo-factor/codigo/")


def test_asking_for_a_password_does_not_tell_who_has_an_account(marcos):
    client = Client()
    known = client.post("/cuenta/contrasena/recuperar/", {"email": marcos.user.email})
    unknown = client.post("/cuenta/contrasena/recuperar/", {"email": "nadie@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_leaving_needs_a_press_and_closes_the_session(as_marcos):
    as_marcos.get("/cuenta/salir/")
    assert as_marcos.get("/").status_code == 200
    as_marcos.post("/cuenta/salir/")
    assert as_marcos.get("/").status_code == 302


def test_an_accountant_is_asked_too(lonja):
    member = give_password(make_member(lonja, "Pilar Soler", Role.ACCOUNTANT))
    _client, answer = log_in(member)
    assert answer.url.startswith("/cuenta/segundo-factor/aviso/")


def test_a_made_up_host_gets_no_mail_with_its_address(lucia, settings):
    settings.EMAIL_BACKEND = OUTBOX
    settings.ALLOWED_HOSTS = ["*"]
    give_password(lucia)
    data = {"email": lucia.user.email}
    answer = Client().post("/cuenta/contrasena/recuperar/", data, headers={"host": "malo.example"})
    assert answer.status_code == 422
    assert not OutgoingMail.objects.exists()
    settings.PUBLIC_URL = "https://lonja.clima.example"
    Client().post("/cuenta/contrasena/recuperar/", data, headers={"host": "malo.example"})
    assert "https://lonja.clima.example/cuenta/" in OutgoingMail.objects.get().text
