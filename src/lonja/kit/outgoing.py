"""The one client for addresses that people give us: webhooks, shops, feeds (R16, R29).

Only http and https; the name is resolved once and the connection goes to the address that was
checked, so that a name cannot change its mind in between. Addresses that are not public are
refused: an outsider must not reach the router, the database or the cloud's metadata through us.
Redirects are not followed. Connect, read, total time and size are limited.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from lonja.kit.errors import Refused
from lonja.kit.words import _

if TYPE_CHECKING:
    import httpcore

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 20.0
LARGEST_ANSWER = 64 * 1024
PORTS = frozenset({80, 443, 8080, 8443})
# Ranges that lead to addresses of version 4 inside: NAT64, 6to4, Teredo. Python calls them global.
_TUNNELS = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


class Unreachable(Exception):
    """Nobody answered, or what answered is not allowed. Its text is for a log a person reads."""


@dataclass(frozen=True)
class Answer:
    """What the other end said; `body` is cut at `LARGEST_ANSWER`."""

    status: int
    body: bytes
    milliseconds: int


def is_public(text: str) -> bool:
    """Whether an address is of the public Internet."""
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if address.version == 6 and any(address in network for network in _TUNNELS):
        return False
    return address.is_global and not address.is_multicast


def check_url(text: str, *, private: bool = False, field: str = "url") -> str:
    """The address, if it may be called. Raises `Refused('url_invalid')` or `('url_private')`.

    Nothing is resolved here: the name is checked again, with what it means then, at each call.
    """
    bare = text.strip()
    parts = _split(bare)
    if parts is None or not parts.hostname or parts.scheme not in ("http", "https"):
        raise Refused(
            "url_invalid",
            _("Escribe una dirección completa: https://ejemplo.es/avisos."),
            field=field,
        )
    if parts.username or parts.password:
        raise Refused(
            "url_invalid", _("La dirección no puede llevar usuario ni contraseña."), field=field
        )
    if private:
        return bare
    if parts.scheme != "https":
        raise Refused("url_invalid", _("La dirección tiene que empezar por https://."), field=field)
    if (parts.port or 443) not in PORTS:
        raise Refused("url_invalid", _("Ese puerto no está permitido."), field=field)
    if not _may_be_public(parts.hostname):
        raise Refused(
            "url_private",
            _("Esa dirección es de una red privada: los avisos solo van a direcciones públicas."),
            field=field,
        )
    return bare


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # «:99999» is told here
    except ValueError:
        return None
    return parts if text.isascii() and text.isprintable() and " " not in text else None


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        local = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
        return "." in host and not host.lower().rstrip(".").endswith(local)


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> Answer:
    """POST to an address given by a person. Raises Unreachable, also when it is not allowed."""
    import httpcore  # not at start: only the processes that call out pay for it

    try:
        check_url(url, private=private)
    except Refused as refused:
        raise Unreachable(str(refused)) from None
    began = time.monotonic()
    backend = _backend(began + TOTAL_SECONDS, private)
    limits = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": 1}
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent += [(b"Host", _host(url)), (b"Content-Length", str(len(body)).encode())]
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_tls(), max_connections=1, network_backend=backend
            ) as pool,
            pool.stream(
                "POST", url, headers=sent, content=body, extensions={"timeout": limits}
            ) as response,
        ):
            kept = b""
            for chunk in response.iter_stream():
                kept += chunk
                if len(kept) >= LARGEST_ANSWER:
                    break
            status = int(response.status)
    except (httpcore.TimeoutException, TimeoutError):
        raise Unreachable("No contestó a tiempo.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as error:
        raise Unreachable(f"No se pudo conectar: {str(error)[:200]}") from None
    return Answer(status, kept[:LARGEST_ANSWER], round((time.monotonic() - began) * 1000))


def _host(url: str) -> bytes:
    return urlsplit(url).netloc.encode()


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _backend(deadline: float, private: bool) -> Any:
    """Connects only to checked addresses, and stops everything at the deadline."""
    import httpcore

    class Checked(httpcore.NetworkBackend):
        def __init__(self) -> None:
            self.plain = httpcore.SyncBackend()

        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            address = checked_address(host, port, private=private)
            stream = self.plain.connect_tcp(address, port, timeout, local_address, socket_options)
            return Timed(stream)

    class Timed(httpcore.NetworkStream):
        """A stream whose every wait ends at the deadline, however slowly bytes come."""

        def __init__(self, stream: httpcore.NetworkStream) -> None:
            self.stream = stream

        def _left(self, timeout: float | None) -> float:
            left = deadline - time.monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout("deadline")
            return min(left, timeout) if timeout is not None else left

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self.stream.read(max_bytes, self._left(timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self.stream.write(buffer, self._left(timeout))

        def close(self) -> None:
            self.stream.close()

        def start_tls(
            self,
            ssl_context: ssl.SSLContext,
            server_hostname: str | None = None,
            timeout: float | None = None,
        ) -> httpcore.NetworkStream:
            left = self._left(timeout)
            return Timed(self.stream.start_tls(ssl_context, server_hostname, left))

        def get_extra_info(self, info: str) -> Any:
            return self.stream.get_extra_info(info)

    return Checked()


def checked_address(host: str, port: int, *, private: bool = False) -> str:
    """The address to connect to for a name, every one of its addresses checked.

    Raises Unreachable when any of them is not public: a name with one of each is a trick.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("No existe ese nombre de servidor.") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses:
        raise Unreachable("No existe ese nombre de servidor.")
    if not private and not all(is_public(address) for address in addresses):
        raise Unreachable("Esa dirección es de una red privada.")
    return addresses[0]
