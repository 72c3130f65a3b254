"""Passkeys, with the browser's own virtual device."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from tests.cast import PASSWORD
from tests.support.browser import at_rest

from lonja.kit.text import search_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def site(live_server):
    """Keys belong to a name, never to a number."""
    return live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def device(page):
    """A device with a fingerprint reader that says yes; `.says(no)` makes it refuse."""
    return Device(page)


class Device:
    def __init__(self, page):
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        kind = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        answer = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
        self.name = answer["authenticatorId"]

    def keys(self):
        asked = {"authenticatorId": self.name}
        return self.cdp.send("WebAuthn.getCredentials", asked)["credentials"]

    def forget(self):
        self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.name})

    def recognises(self, person: bool):
        asked = {"authenticatorId": self.name, "isUserVerified": person}
        self.cdp.send("WebAuthn.setUserVerified", asked)


def with_password(member):
    member.user.email = search_text(member.user.email)
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def log_in(page, site, member, ahead=""):
    page.goto(f"{site}/cuenta/entrar/{ahead}")
    page.get_by_label("Correo").fill(member.user.email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url(lambda url: "/cuenta/entrar/" not in url)
    at_rest(page)


def add_key(page, site, name="Portátil de la oficina"):
    page.goto(f"{site}/cuenta/segundo-factor/")
    page.get_by_role("link", name="Añadir una llave").click()
    at_rest(page)
    page.get_by_label("Nombre").fill(name)
    page.get_by_role("button", name="Crear la llave").click()
    page.get_by_role("heading", name="Códigos de recuperación").wait_for()


def come_in(page, site):
    page.goto(f"{site}/cuenta/entrar/")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    page.wait_for_url(lambda url: "/cuenta/" not in url)


@pytest.fixture
def owner(transactional_db, marcos, page, site, device):
    """Marcos, with a key in his device, logged out."""
    with_password(marcos)
    log_in(page, site, marcos)
    add_key(page, site)
    page.context.clear_cookies()
    return marcos


@pytest.mark.browser
def test_a_key_opens_without_password_and_where_one_was_going(owner, page, site):
    page.goto(f"{site}/cuenta/entrar/?next=/clima-levante/configuracion/mi-cuenta/")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    page.get_by_role("heading", name="Mi cuenta").wait_for()
    key = Authenticator.objects.get(user=owner.user, type=Authenticator.Type.WEBAUTHN)
    assert key.last_used_at is not None
    assert key.wrap().name == "Portátil de la oficina"


@pytest.mark.browser
def test_after_the_password_the_key_is_asked_for_or_a_recovery_code(owner, page, site, page_errors):
    log_in(page, site, owner)
    page.get_by_role("heading", name="Usa tu llave de acceso").wait_for()
    page.get_by_label("Código").fill("no-es-ninguno")
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.get_by_text("El código no es correcto").first.wait_for()
    page_errors.clear()  # the 422 of that answer
    page.get_by_role("button", name="Usar mi llave de acceso").click()
    page.wait_for_url(lambda url: "/cuenta/" not in url)


@pytest.mark.browser
def test_a_device_that_does_not_recognise_the_person_opens_nothing(owner, page, site, device):
    device.recognises(person=False)
    page.goto(f"{site}/cuenta/entrar/")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    page.get_by_text("No se ha usado ninguna llave").wait_for()
    assert "/cuenta/entrar/" in page.url
    # And the way of always is still there.
    page.get_by_label("Contraseña").wait_for()


@pytest.mark.browser
def test_a_removed_key_opens_nothing(owner, page, site, page_errors):
    Authenticator.objects.filter(user=owner.user).delete()
    page.goto(f"{site}/cuenta/entrar/")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    page.get_by_text("Esa llave no abre ninguna cuenta de aquí").wait_for()
    page_errors.clear()  # the 422 of the answer
    page.goto(f"{site}/clima-levante/")
    assert "/cuenta/entrar/" in page.url, "and nothing was opened"


@pytest.mark.browser
def test_the_same_device_is_not_added_twice(owner, page, site):
    come_in(page, site)
    page.goto(f"{site}/cuenta/llaves/nueva/")
    page.get_by_role("button", name="Crear la llave").click()
    page.get_by_text("Este aparato ya tiene una llave de tu cuenta").wait_for()
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1


@pytest.mark.browser
def test_keys_are_renamed_and_removed_and_the_last_one_says_what_follows(owner, page, site):
    come_in(page, site)
    page.goto(f"{site}/cuenta/segundo-factor/")
    page.get_by_role("link", name="Cambiar el nombre de Portátil de la oficina").click()
    page.get_by_label("Nombre").fill("Móvil <b>")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_role("link", name="Quitar Móvil <b>").click()
    page.get_by_text("Es tu único segundo factor").wait_for()
    page.get_by_role("button", name="Quitar").click()
    page.get_by_text("Llave de acceso quitada").wait_for()
    assert not Authenticator.objects.filter(user=owner.user).exists()


@pytest.mark.browser
def test_the_pages_of_keys_have_no_accessibility_faults(owner, page, site, axe):
    page.goto(f"{site}/cuenta/entrar/")
    assert axe(page) == []
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    page.wait_for_url(lambda url: "/cuenta/" not in url)
    for path in ("segundo-factor/", "llaves/nueva/"):
        page.goto(f"{site}/cuenta/{path}")
        assert axe(page) == []


def test_an_accountant_with_only_a_key_has_a_second_factor(lucia, as_lucia):
    from lonja.office import second_factor

    assert not second_factor.has_one(lucia.user)
    Authenticator.objects.create(user=lucia.user, type=Authenticator.Type.WEBAUTHN, data={})
    assert second_factor.has_one(lucia.user)


def test_what_has_to_be_signed_is_asked_without_an_account(client, settings):
    settings.PUBLIC_URL = "https://crm.climalevante.example"
    options = client.post("/cuenta/llave/").json()["publicKey"]
    assert options["rpId"] == "crm.climalevante.example"
    assert options["userVerification"] == "required"
    assert len(options["challenge"]) >= 32
    assert client.get("/cuenta/llave/").url == "/cuenta/entrar/"


NO_KEYS = ["{}", "nada", "[]", '"x"', json.dumps({"id": "x", "response": {}})]


@pytest.mark.parametrize("forged", NO_KEYS)
def test_an_invented_key_is_refused(forged, db):
    answer = Client().post("/cuenta/llave/", {"credential": forged})
    assert answer.status_code == 422
    assert "Esa llave no abre ninguna cuenta" in answer.content.decode()


@pytest.mark.parametrize("forged", NO_KEYS)
def test_an_invented_key_is_not_added(forged, marcos):
    with_password(marcos)
    client = Client()
    client.post("/cuenta/entrar/", {"login": marcos.user.email, "password": PASSWORD})
    answer = client.post("/cuenta/llaves/nueva/", {"name": "Mía", "credential": forged})
    assert answer.status_code == 422
    assert "No se ha podido comprobar la llave" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_keys_of_another_person_are_not_there(lucia, marcos):
    key = Authenticator.objects.create(
        user=marcos.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Suya"}
    )
    client = Client()
    client.force_login(lucia.user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 4e9}]
    session.save()
    for path in ("nombre", "quitar"):
        assert client.get(f"/cuenta/llaves/{key.pk}/{path}/").status_code == 404
        assert client.post(f"/cuenta/llaves/{key.pk}/{path}/").status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.parametrize(
    ("address", "possible"),
    [("https://crm.example", True), ("http://crm.example", False), ("http://192.168.1.5", False)],
)
def test_keys_are_only_offered_where_a_browser_gives_them(address, possible, lucia, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    client = Client()
    client.force_login(lucia.user)
    scheme, host = address.split("://")
    page = client.get(
        "/cuenta/segundo-factor/aviso/", headers={"host": host}, secure=scheme == "https"
    ).content.decode()
    assert ("Con la huella o el PIN" in page) is possible
    assert "Con un código del móvil" in page
