"""Webhooks: owed with what happened, signed, tried again, and never to the house's own network."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from lonja.activity.models import Event
from lonja.api.actions.deliver import SWITCHED_OFF_AFTER, WAITS
from lonja.api.actions.webhooks import create_endpoint, forget
from lonja.api.models import Delivery, WebhookEndpoint
from lonja.api.tests.test_once import LINE
from lonja.jobs.models import Job
from lonja.jobs.worker import run_until_idle
from lonja.mail.models import OutgoingMail
from lonja.parties.actions.clients import create_client
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party
from lonja.ui.models import SubmissionKey


class Shop:
    """Another program listening: what it got, and what it will answer."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.got.append((dict(self.headers), body))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/avisos"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def shop(settings) -> Iterator[Shop]:
    settings.OUTGOING_PRIVATE = True
    listening = Shop()
    yield listening
    listening.close()


@pytest.fixture
def listen(shop, lucia):
    """Make an endpoint at the shop: `listen("invoice.issued")` gives (endpoint, secret)."""

    def make(*events: str):
        return create_endpoint(url=shop.url, description="Tienda", events=events, by=lucia)

    return make


def all_jobs_now() -> None:
    """Bring what waits for later to now, and do it."""
    Job.objects.filter(status="ready").update(run_at=timezone.now())
    run_until_idle()


def test_an_invoice_issued_is_told_signed(program, hotel, shop, listen):
    _endpoint, secret = listen("invoice.issued")
    draft = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE]}).json()
    issued = program.post(f"/facturas/{draft['id']}/emision").json()
    run_until_idle()
    ((headers, body),) = shop.got
    told = json.loads(body)
    assert (told["type"], told["data"]["id"]) == ("invoice.issued", issued["id"])
    assert told["data"]["object"] == issued
    stamp, told_hmac = (part.split("=")[1] for part in headers["Lonja-Signature"].split(","))
    mine = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(told_hmac, mine)
    assert headers["Lonja-Delivery"] == told["id"]


def test_only_what_was_asked_is_told(lucia, shop, listen):
    listen("product.created")
    create_client(Party(name="Ana"), by=lucia)
    run_until_idle()
    assert shop.got == []
    assert not Delivery.objects.exists()


def test_what_did_not_happen_is_not_told(lucia, shop, listen):
    listen("client.created")
    with pytest.raises(RuntimeError), transaction.atomic():
        create_client(Party(name="Ana"), by=lucia)
        raise RuntimeError
    run_until_idle()
    assert shop.got == []


def test_who_listens_to_archived_clients_hears_of_one_that_was_merged(lucia, shop, listen):
    listen("client.archived")
    kept, other = Party.objects.create(name="Mirador"), Party.objects.create(name="Miramar")
    merge_parties(kept, other, by=lucia)
    run_until_idle()
    (told,) = shop.told
    assert (told["type"], told["data"]["id"]) == ("client.archived", other.pk)
    assert told["data"]["object"]["merged_into_id"] == kept.pk


def test_an_invoice_is_paid_when_nothing_is_left(program, hotel, shop, listen):
    listen("invoice.paid", "payment.registered")
    draft = program.post("/facturas", {"client_id": hotel.pk, "lines": [LINE]}).json()
    program.post(f"/facturas/{draft['id']}/emision")
    for amount in ("21.00", "100.00"):
        program.post(f"/facturas/{draft['id']}/cobros", {"amount": amount})
    run_until_idle()
    assert sorted(one["type"] for one in shop.told) == [
        "invoice.paid",
        "payment.registered",
        "payment.registered",
    ]


def test_a_failure_is_tried_again_with_the_same_bytes(lucia, shop, listen):
    listen("client.created")
    shop.answers = [500, 302, 200]
    party = create_client(Party(name="Ana"), by=lucia)
    run_until_idle()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.next_at > timezone.now() + timedelta(seconds=WAITS[0] - 20)
    Party.objects.filter(pk=party.pk).update(name="Otra")
    all_jobs_now()
    all_jobs_now()
    delivery.refresh_from_db()
    assert (delivery.state, len(delivery.tries)) == ("delivered", 3)
    assert len({body for _headers, body in shop.got}) == 1
    assert WebhookEndpoint.objects.get().failing_since is None


def test_a_try_that_runs_twice_sends_once(lucia, shop, listen):
    from lonja.api.jobs import deliver

    listen("client.created")
    create_client(Party(name="Ana"), by=lucia)
    run_until_idle()
    delivery = Delivery.objects.get()
    deliver.call(delivery_id=delivery.pk, round=0, attempt=0)
    assert len(shop.got) == 1


def test_who_never_answers_is_given_up_in_sight(lucia, as_lucia, shop, listen):
    endpoint, _secret = listen("client.created")
    shop.answers = [500] * 20
    create_client(Party(name="Ana"), by=lucia)
    for _n in range(len(WAITS) + 1):
        all_jobs_now()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", len(WAITS) + 1)
    assert not Job.objects.filter(status="ready").exists()
    page = as_lucia.get(f"/configuracion/api/webhooks/{endpoint.pk}/").content.decode()
    assert "No entregado" in page
    shop.answers = []
    as_lucia.post(f"/configuracion/api/entregas/{delivery.pk}/reenvio/", {"_key": "r"})
    run_until_idle()
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    assert len({body for _headers, body in shop.got}) == 1


def test_days_failing_switch_it_off_and_somebody_is_told(lucia, as_lucia, shop, listen):
    endpoint, _secret = listen("client.created")
    long_ago = timezone.now() - SWITCHED_OFF_AFTER - timedelta(minutes=1)
    WebhookEndpoint.objects.update(failing_since=long_ago)
    shop.answers = [500]
    create_client(Party(name="Ana"), by=lucia)
    run_until_idle()
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert OutgoingMail.objects.get().to == [lucia.user.email]
    assert "1 webhook desactivado" in as_lucia.get("/").content.decode()
    create_client(Party(name="Eva"), by=lucia)
    assert Delivery.objects.count() == 1
    as_lucia.post(f"/configuracion/api/webhooks/{endpoint.pk}/activacion/", {"_key": "a"})
    create_client(Party(name="Luz"), by=lucia)
    run_until_idle()
    assert shop.told[-1]["data"]["object"]["name"] == "Luz"


def test_a_webhook_is_made_tried_and_deleted_on_screen(as_lucia, shop):
    sent = {"url": shop.url, "description": "Tienda", "events": ["invoice.issued"], "_key": "k"}
    page = as_lucia.post("/configuracion/api/webhooks/nuevo/", sent)
    html = b"".join(page.streaming_content).decode()
    secret = html.split('value="whsec_')[1].split('"')[0]
    endpoint = WebhookEndpoint.objects.get()
    assert secret not in repr(vars(endpoint))
    assert endpoint.secret() == f"whsec_{secret}"
    assert [k for k in SubmissionKey.objects.all() if secret in k.body] == []
    as_lucia.post(f"/configuracion/api/webhooks/{endpoint.pk}/prueba/", {"_key": "p"})
    run_until_idle()
    assert shop.told[0]["type"] == "ping"
    shown = as_lucia.get(f"/configuracion/api/entregas/{Delivery.objects.get().pk}/")
    assert "200" in shown.content.decode()
    as_lucia.post(f"/configuracion/api/webhooks/{endpoint.pk}/borrado/", {"_key": "b"})
    assert as_lucia.get(f"/configuracion/api/webhooks/{endpoint.pk}/").status_code == 404
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"api.webhook_created", "api.webhook_deleted"} <= verbs


@pytest.mark.parametrize(
    "url",
    [
        *("http://tienda.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/"),
        *("https://169.254.169.254/latest/", "https://localhost/", "ftp://a.example/", "hola"),
        "https://user:clave@a.example/",
    ],
)
def test_addresses_of_the_house_are_refused(as_lucia, settings, url):
    settings.OUTGOING_PRIVATE = False
    sent = {"url": url, "events": ["invoice.issued"]}
    page = as_lucia.post("/configuracion/api/webhooks/nuevo/", sent)
    assert page.status_code == 409
    assert url in page.content.decode().replace("&amp;", "&")
    assert not WebhookEndpoint.objects.exists()


def test_a_name_that_leads_inside_gets_nothing(lucia, shop, listen, settings):
    """The name was public when it was written, and no longer is."""
    listen("client.created")
    settings.OUTGOING_PRIVATE = False
    create_client(Party(name="Ana"), by=lucia)
    run_until_idle()
    delivery = Delivery.objects.get()
    assert shop.got == []
    assert (delivery.state, delivery.tries[0]["status"]) == ("waiting", 0)


def test_the_house_of_another_is_not_told(nuria, lucia, shop, listen, other_house):
    from lonja.accounts.scope import scope

    listen("client.created")
    with scope(other_house):
        create_client(Party(name="Ajena"), by=nuria)
    run_until_idle()
    assert shop.got == []


def test_old_deliveries_go(lucia, shop, listen):
    listen("client.created")
    for name in ("Ana", "Eva"):
        create_client(Party(name=name), by=lucia)
    run_until_idle()
    old = Delivery.objects.first()
    Delivery.objects.filter(pk=old.pk).update(happened_at=timezone.now() - timedelta(days=31))
    assert forget() == 1
    assert Delivery.objects.count() == 1
