from collections.abc import Iterator
from typing import Any

import pytest

from lonja.sales.tests.house import link, mirador, quote, sent, whole_transactions

__all__ = ["link", "mirador", "quote", "sent", "whole_transactions"]


@pytest.fixture
def own_certificate(lonja: Any, lucia: Any) -> Any:
    """The company has a certificate that signs."""
    from lonja.einvoices.actions.certificates import keep_certificate
    from lonja.einvoices.tests.conftest import P12_PASSWORD, p12

    return keep_certificate(lonja.company, p12(), P12_PASSWORD, by=lucia)


@pytest.fixture
def authority(lonja: Any, settings: Any) -> Iterator[Any]:
    """A time stamping authority, asked by the company."""
    from lonja.sales.models import SigningSettings
    from lonja.sales.tests.authority import Authority

    settings.OUTGOING_PRIVATE = True
    made = Authority()
    SigningSettings.objects.create(company=lonja.company, tsa_url=made.url)
    yield made
    made.close()
