"""A whole Lonja for a browser: its own server, a worker at work and a post office that keeps what
it is given."""

from __future__ import annotations

import email
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from lonja.sales.tests.house import whole_transactions
from tests.support.browser import accessibility_faults
from tests.support.processes import free_port, wait_for

__all__ = ["whole_transactions"]

SAMPLES = Path(__file__).resolve().parents[2] / "src" / "lonja"
CLIENTS = SAMPLES / "parties" / "tests" / "data" / "import" / "clientes.xlsx"
PRODUCTS = SAMPLES / "catalogue" / "tests" / "data" / "import" / "productos.csv"


@dataclass
class PostOffice:
    """An SMTP server that accepts everything."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    def handle_message(self, message: EmailMessage) -> None:
        self.letters.append(message)

    def letter(self, subject: str, to: str = "") -> EmailMessage:
        """Wait for the letter whose subject has these words, for this address."""

        def find() -> EmailMessage | None:
            return next(
                (one for one in self.letters if subject in one["Subject"] and to in one["To"]), None
            )

        try:
            return wait_for(find, seconds=30)
        except AssertionError:
            came = [f"{one['To']}: {one['Subject']}" for one in self.letters]
            raise AssertionError(f"No letter «{subject}» for {to}, only {came}") from None


@pytest.fixture
def post() -> Iterator[PostOffice]:
    from aiosmtpd.controller import Controller

    office = PostOffice()

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            office.handle_message(email.message_from_bytes(envelope.content, policy=modern))
            return "250 Ok"

    office.port = free_port()
    controller = Controller(Handler(), hostname="127.0.0.1", port=office.port)
    controller.start()
    yield office
    controller.stop()


@pytest.fixture(scope="session")
def application() -> Any:
    """The same door the real server opens."""
    from lonja.config.wsgi import prepared_application

    return prepared_application()


@pytest.fixture
def server(whole_transactions: None, application: Any) -> Iterator[str]:
    """The address of a server on the test's own database, with a worker beside it."""
    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.db import connections
    from django.test.testcases import QuietWSGIRequestHandler

    from lonja.jobs.worker import run_forever

    cache.clear()
    httpd = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    httpd.daemon_threads = True
    httpd.set_app(application)
    stop = threading.Event()
    threads = [
        threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
        threading.Thread(target=run_forever, args=(stop, 1), daemon=True),
    ]
    for thread in threads:
        thread.start()
    with closing(httpd.socket):
        yield f"http://127.0.0.1:{httpd.server_port}"
        stop.set()
        httpd.shutdown()
    for thread in threads:
        thread.join(timeout=30)
    connections.close_all()


@pytest.fixture
def look() -> Callable[[Page], None]:
    """`look(page)`: the screen that has just appeared has no accessibility fault."""

    def check(page: Page) -> None:
        page.wait_for_load_state("load")
        assert accessibility_faults(page) == [], page.url

    return check


def pdfs(letter: EmailMessage) -> list[bytes]:
    """The PDFs a letter carries."""
    return [
        part.get_payload(decode=True)  # type: ignore[misc]
        for part in letter.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]


def links(letter: EmailMessage) -> list[str]:
    """The addresses its text holds."""
    body = letter.get_body(("plain",))
    assert body is not None
    return re.findall(r"https?://\S+", body.get_content())
