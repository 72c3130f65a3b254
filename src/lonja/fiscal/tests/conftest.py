"""A stand-in agency on this machine, and a company with a certificate to speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lonja.accounts.models import Membership, Organisation
from lonja.billing.models import Invoice
from lonja.billing.tests.conftest import (  # noqa: F401 - fixtures
    draft,
    hotel,
    issued,
    real_commits,
    series,
    service,
)
from lonja.fiscal.actions.certificates import keep_certificate
from lonja.fiscal.actions.sending import send_next
from lonja.fiscal.models import Certificate, Channel, Submission
from lonja.fiscal.verifactu.agency import AgencyServer

NIF = "B98765431"
PASSWORD = "contraseña del certificado"


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[AgencyServer]:
    """The agency answers at once and asks for no wait, unless a test says otherwise."""
    with AgencyServer(tmp_path / "agencia") as running:
        running.agency.wait = 0
        settings.VERIFACTU_TEST_URL = running.url
        settings.VERIFACTU_TEST_CA = running.ca
        yield running


@pytest.fixture
def agency(server: AgencyServer) -> Any:
    return server.agency


@pytest.fixture
def certificate(server: AgencyServer, lonja: Organisation, lucia: Membership) -> Certificate:
    content = server.authority.pkcs12("CLIMA LEVANTE SL", NIF, PASSWORD)
    return keep_certificate(lonja.company, content, PASSWORD, is_representative=False, by=lucia)


@pytest.fixture
def several(issued: Any) -> Callable[[int], list[Invoice]]:  # noqa: F811
    """Issue so many invoices."""
    return lambda count: [issued() for _n in range(count)]


def send() -> Submission | None:
    """Send as the worker would, once."""
    return send_next(NIF, "test")


def time_passes() -> None:
    """Whatever was to be waited for is over, and whoever was sending is taken for dead."""
    past = timezone.now() - timedelta(seconds=1)
    Channel.objects.update(wait_until=past, retry_at=None, lease_until=None)


def drain(most: int = 50) -> int:
    """Send until nothing is left, time passing between tries. Returns how many times."""
    for times in range(most):
        time_passes()
        if send() is None:
            return times
    raise AssertionError("no acaba")
