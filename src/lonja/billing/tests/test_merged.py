"""Two clients with invoices become one: nothing issued changes, and the balance is of both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.credits import apply_credits
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.remind import remind_next
from lonja.billing.actions.settle import register_receipt
from lonja.billing.balances import balance_on, credit_by_party, open_credits_of
from lonja.billing.models import Credit, Entry, Invoice, Refund
from lonja.billing.reports import billed_by_party, others_to_correct, outstanding_by_party
from lonja.billing.tests.test_corrections import posted
from lonja.billing.verify import check_billing
from lonja.kit.errors import Refused
from lonja.parties.actions.clients import archive
from lonja.parties.actions.merge import merge_parties, undo_merge
from lonja.parties.models import Party


@pytest.fixture
def bar(lonja: Any) -> Party:
    return Party.objects.create(
        name="Bar Mirador", nif="12345678Z", address="C/ Nou, 3", postcode="46013", city="València"
    )


def problems(organisation: Any) -> list[Any]:
    return list(check_billing(organisation))


def invoice_rows() -> list[dict[str, Any]]:
    rows = Invoice.objects.exclude(number="").order_by("pk")
    return list(rows.values("party_id", "recipient", "number", "total_cents", "search_text"))


def test_issued_invoices_stay_and_drafts_move(
    issued: Any, draft: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    issued(party=hotel)
    issued(party=bar)
    pending = draft(party=bar)
    before = invoice_rows()
    merge_parties(hotel, bar, by=lucia)
    pending.refresh_from_db()
    assert invoice_rows() == before and pending.party == hotel
    assert problems(lonja) == []


def test_the_figures_of_the_kept_one_are_of_both(
    as_lucia: Any, issued: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    one, two = issued(party=hotel, price="100"), issued(party=bar, price="50")
    total, today = one.total_cents + two.total_cents, lonja.company.today()
    merge_parties(hotel, bar, by=lucia)
    assert outstanding_by_party(lucia, [hotel.pk]) == {hotel.pk: total}
    assert billed_by_party(lucia, [hotel.pk], today) == {hotel.pk: 15000}
    assert balance_on(hotel, today) == total
    sales = as_lucia.get(f"/clientes/{hotel.pk}/?tab=ventas").content.decode()
    assert one.number in sales and two.number in sales
    listed = as_lucia.get(f"/facturas/?cliente={hotel.pk}").content.decode()
    assert two.number in listed
    moved = as_lucia.get(f"/clientes/{bar.pk}/?tab=ventas")
    assert moved.status_code == 302 and f"/clientes/{hotel.pk}/?tab=ventas" in moved["Location"]


def test_credit_of_the_merged_one_pays_what_the_other_owes(
    issued: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    owed = issued(party=hotel, price="100")
    register_receipt(
        company=lonja.company, party=bar, amount=5000, on=owed.issued_on, method="transfer",
        shares={}, by=lucia,
    )  # fmt: skip
    merge = merge_parties(hotel, bar, by=lucia)
    assert credit_by_party(lucia, [hotel.pk]) == {hotel.pk: 5000}
    (credit,) = open_credits_of(hotel.pk, lonja.company.pk)
    apply_credits([(credit, owed, 5000)], by=lucia)
    owed.refresh_from_db()
    assert owed.outstanding_cents == owed.total_cents - 5000
    assert Credit.objects.get().party == bar and problems(lonja) == []
    with pytest.raises(Refused, match="ya no se pueden separar"):
        undo_merge(merge, by=lucia)


@pytest.fixture
def correction(lucia: Any) -> Any:
    """The draft of a rectificativa of all that is left of some invoices."""

    def make(*originals: Invoice) -> Invoice:
        on, cause = originals[0].company.today(), CAUSES["return"]
        return start_correction(originals, cause, correction="I", reason="", on=on, by=lucia)

    return make


def test_no_money_goes_back_for_what_was_never_paid_though_its_client_was_merged(
    correction: Any, issued: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    one, two = issued(party=bar), issued(party=hotel)
    merge_parties(hotel, bar, by=lucia)
    draft = correction(two, Invoice.objects.get(pk=one.pk))
    Invoice.objects.filter(pk=draft.pk).update(credit_choice="refund")
    issue_invoice(Invoice.objects.get(pk=draft.pk), by=lucia)
    owed = Invoice.objects.filter(pk__in=[one.pk, two.pk]).values_list("outstanding_cents")
    assert list(owed) == [(0,), (0,)] and not Refund.objects.exists()
    assert problems(lonja) == []


@pytest.mark.parametrize("merged", [True, False])
def test_a_correction_is_saved_in_the_editor_though_its_client_was_put_away(
    as_lucia: Any, correction: Any, issued: Any, hotel: Party, bar: Party, lucia: Any,
    merged: bool,
) -> None:  # fmt: skip
    draft = correction(issued(party=bar))
    if merged:
        merge_parties(hotel, bar, by=lucia)
        draft = correction(Invoice.objects.get(number__gt="", party=bar))
    else:
        archive(bar, by=lucia)
    answer = posted(as_lucia, draft, "guardar", correction_reason="Se equivocaron")
    draft.refresh_from_db()
    assert answer.status_code == 303 and draft.correction_reason == "Se equivocaron"
    assert draft.party == bar


def test_credit_of_the_merged_one_stops_the_reminder(
    issued: Any, draft: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    day = lonja.company.today() - timedelta(days=20)
    late = draft(party=hotel)
    Invoice.objects.filter(pk=late.pk).update(issued_on=day, due_on=day)
    late = issue_invoice(late, by=lucia, on=day)
    issued("-200", party=bar)
    merge_parties(hotel, bar, by=lucia)
    with pytest.raises(Refused, match="saldo a favor"):
        remind_next(Invoice.objects.get(pk=late.pk), by=lucia)


def test_a_correction_may_name_invoices_of_both(
    issued: Any, hotel: Party, bar: Party, lucia: Any
) -> None:
    one, two = issued(party=bar), issued(party=hotel)
    merge_parties(hotel, bar, by=lucia)
    assert others_to_correct(lucia, Invoice.objects.get(pk=one.pk)) == [two]
    assert others_to_correct(lucia, Invoice.objects.get(pk=two.pk)) == [one]


def test_a_payment_of_the_kept_one_pays_invoices_of_both(
    issued: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    one, two = issued(party=hotel), issued(party=bar)
    merge_parties(hotel, bar, by=lucia)
    register_receipt(
        company=lonja.company, party=hotel, amount=one.total_cents + two.total_cents,
        on=two.issued_on, method="transfer",
        shares={one.pk: one.total_cents, two.pk: two.total_cents}, by=lucia,
    )  # fmt: skip
    assert balance_on(hotel, lonja.company.today()) == 0 and problems(lonja) == []


def test_undone_each_has_its_own_balance_again(
    issued: Any, draft: Any, hotel: Party, bar: Party, lucia: Any, lonja: Any
) -> None:
    one, two, pending = issued(party=hotel), issued(party=bar), draft(party=bar)
    entries = list(Entry.objects.order_by("pk").values_list("party_id", "amount_cents"))
    undo_merge(merge_parties(hotel, bar, by=lucia), by=lucia)
    pending.refresh_from_db()
    today = lonja.company.today()
    assert (balance_on(hotel, today), balance_on(bar, today)) == (one.total_cents, two.total_cents)
    assert pending.party == bar
    assert list(Entry.objects.order_by("pk").values_list("party_id", "amount_cents")) == entries


def test_the_customer_of_nameless_sales_is_never_merged(bar: Party, lucia: Any) -> None:
    from lonja.billing.actions.cash import cash_client

    with pytest.raises(Refused, match="cliente de contado"):
        merge_parties(bar, cash_client(), by=lucia)
