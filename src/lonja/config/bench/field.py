"""La aplicación de campo, abierta sin conexión en un navegador recién arrancado."""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from lonja.config.bench.results import Result, percentiles
from lonja.config.bench.scratch import engine

help = "aplicación de campo: del icono a la lista de clientes, sin conexión"

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
# From the beginning of the navigation until the clients can be touched.
READY = "performance.getEntriesByName('campo-lista')[0]?.startTime"
# Not `wait_for_function`: from its second try on it is eval, which the page refuses.
TAKEN_OVER = """() => navigator.serviceWorker.controller !== null
  || new Promise((done) => navigator.serviceWorker.addEventListener(
       "controllerchange", () => done(true), {once: true}))"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=1000, metavar="N", help="clientes (1000)")
    parser.add_argument("--products", type=int, default=2000, metavar="N", help="productos (2000)")
    parser.add_argument("--times", type=int, default=7, metavar="N", help="veces (7)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """One visit with network fills the copy; then the browser is closed and opened without."""
    from playwright.sync_api import sync_playwright

    from lonja.config.workbench import chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in this thread
    cookie = _house(args.clients, args.products)
    address, stop = serve()
    times: list[float] = []
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:

        def opened() -> Any:
            return playwright.chromium.launch_persistent_context(
                profile,
                executable_path=chromium.find_or_install(),
                args=ARGUMENTS,
                viewport={"width": 390, "height": 844},
                locale="es-ES",
            )

        window = opened()
        window.add_cookies([{**cookie, "url": address}])
        page = window.new_page()
        page.goto(f"{address}/banco/campo/")
        page.locator("[data-client]").first.wait_for(timeout=60_000)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.evaluate(TAKEN_OVER)
        window.close()
        stop()
        for _time in range(args.times):
            window = opened()
            window.set_offline(True)
            page = window.new_page()
            page.goto(f"{address}/banco/campo/")
            page.locator("[data-client]").first.wait_for()
            times.append(float(page.evaluate(READY)))
            window.close()
    median, worst = percentiles(times)
    yield Result(
        "field",
        engine(),
        n=args.times,
        p50_ms=median,
        p95_ms=worst,
        more={"clients": args.clients, "products": args.products},
    )


def _house(clients: int, products: int) -> dict[str, str]:
    """A company with so many clients and products; the session of who sells there."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from lonja.accounts.models import Company, Membership, Organisation, User
    from lonja.accounts.scope import scope
    from lonja.catalogue.models import Product
    from lonja.parties.models import Party

    user = User.objects.create_user("campo@banco.example")
    house = Organisation.objects.create(name="Banco", slug="banco", setup_done_at=timezone.now())
    with scope(house):
        Company.objects.create(legal_name="Banco, S.L.", nif="B98765431")
        agent = Membership.objects.create(user=user, role="admin")
        rows = [
            Product(code=f"P{n}", name=f"Producto {n}", family=f"Familia {n % 20}", price=n)
            for n in range(products)
        ]
        people = [Party(name=f"Cliente {n}, S.L.", city="València", agent=agent)
                  for n in range(clients)]  # fmt: skip
        for product in rows:
            product.fill_search_text()
        for person in people:
            person.fill_search_text()
        Product.objects.bulk_create(rows, 500)
        Party.objects.bulk_create(people, 500)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}


def serve() -> tuple[str, Any]:
    """This program on a port of its own: (address, what stops it)."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from lonja.ui import assets

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    assets.prepare()
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}", server.shutdown
