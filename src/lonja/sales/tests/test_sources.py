"""«Origen»: from the first call to the invoiced euros, and every figure opens its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lonja.accounts.models import Company
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Invoice, InvoiceLine
from lonja.parties.actions.leads import capture_lead, convert_lead
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import LeadSource, Party
from lonja.sales.models import Quote
from lonja.sales.reports_sources import Span, rows_of, sources

ALWAYS = Span(None, None)
DATA = {
    "nif": "B12345674", "address": "Av. 1", "postcode": "03700", "city": "Dénia",
    "allow_duplicate": True, "allow_nif": True,
}  # fmt: skip


def invoiced(party: Party, price: str, by: Any) -> Invoice:
    company = Company.objects.get()
    draft = Invoice(
        company=company, party=party, series=ensure_series(company), issued_on=company.today()
    )
    draft.agent = by
    line = InvoiceLine(concept="Servicio", unit_price=Decimal(price))
    return issue_invoice(save_draft(draft, [line], by=by), by=by)


@pytest.fixture
def fair(lucia: Any, lonja: Any) -> Party:
    """A lead of a fair that became a client and was invoiced 100 €."""
    lead = capture_lead({"name": "Mirador", "source": "Feria", **DATA}, by=lucia)
    convert_lead(lead, by=lucia, on=lonja.company.today())
    lead.refresh_from_db()
    invoiced(lead, "100", lucia)
    return lead


def test_a_source_is_followed_to_the_invoiced_euros(fair: Party, lucia: Any, lonja: Any) -> None:
    capture_lead({"name": "Ana", "source": "Feria"}, by=lucia)
    capture_lead({"name": "Luis"}, by=lucia)
    Quote.objects.create(
        company=lonja.company, party=fair, number="P1", status="accepted", base_cents=25000,
        accepted_at=timezone.now(), agent=lucia, created_on=date(2026, 11, 1),
        valid_until=date(2026, 12, 1),
    )  # fmt: skip
    report = sources(lucia, ALWAYS)
    told = {
        row.name: (row.leads, row.clients, row.signed_cents, row.invoiced_cents)
        for row in report.rows
    }
    assert told == {"Feria": (2, 1, 25000, 10000), "Sin origen": (1, 0, 0, 0)}
    assert (report.total.leads, report.total.invoiced_cents) == (3, 10000)
    assert report.rows[0].won_pct == 50


def test_every_figure_opens_the_rows_it_counts(as_lucia: Any, fair: Party, lucia: Any) -> None:
    source = LeadSource.objects.get().pk
    page = as_lucia.get("/potenciales/origen/?periodo=todo").content.decode()
    assert f"/potenciales/origen/facturas/?origen={source}&amp;periodo=todo" in page
    rows = as_lucia.get(f"/potenciales/origen/facturas/?origen={source}&periodo=todo")
    assert Invoice.objects.get().number in rows.content.decode()
    assert list(rows_of(lucia, "clientes", source, ALWAYS)) == [fair]
    assert list(rows_of(lucia, "potenciales", 0, ALWAYS)) == []


def test_what_is_out_of_the_period_does_not_count(fair: Party, lucia: Any) -> None:
    before = sources(lucia, Span(date(2020, 1, 1), date(2020, 12, 31)))
    assert before.rows == [] and before.total.invoiced_cents == 0


def test_a_merged_client_counts_where_the_kept_one_came_from(fair: Party, lucia: Any) -> None:
    other = capture_lead({"name": "Otro", "source": "Web", **DATA}, by=lucia)
    invoiced(other, "50", lucia)
    merge_parties(fair, other, by=lucia)
    report = sources(lucia, ALWAYS)
    assert [(row.name, row.leads, row.invoiced_cents) for row in report.rows] == [
        ("Feria", 1, 15000)
    ]


def test_marcos_counts_only_what_is_his(as_marcos: Any, fair: Party, marcos: Any) -> None:
    capture_lead({"name": "Ana", "source": "Web"}, by=marcos)
    assert [row.name for row in sources(marcos, ALWAYS).rows] == ["Web"]
    source = LeadSource.objects.get(name="Feria").pk
    page = as_marcos.get(f"/potenciales/origen/facturas/?origen={source}&periodo=todo")
    assert page.status_code == 200 and "Mirador" not in page.content.decode()


def test_many_sources_cost_the_same_queries(
    fair: Party, lucia: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        capture_lead({"name": f"Persona {n}", "source": f"Origen {n}"}, by=lucia)
    with django_assert_max_num_queries(6):
        assert len(sources(lucia, ALWAYS).rows) == 21
