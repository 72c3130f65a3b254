"""Of an invoice paid in terms, only the terms whose day has passed are overdue."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from lonja.accounts.models import Company
from lonja.billing import late, reports, tasks
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.collections_table import ages_of
from lonja.billing.models import Invoice


@pytest.fixture
def in_terms(draft, lucia):
    """300 € and VAT in three terms of 121 €; the first fell due 40 days ago, the second 10."""
    one = draft("300", instalment_terms="30/60/90")
    day = one.company.today() - timedelta(days=70)
    Invoice.objects.filter(pk=one.pk).update(issued_on=day)
    return issue_invoice(one, by=lucia, on=day)


def test_what_has_not_fallen_due_is_not_late(in_terms, lucia):
    today = in_terms.company.today()
    owed = reports.debt(lucia, today)
    assert (owed.outstanding, owed.overdue, owed.overdue_count) == (36300, 24200, 1)
    assert owed.ages == {"current": 12100, "30": 12100, "60": 12100, "more": 0}
    by_party = reports.overdue_by_party(lucia, [in_terms.party_id], today)
    assert by_party == {in_terms.party_id: 24200}
    assert [row.late_cents for row in reports.oldest_overdue(lucia, today)] == [24200]


def test_each_term_has_its_own_age_in_the_bar_of_cobros(in_terms, lucia, as_lucia):
    today = in_terms.company.today()
    found = {one["slug"]: (one["cents"], one["n"]) for one in ages_of(lucia, today)}
    assert found["al-corriente"] == (12100, 0)
    assert found["1-30"] == (12100, 0)
    assert found["31-60"] == (12100, 1)
    page = as_lucia.get("/cobros/clientes/").content.decode()
    assert "242,00" in page and "363,00" in page


def test_a_part_payment_settles_the_oldest_term_first(in_terms, lucia):
    today = in_terms.company.today()
    register_payment(in_terms, amount=15000, on=today, method="cash", by=lucia)
    owed = reports.debt(lucia, today)
    assert (owed.outstanding, owed.overdue) == (21300, 9200)
    assert owed.ages == {"current": 12100, "30": 9200, "60": 0, "more": 0}


def test_the_reminder_asks_for_what_is_overdue(in_terms):
    today = in_terms.company.today()
    assert late.fill_text("{importe} de {total}", in_terms, today) == "242,00\xa0€ de 363,00\xa0€"


def test_a_rule_waits_for_the_days_of_each_term(in_terms, lucia):
    today = in_terms.company.today()
    noon = datetime.combine(today, time(12), tzinfo=in_terms.company.zone)
    (held,) = tasks.overdue(35, noon, 10)
    first = today - timedelta(days=40)
    assert held.occasion == f"{first:%Y%m%d}"
    assert held.since.date() == first + timedelta(days=35)
    register_payment(in_terms, amount=12100, on=today, method="cash", by=lucia)
    assert list(tasks.overdue(35, noon, 10)) == []
    (second,) = tasks.overdue(10, noon, 10)
    assert second.occasion == f"{today - timedelta(days=10):%Y%m%d}"


def test_a_rule_counts_days_where_the_company_is(in_terms):
    """At half past midnight in Madrid it is still yesterday in Greenwich and in the Canaries."""
    company = in_terms.company
    day = in_terms.next_due_on + timedelta(days=60)
    midnight = datetime.combine(day, time(0, 30), tzinfo=company.zone)
    (held,) = tasks.overdue(60, midnight, 10)
    assert held.since <= midnight
    Company.objects.filter(pk=company.pk).update(territory="canarias")
    assert list(tasks.overdue(60, midnight, 10)) == []


def test_an_invoice_without_terms_is_overdue_whole_and_asks_nothing_more(
    draft, lucia, django_assert_num_queries
):
    one = draft("100")
    day = one.company.today() - timedelta(days=20)
    Invoice.objects.filter(pk=one.pk).update(issued_on=day, due_on=day)
    one = issue_invoice(one, by=lucia, on=day)
    today = one.company.today()
    assert reports.debt(lucia, today).overdue == 12100
    with django_assert_num_queries(2):  # the invoices and their clients
        assert [row.late_cents for row in reports.oldest_overdue(lucia, today)] == [12100]
