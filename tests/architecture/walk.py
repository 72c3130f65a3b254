"""Walking every URL of the house: what there is, how to ask for it, what came of it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from lonja.accounts.locks import scoped_models
from lonja.accounts.models import Membership
from lonja.accounts.scope import all_organisations
from tests.architecture.factories import ARGUMENTS, ROWS, House

ORGANISATION, GLOBAL = "lonja.config.org_urls", "lonja.config.urls"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CHANGED = "HAN CAMBIADO LAS FILAS DE"
WRITING = re.compile(r"^\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
# Who is visiting is Django's own business.
SESSION = re.compile(r'"(django_session)"')


def nobody(_house: House) -> int:
    """What an argument that nobody registered gets (the test of the table names it)."""
    return 0


@dataclass(frozen=True)
class Page:
    """A URL pattern: its name, its arguments and its view."""

    name: str
    arguments: tuple[str, ...]
    view: Any
    urlconf: str

    @property
    def keys(self) -> list[str]:
        return [f"{self.name}.{argument}" for argument in self.arguments]

    @property
    def model_of(self) -> dict[str, Any]:
        """Argument → model, for those that name a row."""
        return {
            key.rpartition(".")[2]: model
            for model, names in ROWS.items()
            for key in self.keys
            if key in names.split()
        }

    def path(self, house: House, **given: Any) -> str:
        """The address for the rows of a house, without the organisation."""
        values = {
            argument: given[argument] if argument in given else ARGUMENTS.get(key, nobody)(house)
            for argument, key in zip(self.arguments, self.keys, strict=True)
        }
        return str(reverse(self.name, urlconf=self.urlconf, kwargs=values))


def pages(urlconf: str) -> list[Page]:
    """Every URL pattern of a resolver. Patterns without a name are named by their route."""
    return list(_pages(get_resolver(urlconf), urlconf, "", ""))


def _pages(resolver: Any, urlconf: str, namespace: str, route: str) -> Iterator[Page]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}" if pattern.name else f"{route}{pattern.pattern}"
            arguments = tuple(pattern.pattern.regex.groupindex)
            yield Page(name, arguments, pattern.callback, urlconf)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _pages(pattern, urlconf, inner, f"{route}{pattern.pattern}")


@dataclass
class Answer:
    """What a request got, and the SQL it wrote with."""

    method: str
    path: str
    status: int
    said: str
    writes: list[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}"


@dataclass
class Visitor:
    """Somebody at the door. Each visit is undone: the next one finds the house as it was."""

    client: Client
    watched: House | None = None
    print: str = field(default="")

    def __post_init__(self) -> None:
        self.client.raise_request_exception = True
        if self.watched is not None:
            self.print = fingerprint(self.watched.organisation.pk)

    def visit(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Ask, look at what was written, and undo it. A crash counts as 500."""
        written: list[str] = []

        def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if WRITING.match(sql) and not SESSION.search(sql):
                written.append(sql[:160])
            return execute(sql, params, many, context)

        said, status = "", 500
        with undone():
            try:
                with transaction.atomic(), connection.execute_wrapper(listen):
                    answer = self.client.generic(
                        method,
                        path + query,
                        _encoded(data) if method == "POST" else b"",
                        content_type="application/x-www-form-urlencoded",
                        headers=headers or {},
                    )
                    status, said = answer.status_code, text_of(answer)
                    if written:
                        connection.check_constraints()
            except Exception as error:
                status, said = 500, f"{type(error).__name__}: {error}"
            if written and status != 500 and self.watched is not None and self.changed():
                said += f" [{CHANGED} {self.watched.mark}]"
        return Answer(method, path + query, status, said, written)

    def changed(self) -> bool:
        """Whether the rows of the house that must stay as they are did not."""
        return self.watched is not None and (
            fingerprint(self.watched.organisation.pk) != self.print
        )


def _encoded(data: Any) -> bytes:
    from urllib.parse import urlencode

    return urlencode(data or {}, doseq=True).encode()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def text_of(response: Any) -> str:
    """Everything an answer says: headers, cookies, text, and what is inside books and PDFs."""
    parts = [f"{name}: {value}" for name, value in response.items()]
    parts += [morsel.OutputString() for morsel in response.cookies.values()]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts += [book.read(name).decode(errors="replace") for name in book.namelist()]
    elif content.startswith(b"%PDF"):
        from pypdf import PdfReader

        parts += [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    parts.append(content.decode(errors="replace"))
    return "\n".join(parts)


def fingerprint(organisation_id: int) -> str:
    """A hash of every row of an organisation."""
    digest = hashlib.sha256()
    with all_organisations(), connection.cursor() as cursor:
        for model in sorted(scoped_models(), key=lambda m: m._meta.db_table):
            cursor.execute(
                f'SELECT * FROM "{model._meta.db_table}" WHERE organisation_id = %s ORDER BY id',
                [organisation_id],
            )
            for row in cursor:
                digest.update(repr(row).encode())
    return digest.hexdigest()


def login(member: Membership, **options: Any) -> Client:
    """A client logged in as the member."""
    client = Client(**options)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


__all__ = ["GLOBAL", "METHODS", "ORGANISATION", "Answer", "Page", "Visitor", "pages"]
