"""Fifty presses of «Firmar y aceptar» at the same time are one signature (F10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.portal.tests.test_public import signing
from lonja.sales.actions import send_quote
from lonja.sales.models import Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.tests.house import BASE, PLAN_KEY, make_quote
from lonja.subscriptions.models import Plan

TIMES = 50


@pytest.mark.no_scope
@pytest.mark.usefixtures("whole_transactions")
def test_fifty_signatures_at_once_are_one() -> None:
    cache.clear()
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lucia = make_member(lonja, "Lucía Ferrer")
    with scope(lonja):
        party = Party.objects.create(name="Hotel Mirador", nif="B12345674", email="a@b.example")
        quote = make_quote(lonja.company, party, lucia, service_starts_on=lonja.company.today())
        token = send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE).token

    def press(_n: int) -> int:
        try:
            return Client().post(f"/p/{token}/firma/", signing(opcion=PLAN_KEY)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        answers: list[Any] = list(pool.map(press, range(TIMES)))
    assert set(answers) == {303}
    with scope(lonja):
        assert Quote.objects.get().status == QuoteStatus.ACCEPTED
        assert Signature.objects.count() == 1
        assert SignedDocument.objects.count() == 1
        assert OutgoingMail.objects.filter(kind="sales.signed").count() == 2
        assert sorted(plan.unit for plan in Plan.objects.all()) == ["month", "once"]
