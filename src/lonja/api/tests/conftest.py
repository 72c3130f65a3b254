"""Another program at the door: a key, and a client that speaks JSON with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lonja.accounts.models import Membership
from lonja.accounts.scope import scope
from lonja.api.actions.tokens import create_token
from lonja.api.models import ApiToken
from lonja.api.scopes import SCOPES
from lonja.billing.tests.conftest import hotel, real_commits, series, service

__all__ = ["hotel", "real_commits", "series", "service"]


class Program:
    """Speaks the API with one key: `program.post("/clientes", {"name": "Ana"})`."""

    def __init__(self, secret: str, token: ApiToken) -> None:
        self.secret, self.token = secret, token
        self.client = Client(enforce_csrf_checks=True)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
    ) -> Any:
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["Idempotency-Key"] = key
        return self.client.generic(
            method,
            f"/api/v1{path}",
            sent if body is not None else b"",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **named},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **more: str) -> Any:
        return self.ask("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: str) -> Any:
        return self.ask("PATCH", path, body, **more)

    def delete(self, path: str, **more: str) -> Any:
        return self.ask("DELETE", path, **more)


Maker = Callable[..., Program]


@pytest.fixture
def key_of(db: None) -> Maker:
    """A program with a key of a member: `key_of(marcos, "clientes:leer")`; no scopes: all."""

    def make(member: Membership, *scopes: str, **more: Any) -> Program:
        with scope(member.organisation):
            token, secret = create_token(
                name="Tienda",
                membership=member,
                scopes=scopes or list(SCOPES),
                expires_at=more.get("expires_at"),
                by=member,
            )
        return Program(secret, token)

    return make


@pytest.fixture
def program(key_of: Maker, lucia: Membership) -> Program:
    """Lucía's program, with every scope."""
    return key_of(lucia)
