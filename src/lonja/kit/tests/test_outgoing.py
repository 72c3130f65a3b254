"""What people give us to call is called only if it is of the public Internet (R29)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lonja.kit import outgoing
from lonja.kit.errors import Refused
from lonja.kit.outgoing import Unreachable, check_url, checked_address, is_public, post


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"),
        *("ff02::1", "192.0.2.1"),
    ],
)
def test_addresses_that_are_not_public_are_refused(address):
    assert not is_public(address)
    with pytest.raises(Unreachable):
        checked_address(address, 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4003::1", "::ffff:8.8.8.8"])
def test_public_addresses_pass(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("", "hola", "ftp://a.es/", "file:///etc/passwd", "//a.es", "https://", "http://a.es/"),
        *("https://localhost/", "https://db/", "https://a.local/x", "https://127.0.0.1/"),
        *("https://[::1]/", "https://10.0.0.1/", "https://user:pw@a.es/", "https://a.es:22/"),
        *("https://a.es:99999/", "https://a.es/ b", "https://a.es/\nHost: b", "https://ñ.es/"),
        "https://metadata.google.internal/",
    ],
)
def test_addresses_nobody_should_write_are_refused(url):
    with pytest.raises(Refused):
        check_url(url)
    with pytest.raises(Unreachable):
        post(url, b"{}", {})


def test_a_good_address_is_left_as_it_is():
    assert check_url(" https://tienda.example:8443/avisos?x=1 ").endswith("/avisos?x=1")


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    def both(*_args: Any, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", both)
    with pytest.raises(Unreachable, match="red privada"):
        checked_address("trampa.example", 443)


Serve = Callable[[bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that says what it is told, byte by byte if asked, and closes."""
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def make(said: bytes, pause: float = 0) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)

        def run() -> None:
            try:
                one, _address = server.accept()
                with one:
                    one.recv(65536)
                    step = 1 if pause else len(said)
                    for place in range(0, len(said), step):
                        one.sendall(said[place : place + step])
                        time.sleep(pause)
            except OSError:
                pass  # whoever asked has gone, or nobody came

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield make
    for thread in threads:
        thread.join(5)
    for one in sockets:
        one.close()


def test_what_is_said_comes_back_with_its_status(serve):
    url = serve(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
    answer = post(url, b"{}", {"X-A": "1"}, private=True)
    assert (answer.status, answer.body) == (201, b"ok")


def test_a_redirect_is_not_followed(serve):
    url = serve(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    assert post(url, b"{}", {}, private=True).status == 302


def test_a_long_answer_is_cut(serve):
    url = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)
    assert len(post(url, b"{}", {}, private=True).body) == outgoing.LARGEST_ANSWER


def test_a_server_that_trickles_is_left(serve, monkeypatch):
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.5)
    url = serve(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, pause=0.05)
    with pytest.raises(Unreachable, match="a tiempo"):
        post(url, b"{}", {}, private=True)


def test_nobody_there_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="No se pudo conectar"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, private=True)
