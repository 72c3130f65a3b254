"""«Análisis de ventas»: every figure is the number of rows of the list it opens."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import Role
from lonja.parties.models import LeadSource, Party
from lonja.sales import reports
from lonja.sales.actions.offer_moves import lose_opportunity, move_opportunity, win_opportunity
from lonja.sales.actions.opportunities import create_opportunity, ensure_pipeline, open_stages
from lonja.sales.analysis import percentile
from lonja.sales.models import LossReason, Opportunity, Quote
from lonja.sales.tests.house import line, make_quote


@pytest.fixture
def year(lonja: Any, lucia: Any, marcos: Any, mirador: Party) -> dict[str, Opportunity]:
    """Five ofertas: new, in negotiation, won, lost for its price, and another agent's."""
    ensure_pipeline(lonja.company)
    stages = open_stages(lonja.company)
    fair = LeadSource.objects.create(name="Feria")
    bar = Party.objects.create(name="Bar Pepe", lead_source=fair, agent=marcos)

    def one(title: str, by: Any, party: Party, cents: int) -> Opportunity:
        return create_opportunity(
            company=lonja.company, party=party, title=title, by=by, amount_cents=cents
        )

    made = {
        "new": one("Nueva", lucia, mirador, 100_000),
        "far": one("Avanzada", lucia, mirador, 200_000),
        "won": one("Ganada", lucia, bar, 300_000),
        "lost": one("Perdida", lucia, bar, 400_000),
        "other": one("De Marcos", marcos, bar, 500_000),
    }
    move_opportunity(made["far"], stages[3], by=lucia)
    move_opportunity(made["lost"], stages[1], by=lucia)
    win_opportunity(made["won"], by=lucia, quote=None)
    reason = LossReason.objects.get(name="Precio")
    lose_opportunity(made["lost"], by=lucia, reason=reason)
    return made


def figures(client: Any, query: str = "") -> Any:
    """What the page shows."""
    return client.get(f"/ventas/analisis/?{query}").context


def rows_of(client: Any, url: str) -> int:
    """How many rows the list at an address of the program has."""
    page = client.get("/" + url.split("/", 2)[2] if url.startswith("/clima-levante/") else url)
    text = page.content.decode()
    found = re.search(r'role="status" class="tn">\d+–\d+ de (\d+)<', text)
    return int(found[1]) if found else 0


def test_the_funnel_counts_how_far_each_one_got(year: Any, as_lucia: Any) -> None:
    steps = [(step.name, step.figure.count) for step in figures(as_lucia)["funnel"]]
    assert steps == [
        ("Nueva", 5),
        ("Cualificada", 3),
        ("Propuesta enviada", 2),
        ("Negociación", 2),
        ("Ganada", 1),
    ]


def test_figures_by_agent_source_and_reason_add_up(year: Any, as_lucia: Any) -> None:
    found = figures(as_lucia)
    agents = {
        row.label: (row.made.count, row.won.count, row.lost.count) for row in found["by_agent"]
    }
    assert agents == {"Lucía Ferrer": (4, 1, 1), "Marcos Peris": (1, 0, 0)}
    sources = {row.label: (row.made.count, row.conversion) for row in found["by_source"]}
    assert sources == {"Feria": (3, 50), "Sin indicar": (2, None)}
    assert [(label, one.count, one.cents) for label, one, _share in found["losses"]] == [
        ("Precio", 1, 400_000)
    ]
    assert found["total"].won.cents == 300_000


def test_every_figure_opens_as_many_documents_as_it_says(
    year: Any, as_lucia: Any, lonja: Any, lucia: Any
) -> None:
    page = as_lucia.get("/ventas/analisis/")
    assert page.status_code == 200
    found = page.context["found"]
    shown = [step.figure for step in page.context["funnel"]]
    for row in [found.total, *page.context["by_agent"], *page.context["by_source"]]:
        shown += [row.made, row.won, row.lost, row.open]
    shown += [figure for _label, figure, _share in page.context["losses"]]
    for figure in shown:
        assert rows_of(as_lucia, figure.url) == figure.count, figure.url


def test_presupuestos_by_week_product_and_days_to_sign_open_theirs(
    as_lucia: Any, lonja: Any, lucia: Any, mirador: Party
) -> None:
    from lonja.catalogue.models import Product

    product = Product.objects.create(name="Split", price=100)
    now = timezone.now()
    for days in (1, 3, 10):
        quote = make_quote(lonja.company, mirador, lucia, lines=[line("Split", product=product)])
        sent = now - timedelta(days=days + 20)
        Quote.objects.filter(pk=quote.pk).update(
            status="accepted", sent_at=sent, accepted_at=sent + timedelta(days=days)
        )
    make_quote(lonja.company, mirador, lucia)  # a draft counts nowhere
    page = as_lucia.get("/ventas/analisis/")
    assert page.context["waiting"].median == pytest.approx(3)
    assert page.context["waiting"].p90 == pytest.approx(10)
    assert rows_of(as_lucia, page.context["waiting_url"]) == 3
    (row,) = page.context["by_product"]
    assert (row.label, row.sent.count, row.signed.count) == ("Split", 3, 3)
    assert rows_of(as_lucia, row.sent.url) == 3
    weeks = page.context["weeks"]
    assert sum(week.sent.count for week in weeks) == 3
    assert sum(week.signed.count for week in weeks) == 3
    for week in weeks:
        if week.sent.count:
            assert rows_of(as_lucia, week.sent.url) == week.sent.count


def test_the_period_and_the_filters_narrow_everything(year: Any, as_lucia: Any, lucia: Any) -> None:
    past = figures(as_lucia, "desde=01/01/2020&hasta=31/12/2020")
    assert past["total"].made.count == 0
    assert past["losses"] == []
    fair = LeadSource.objects.get(name="Feria")
    assert figures(as_lucia, f"origen={fair.pk}")["total"].made.count == 3
    assert figures(as_lucia, f"agente={lucia.pk}")["total"].made.count == 4


def test_a_hierarchical_member_analyses_only_its_branch(year: Any, as_marcos: Any) -> None:
    page = as_marcos.get("/ventas/analisis/")
    assert page.context["total"].made.count == 1
    assert [row.label for row in page.context["by_agent"]] == ["Marcos Peris"]
    assert page.context["losses"] == []


def test_who_may_not_see_sales_gets_no_analysis(year: Any, lonja: Any, lucia: Any) -> None:
    support = make_member(lonja, "Sara Soporte", Role.SUPPORT)
    assert OrganisationClient(support).get("/ventas/analisis/").status_code == 403


def test_the_tables_are_downloaded(year: Any, as_lucia: Any) -> None:
    answer = as_lucia.get("/ventas/analisis/?exportar=xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    assert answer.content[:2] == b"PK"
    text = as_lucia.get("/ventas/analisis/?exportar=csv").content.decode("utf-8-sig")
    assert "Etapas;Nueva;5" in text
    assert "Motivos de pérdida;Precio;1" in text


def test_the_analysis_costs_the_same_with_more_ofertas(
    year: Any,
    as_lucia: Any,
    lonja: Any,
    lucia: Any,
    mirador: Party,
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(30):
        create_opportunity(company=lonja.company, party=mirador, title=f"Obra {n}", by=lucia)
    as_lucia.get("/ventas/analisis/")
    with django_assert_max_num_queries(32):
        as_lucia.get("/ventas/analisis/")


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert percentile([], 50) is None
    assert percentile([4.0], 90) == 4.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.5
    assert percentile([float(n) for n in range(1, 11)], 90) == 9.0


def test_the_forecast_counts_an_oferta_once(lonja: Any, lucia: Any, mirador: Party) -> None:
    """With its own amount while no sent presupuesto speaks for it; then with that one."""
    today = timezone.localdate()
    month = today.replace(day=1)
    offer = create_opportunity(
        company=lonja.company,
        party=mirador,
        title="Obra",
        by=lucia,
        amount_cents=100_000,
        probability_pct=40,
        expected_on=today,
    )
    assert reports.weighted_by_month(lucia, [month]) == {month: 40_000}
    quotes = [
        make_quote(
            lonja.company,
            mirador,
            lucia,
            lines=[line("Obra", 1, price)],
            opportunity=offer,
            alternative=name,
            probability_pct=50,
            expected_on=today,
        )
        for name, price in (("A", 600), ("B", 900))
    ]
    Quote.objects.update(status="sent", sent_at=timezone.now())
    assert reports.weighted_by_month(lucia, [month]) == {month: 45_000}
    assert len(quotes) == 2
    reason = LossReason.objects.first()
    lose_opportunity(offer, by=lucia, reason=reason)
    assert reports.weighted_by_month(lucia, [month]) == {month: 0}
