"""The advance that was signed is billed once, and the final invoice takes it off."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from lonja.billing.actions.issue import issue_invoice
from lonja.billing.models import Invoice, ReferenceRole, Status
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.sales.actions import new_version, publish_quote, save_quote
from lonja.sales.actions.deposit import deposit_of
from lonja.sales.models import Quote
from lonja.sales.signing import signed_figures
from lonja.sales.tests.house import BASE, LINES, PLAN_KEY, line, make_quote
from lonja.sales.tests.signers import sign
from lonja.subscriptions.actions.bill import bill_due
from lonja.subscriptions.models import Plan, Unit

pytestmark = pytest.mark.django_db

WITH_DEPOSIT = [
    *LINES,
    line("Libro del edificio", 1, "33.33", tax_category="iva_superreducido"),
]


@pytest.fixture
def signed(lonja: Any, lucia: Any, mirador: Party) -> Quote:
    """30 % in advance, 5 % off everything, and the service begins today."""
    quote = make_quote(lonja.company, mirador, lucia, WITH_DEPOSIT, deposit_pct=Decimal(30))
    fields = {
        "global_discount_pct": Decimal(5),
        "service_starts_on": lonja.company.today(),
        "service_time": time(0),
    }
    save_quote(quote, fields=fields, lines=WITH_DEPOSIT, edited=quote.edited, by=lucia)
    sign(publish_quote(quote, by=lucia, base_url=BASE), chosen=[PLAN_KEY])
    return Quote.objects.get()


def final_of(quote: Quote) -> Invoice:
    plan = Plan.objects.get(origin_id=quote.pk, unit=Unit.ONCE)
    return Invoice.objects.get(origin_type="subscriptions.plan", origin_id=plan.pk)


def whole_of(quote: Quote) -> int:
    return signed_figures(quote.versions.get(version=quote.version).signatures.get()).total_cents


def test_with_a_deposit_what_is_paid_once_waits_as_a_draft(signed: Quote) -> None:
    bill_due()
    assert final_of(signed).status == Status.DRAFT
    monthly = Plan.objects.get(unit=Unit.MONTH)
    assert Invoice.objects.get(origin_id=monthly.pk, origin_type="subscriptions.plan").number


@pytest.mark.parametrize("first", ["the advance", "the draft"])
def test_advance_and_final_invoice_add_up_to_what_was_signed(
    signed: Quote, lucia: Any, first: str
) -> None:
    advance = deposit_of(signed)
    assert advance is not None
    if first == "the draft":
        bill_due()
    advance = issue_invoice(advance, by=lucia)
    bill_due()
    final = final_of(signed)
    assert final.total_cents + advance.total_cents == whole_of(signed)
    named = final.references.get(role=ReferenceRole.ADVANCE)
    assert (named.target_id, named.number) == (advance.pk, advance.number)
    assert final.lines.filter(concept__contains=advance.number).count() == 2  # one for each rate
    issued = issue_invoice(final, by=lucia)
    assert issued.total_cents + advance.total_cents == whole_of(signed)


def test_an_advance_is_not_issued_after_a_final_invoice_for_everything(
    signed: Quote, lucia: Any
) -> None:
    bill_due()
    issue_invoice(final_of(signed), by=lucia)
    advance = deposit_of(signed)
    with pytest.raises(Refused) as refused:
        issue_invoice(advance, by=lucia)
    assert refused.value.code == "deposit_late"
    assert Invoice.objects.get(pk=advance.pk).status == Status.DRAFT


def again(quote: Quote, lucia: Any, **fields: Any) -> Quote:
    """Another version of an accepted quote, signed too."""
    reopened = new_version(quote, by=lucia)
    lines = [line("Obra ampliada", 1, 5000)]
    save_quote(reopened, fields=fields, lines=lines, edited=reopened.edited, by=lucia)
    sign(publish_quote(reopened, by=lucia, base_url=BASE))
    return Quote.objects.get()


@pytest.fixture
def accepted(lonja: Any, lucia: Any, mirador: Party) -> Quote:
    quote = make_quote(lonja.company, mirador, lucia, deposit_pct=Decimal(30))
    sign(publish_quote(quote, by=lucia, base_url=BASE))
    return Quote.objects.get()


def test_a_second_signed_version_rewrites_the_draft_of_the_advance(
    accepted: Quote, lucia: Any
) -> None:
    before = deposit_of(accepted)
    after = deposit_of(again(accepted, lucia))
    assert before is not None and after is not None
    assert (after.pk, after.total_cents) == (before.pk, 181_500)  # 30 % of 5.000 € and its IVA
    assert Invoice.objects.count() == 1


def test_a_second_signed_version_bills_no_second_advance(accepted: Quote, lucia: Any) -> None:
    issued = issue_invoice(deposit_of(accepted), by=lucia)
    twice = again(accepted, lucia)
    assert Invoice.objects.get() == deposit_of(twice) == issued


def test_an_advance_of_an_earlier_version_is_deducted_too(
    accepted: Quote, lucia: Any, lonja: Any
) -> None:
    advance = issue_invoice(deposit_of(accepted), by=lucia)
    quote = again(
        accepted,
        lucia,
        deposit_pct=Decimal(0),
        service_starts_on=lonja.company.today(),
        service_time=time(0),
    )
    bill_due()
    assert final_of(quote).total_cents == 605_000 - advance.total_cents
