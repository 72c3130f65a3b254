"""Of the alternatives of an oferta the client accepts one, and a rejected one counts no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.sales.actions import new_version, publish_quote, reject_quote
from lonja.sales.actions.opportunities import create_opportunity
from lonja.sales.models import Opportunity, Quote, QuoteStatus
from lonja.sales.tests.house import BASE, line, make_quote
from lonja.sales.tests.signers import sign
from lonja.subscriptions.models import Plan


def alternatives(company: Any, party: Party, lucia: Any, **fields: Any) -> list[Quote]:
    offer = create_opportunity(company=company, party=party, title="Reforma", by=lucia)
    return [
        make_quote(
            *(company, party, lucia, [line("Reforma", 1, price)]),
            opportunity=offer,
            alternative=name,
            **fields,
        )
        for name, price in (("A", 1000), ("B", 2000))
    ]


@pytest.mark.django_db
def test_an_alternative_is_not_sent_again_once_another_is_accepted(
    lonja: Any, lucia: Any, mirador: Party
) -> None:
    first, second = alternatives(lonja.company, mirador, lucia)
    sign(publish_quote(first, by=lucia, base_url=BASE))
    again = new_version(Quote.objects.get(pk=second.pk), by=lucia)
    with pytest.raises(Refused) as refused:
        publish_quote(again, by=lucia, base_url=BASE)
    assert refused.value.code == "alternative_accepted"
    assert "«A»" in str(refused.value)


@pytest.mark.django_db
def test_an_alternative_that_was_out_is_not_signed_once_another_is_accepted(
    lonja: Any, lucia: Any, mirador: Party
) -> None:
    first, second = alternatives(lonja.company, mirador, lucia)
    link = publish_quote(second, by=lucia, base_url=BASE)
    Quote.objects.filter(pk=first.pk).update(status=QuoteStatus.ACCEPTED)
    with pytest.raises(Refused) as refused:
        sign(link)
    assert refused.value.code == "alternative_accepted"


@pytest.mark.no_scope
@pytest.mark.usefixtures("whole_transactions")
def test_of_two_alternatives_signed_at_once_one_is_accepted() -> None:
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lucia = make_member(lonja, "Lucía Ferrer")
    with scope(lonja):
        party = Party.objects.create(name="Hotel Mirador", nif="B12345674", email="a@b.example")
        today = lonja.company.today()
        quotes = alternatives(lonja.company, party, lucia, service_starts_on=today)
        links = [publish_quote(one, by=lucia, base_url=BASE) for one in quotes]
    together = Barrier(2)

    def press(link: Any) -> str:
        try:
            with scope(lonja):
                together.wait(20)
                sign(link)
            return "signed"
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, links))
    assert answers == ["quote_rejected", "signed"]
    with scope(lonja):
        assert Quote.objects.filter(status=QuoteStatus.ACCEPTED).count() == 1
        assert Plan.objects.count() == 1


@pytest.mark.django_db
def test_a_rejected_quote_counts_no_more_in_its_oferta_until_it_is_opened_again(
    lonja: Any, lucia: Any, mirador: Party
) -> None:
    _cheap, dear = alternatives(lonja.company, mirador, lucia)
    publish_quote(dear, by=lucia, base_url=BASE)
    assert Opportunity.objects.get().amount_cents == 200_000
    reject_quote(dear, reason="Caro", by=lucia, at=timezone.now())
    assert Opportunity.objects.get().amount_cents == 100_000
    new_version(Quote.objects.get(pk=dear.pk), by=lucia)
    assert Opportunity.objects.get().amount_cents == 200_000
