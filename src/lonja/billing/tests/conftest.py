"""What the tests of billing invoice with: a client, a series, a product."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lonja.accounts.models import Membership, Organisation
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Invoice, InvoiceLine, Series
from lonja.catalogue.models import Product
from lonja.parties.models import Party


@pytest.fixture
def real_commits(transactional_db: None) -> None:
    """For threads: commits are real (`tests.support.emptying` takes them away)."""


@pytest.fixture
def series(lonja: Organisation) -> Series:
    return ensure_series(lonja.company)


@pytest.fixture
def hotel(lonja: Organisation) -> Party:
    return Party.objects.create(
        name="Hotel Mirador de la Bahía, S.L.",
        nif="B12345674",
        address="Av. del Puerto, 14",
        postcode="03700",
        city="Dénia",
        province="Alicante",
        email="compras@mirador.example",
    )


@pytest.fixture
def service(lonja: Organisation) -> Product:
    return Product.objects.create(
        code="SER-001", name="Mantenimiento preventivo", price=Decimal("420.00"), unit="mes"
    )


@pytest.fixture
def draft(series: Series, hotel: Party, lucia: Membership) -> Callable[..., Invoice]:
    """Make a draft: `draft(price="100", party=…)`."""

    def make(price: str = "100", party: Party | None = None, **more: Any) -> Invoice:
        company = lucia.organisation.company if hasattr(lucia.organisation, "company") else None
        company = company or series.company
        invoice = Invoice(
            company=company, party=party or hotel, series=series, issued_on=company.today(), **more
        )
        line = InvoiceLine(concept="Mantenimiento preventivo", unit_price=Decimal(price))
        return save_draft(invoice, [line], by=lucia)

    return make


@pytest.fixture
def issued(draft: Callable[..., Invoice], lucia: Membership) -> Callable[..., Invoice]:
    """Make an issued invoice."""

    def make(price: str = "100", **more: Any) -> Invoice:
        return issue_invoice(draft(price, **more), by=lucia)

    return make


@pytest.fixture
def typed(lonja: Organisation, series: Series, hotel: Party) -> Callable[..., dict[str, Any]]:
    """What the editor posts: `typed({"unit_price": "1.234,50"}, reference="…")`."""

    def make(*lines: dict[str, str], **more: Any) -> dict[str, Any]:
        lines = lines or ({"unit_price": "100,00"},)
        company = series.company
        data: dict[str, Any] = {
            "company": company.pk,
            "party": hotel.pk,
            "party_before": hotel.pk,
            "issued_on": f"{company.today():%d/%m/%Y}",
            "due_on": "+30",
            "series": series.pk,
            "payment_method": "transfer",
            "withholding_pct": "0",
            "message": "",
            "lineas-TOTAL_FORMS": len(lines),
            "accion": "guardar",
        }
        for number, line in enumerate(lines):
            row = {
                "concept": "Mantenimiento preventivo",
                "detail": "",
                "quantity": "1",
                "unit_price": "",
                "discount_pct": "",
                "tax_category": "iva_general",
                "ORDER": str(number + 1),
                **line,
            }
            data |= {f"lineas-{number}-{name}": value for name, value in row.items()}
        return {**data, **more}

    return make
