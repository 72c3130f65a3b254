"""The customer's balance: where each cent of credit comes from and where it goes."""

from __future__ import annotations

import threading
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.billing.actions.credits import (
    apply_credit,
    apply_credits,
    refund_credit,
    undo_application,
    undo_refund,
)
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.actions.settle import register_payment, register_receipt, undo_receipt
from lonja.billing.balances import balance_on
from lonja.billing.models import (
    Application,
    Credit,
    CreditSource,
    Entry,
    Invoice,
    InvoiceLine,
    Receipt,
    Refund,
    UndoReason,
)
from lonja.billing.verify import check_billing
from lonja.kit.errors import Refused
from lonja.parties.models import Party


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def receive(party, company, amount, shares, by, **more):
    more = {"on": company.today(), "method": "transfer", **more}
    return register_receipt(
        company=company, party=party, amount=amount, shares=shares, by=by, **more
    )


def test_a_negative_invoice_leaves_its_credit(issued, lonja):
    back = issued("-100")
    credit = Credit.objects.get(invoice=back)
    assert (credit.source, credit.amount_cents, credit.remaining_cents) == (
        CreditSource.CORRECTIVE,
        12100,
        12100,
    )
    assert back.outstanding_cents == -12100
    assert list(check_billing(lonja)) == []


def test_one_credit_pays_parts_of_several_invoices(issued, lucia, lonja):
    back, one, two = issued("-100"), issued("30"), issued("200")
    credit = Credit.objects.get(invoice=back)
    apply_credits([(credit, one, 3630), (credit, two, 5000)], by=lucia)
    back, one, two, credit = map(fresh, (back, one, two, credit))
    assert (one.outstanding_cents, two.outstanding_cents) == (0, 24200 - 5000)
    assert (one.credit_used_cents, two.credit_used_cents) == (3630, 5000)
    assert (back.credit_used_cents, back.outstanding_cents) == (8630, -(12100 - 8630))
    assert credit.remaining_cents == 12100 - 8630
    assert back.state(back.issued_on)[0] == "Compensada en parte"
    assert one.state(one.issued_on)[0] == "Cobrada"
    assert list(check_billing(lonja)) == []


def test_more_credit_than_there_is_is_refused_and_nothing_changes(issued, lucia, lonja):
    back, one = issued("-100"), issued("500")
    credit = Credit.objects.get(invoice=back)
    apply_credit(credit, one, amount=12000, by=lucia)
    with pytest.raises(Refused, match="quedan 1,00") as refused:
        apply_credit(credit, one, amount=101, by=lucia)
    assert refused.value.code == "credit_spent"
    assert Application.objects.count() == 1
    assert list(check_billing(lonja)) == []


def test_credit_never_pays_more_than_an_invoice_owes_nor_another_customer(issued, lucia):
    other = Party.objects.create(name="Otra, S.L.", nif="A58818501", address="C/ 1", city="Gandia")
    back, one, foreign = issued("-100"), issued("10"), issued("10", party=other)
    credit = Credit.objects.get(invoice=back)
    for invoice, amount, code in (
        (one, 1211, "overpayment"),
        (foreign, 100, "other_party"),
        (back, 100, "not_payable"),
        (one, 0, "credit_amount"),
    ):
        with pytest.raises(Refused) as refused:
            apply_credit(credit, invoice, amount=amount, by=lucia)
        assert refused.value.code == code
    assert fresh(credit).remaining_cents == 12100


def test_an_application_is_undone_once(issued, lucia, lonja):
    back, one = issued("-100"), issued("500")
    credit = Credit.objects.get(invoice=back)
    done = apply_credit(credit, one, amount=12100, by=lucia)
    undo_application(done, by=lucia)
    with pytest.raises(Refused) as refused:
        undo_application(done, by=lucia)
    assert refused.value.code == "already_undone"
    assert fresh(credit).remaining_cents == 12100
    assert (fresh(one).credit_used_cents, fresh(back).credit_used_cents) == (0, 0)
    assert fresh(one).outstanding_cents == one.payable_cents
    assert list(check_billing(lonja)) == []


def test_credit_given_back_counts_as_used_and_can_be_taken_back(issued, lucia, lonja):
    back = issued("-100")
    credit = Credit.objects.get(invoice=back)
    refund = refund_credit(credit, amount=2100, method="transfer", on=back.issued_on, by=lucia)
    assert fresh(back).credit_used_cents == 2100
    assert balance_on(back.party, back.issued_on) == -10000
    with pytest.raises(Refused, match="quedan 100,00"):
        refund_credit(credit, amount=10001, method="cash", on=back.issued_on, by=lucia)
    undo_refund(refund, by=lucia)
    assert balance_on(back.party, back.issued_on) == -12100
    assert list(check_billing(lonja)) == []


def test_one_transfer_pays_several_and_leaves_the_rest_as_credit(issued, hotel, lucia, lonja):
    one, two = issued("100"), issued("50")
    receipt = receive(
        hotel, lonja.company, 20000, {one.pk: 12100, two.pk: 6050}, lucia, keep_surplus=True
    )
    credit = Credit.objects.get(receipt=receipt)
    assert (credit.source, credit.remaining_cents) == (CreditSource.OVERPAYMENT, 1850)
    assert (fresh(one).outstanding_cents, fresh(two).outstanding_cents) == (0, 0)
    assert balance_on(hotel, lonja.company.today()) == -1850
    assert list(check_billing(lonja)) == []


def test_a_surplus_is_only_kept_when_asked(issued, hotel, lucia, lonja):
    one = issued("100")
    with pytest.raises(Refused, match=r"Sobran 5,00"):
        receive(hotel, lonja.company, 12600, {one.pk: 12100}, lucia)
    with pytest.raises(Refused, match=r"repartido 1,00"):
        receive(hotel, lonja.company, 12000, {one.pk: 12100}, lucia)
    assert not Receipt.objects.exists()


def test_money_without_invoice_is_an_advance_that_pays_later(issued, hotel, lucia, lonja):
    receipt = receive(hotel, lonja.company, 5000, {}, lucia)
    credit = Credit.objects.get(receipt=receipt)
    assert credit.source == CreditSource.ADVANCE
    one = issued("100")
    apply_credit(credit, one, amount=5000, by=lucia)
    assert fresh(one).outstanding_cents == 7100
    assert list(check_billing(lonja)) == []


def test_a_receipt_whose_credit_was_used_says_where(issued, hotel, lucia, lonja):
    one = issued("100")
    receipt = receive(hotel, lonja.company, 13000, {one.pk: 12100}, lucia, keep_surplus=True)
    two = issued("100")
    done = apply_credit(Credit.objects.get(), two, amount=900, by=lucia)
    with pytest.raises(Refused, match=two.number) as refused:
        undo_receipt(receipt, by=lucia)
    assert refused.value.code == "credit_used"
    undo_application(done, by=lucia)
    undo_receipt(receipt, by=lucia)
    assert fresh(one).outstanding_cents == 12100
    assert balance_on(hotel, lonja.company.today()) == 24200
    assert list(check_billing(lonja)) == []


def test_what_the_bank_returns_is_owed_again_and_says_so(issued, hotel, lucia, lonja):
    one = issued("100")
    entry = register_payment(one, amount=12100, on=one.issued_on, method="direct_debit", by=lucia)
    undo_receipt(entry.receipt, by=lucia, reason=UndoReason.RETURNED)
    assert fresh(one).state(one.issued_on) == ("Devuelta", "bad")
    register_payment(one, amount=100, on=one.issued_on, method="cash", by=lucia)
    assert fresh(one).state(one.issued_on)[0] == "Cobro parcial"
    assert list(check_billing(lonja)) == []


def test_an_invoice_in_terms_is_overdue_by_its_first_unpaid_term(draft, lucia, lonja):
    one = issue_invoice(draft("300", instalment_terms="30/60/90"), by=lucia)
    day = one.issued_on
    assert one.next_due_on == day + timedelta(days=30)
    assert one.due_on == day + timedelta(days=90)
    register_payment(one, amount=12100, on=day, method="cash", by=lucia)
    one = fresh(one)
    assert one.next_due_on == day + timedelta(days=60)
    assert not one.is_overdue(day + timedelta(days=31))
    assert one.is_overdue(day + timedelta(days=61))
    undo_receipt(Receipt.objects.get(), by=lucia)
    assert fresh(one).next_due_on == day + timedelta(days=30)
    assert list(check_billing(lonja)) == []


def test_terms_with_percentages_add_up_to_the_cent(draft, lucia, lonja):
    one = issue_invoice(draft("33.33", instalment_terms="33% 0 / 33% 30 / 34% 60"), by=lucia)
    cents = list(one.instalments.values_list("amount_cents", flat=True))
    assert sum(cents) == one.payable_cents == 4033
    assert cents == [1331, 1331, 1371]
    assert list(check_billing(lonja)) == []


def test_terms_are_chosen_in_the_editor_or_with_the_client(as_lucia, typed, hotel):
    data = typed(instalment_terms="50% 0 / 40% 30")
    answer = as_lucia.post("/facturas/nueva/?b=plazos", data)
    assert answer.status_code == 422
    assert "sumar 100" in answer.content.decode()
    data = typed(instalment_terms="0/30", accion="emitir")
    assert as_lucia.post("/facturas/nueva/?b=plazos", data).status_code == 303
    one = Invoice.objects.issued().get()
    assert list(one.instalments.values_list("amount_cents", flat=True)) == [6050, 6050]
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "Plazo 2" in html
    hotel.instalment_terms = "30/60/90"
    hotel.save()
    picked = as_lucia.get(f"/facturas/nueva/?cliente={hotel.pk}", follow=True).content.decode()
    assert 'value="30/60/90"' in picked


@pytest.mark.parametrize("text", ["60/30", "30/30", "50% 0 / 40% 30", "mañana", "50% 0 / 30"])
def test_terms_that_are_not_understood_stop_the_issue(draft, lucia, text):
    one = draft("100", instalment_terms=text)
    with pytest.raises(Refused) as refused:
        issue_invoice(one, by=lucia)
    assert refused.value.code == "terms_invalid"


def test_the_balance_at_a_past_day_is_what_was_owed_then(draft, hotel, lucia, lonja):
    today = lonja.company.today()
    old = draft("100")
    old = issue_invoice(old, by=lucia, on=today - timedelta(days=20))
    register_payment(old, amount=2100, on=today - timedelta(days=10), method="transfer", by=lucia)
    assert balance_on(hotel, today - timedelta(days=21)) == 0
    assert balance_on(hotel, today - timedelta(days=11)) == 12100
    assert balance_on(hotel, today) == 10000


def test_applying_credit_asks_the_same_however_many_invoices(
    issued, lucia, django_assert_max_num_queries
):
    credit = Credit.objects.get(invoice=issued("-1000"))
    some = [issued("10") for _n in range(9)]
    with django_assert_max_num_queries(16) as few:
        apply_credits([(credit, some[0], 100)], by=lucia)
    with django_assert_max_num_queries(len(few.captured_queries)):
        apply_credits([(credit, one, 100) for one in some[1:]], by=lucia)


def test_a_spoilt_balance_is_found(issued, lucia, lonja):
    back, one = issued("-100"), issued("500")
    apply_credit(Credit.objects.get(invoice=back), one, amount=100, by=lucia)
    Credit.objects.update(remaining_cents=1)
    Invoice.objects.filter(pk=one.pk).update(credit_used_cents=7)
    codes = {problem.code for problem in check_billing(lonja)}
    assert codes == {"credit_differs", "used_differs", "credit_source_differs"}


# --- ten random months --------------------------------------------------------------------------


DEEDS = (
    *("issue", "issue", "terms", "negative", "pay", "receive", "advance"),
    *("apply", "apply", "refund", "undo", "undo", "return"),
)


def _live_a_month(rng, lonja, parties, draft, lucia):
    """Invoices of either sign, payments, applications, refunds and undos, as they come."""
    company = lonja.company
    today = company.today()
    for _step in range(24):
        party = rng.choice(parties)
        deed = rng.choice(DEEDS)
        price = f"{rng.randint(1, 90000) / 100:.2f}"
        openly = Invoice.objects.filter(party=party, outstanding_cents__gt=0)
        open_credits = Credit.objects.filter(party=party, remaining_cents__gt=0).order_by("pk")
        credit = rng.choice(list(open_credits) or [None])
        try:
            if deed == "issue":
                issue_invoice(draft(price, party=party), by=lucia)
            elif deed == "terms":
                issue_invoice(draft(price, party=party, instalment_terms="0/30/60"), by=lucia)
            elif deed == "negative":
                issue_invoice(draft(f"-{price}", party=party), by=lucia)
            elif deed == "pay" and openly.exists():
                one = openly.order_by("pk").first()
                amount = rng.randint(1, one.outstanding_cents + 500)
                register_payment(
                    one, amount=amount, on=today, method="cash", keep_surplus=True, by=lucia
                )
            elif deed == "receive":
                shares = {i.pk: rng.randint(0, i.outstanding_cents) for i in openly[:4]}
                amount = sum(shares.values()) + rng.randint(0, 900)
                receive(party, company, amount, shares, lucia, keep_surplus=True)
            elif deed == "advance":
                receive(party, company, rng.randint(1, 50000), {}, lucia)
            elif deed == "apply" and credit is not None:
                pairs = [
                    (credit, one, rng.randint(1, 20000))
                    for one in openly.order_by("pk")[: rng.randint(1, 3)]
                ]
                apply_credits(pairs, by=lucia)
            elif deed == "refund" and credit is not None:
                amount = rng.randint(1, credit.remaining_cents + 50)
                refund_credit(credit, amount=amount, method="transfer", on=today, by=lucia)
            elif deed == "undo":
                what = rng.choice([Application, Refund, Receipt])
                rows = what.objects.filter(undone_by__isnull=True).order_by("pk")
                row = rng.choice(list(rows) or [None])
                if row is not None:
                    {
                        Application: undo_application,
                        Refund: undo_refund,
                        Receipt: undo_receipt,
                    }[what](row, by=lucia)
            elif deed == "return":
                row = rng.choice(list(Receipt.objects.order_by("pk")) or [None])
                if row is not None:
                    undo_receipt(row, by=lucia, reason=UndoReason.RETURNED)
        except Refused as refused:
            yield refused.code
        else:
            yield "done"


@pytest.mark.parametrize("seed", range(10))
def test_a_random_month_ends_with_books_that_agree(seed, lonja, hotel, draft, lucia):
    rng = Random(seed)
    other = Party.objects.create(name="Bar Pepe", nif="A58818501", address="C/ 1", city="Oliva")
    came = list(_live_a_month(rng, lonja, [hotel, other], draft, lucia))
    assert came.count("done") >= 12, f"semilla {seed}: {came}"
    problems = [f"{p.code} {p.where}: {p.text}" for p in check_billing(lonja)]
    assert problems == [], f"semilla {seed}"
    for party in (hotel, other):
        owed = sum(i.outstanding_cents for i in Invoice.objects.filter(party=party))
        loose = Credit.objects.filter(party=party, invoice__isnull=True)
        kept = sum(credit.remaining_cents for credit in loose)
        assert balance_on(party, lonja.company.today()) == owed - kept, f"semilla {seed}"


# --- two tabs -----------------------------------------------------------------------------------


@pytest.mark.no_scope
def test_two_tabs_never_apply_more_credit_than_there_is(real_commits):
    house = make_organisation("Dos Pestañas", "dos-pestanas", "B98765431")
    member = make_member(house, "Persona Uno")

    def bill(price):
        one = Invoice(company=house.company, party=party, series=ensure_series(house.company))
        one = save_draft(one, [InvoiceLine(concept="Cuota", unit_price=price)], by=member)
        return issue_invoice(one, by=member)

    with scope(house):
        party = Party.objects.create(
            name="Cliente, S.L.", nif="B12345674", address="C/ Mayor, 1", city="Dénia"
        )
        credit = Credit.objects.get(invoice=bill(-100))
        targets = [bill(100), bill(200)]
    done, refused, faults = [], [], []

    def tab(number):
        try:
            with scope(house):
                apply_credit(credit, targets[number % 2], amount=7000, by=member)
                done.append(1)
        except Refused as error:
            refused.append(error.code)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=tab, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert (len(done), set(refused)) == (1, {"credit_spent"})
    with scope(house):
        assert Credit.objects.get(pk=credit.pk).remaining_cents == 12100 - 7000
        assert Entry.objects.filter(kind="applied").count() == 2
        assert list(check_billing(house)) == []
