"""Payments: rows that are only added, and what is owed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Entry, EntryKind, Invoice, InvoiceLine
from lonja.kit.errors import Refused
from lonja.parties.models import Party


def pay(client, invoice, amount, **more):
    data = {"amount": amount, "on": "hoy", "method": "transfer", "note": "", **more}
    return client.post(f"/facturas/{invoice.pk}/cobros/", data)


def owed(invoice):
    return Invoice.objects.get(pk=invoice.pk).outstanding_cents


def test_the_form_comes_filled_with_everything_owed(as_lucia, issued):
    one = issued()
    assert 'value="121,00"' in as_lucia.get(f"/facturas/{one.pk}/cobros/").content.decode()


def test_a_partial_payment_and_then_the_rest(as_lucia, issued):
    one = issued()
    assert pay(as_lucia, one, "21,00", note="A cuenta").status_code == 303
    one.refresh_from_db()
    assert one.state(one.issued_on)[0] == "Cobro parcial"
    pay(as_lucia, one, "100")
    one.refresh_from_db()
    assert one.state(one.issued_on)[0] == "Cobrada"
    assert Entry.objects.filter(invoice=one).aggregate(s=Sum("amount_cents"))["s"] == 0


def test_more_than_is_owed_is_refused_with_what_was_typed(as_lucia, issued):
    one = issued()
    answer = pay(as_lucia, one, "121,01")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "quedan por cobrar 121,00" in html
    assert 'value="121,01"' in html
    assert owed(one) == 12100


@pytest.mark.parametrize("amount", ["0", "-5", "1e3", "NaN", ""])
def test_amounts_that_are_not_payments_are_refused(as_lucia, issued, amount):
    one = issued()
    assert pay(as_lucia, one, amount).status_code in (409, 422)
    assert owed(one) == 12100


def test_a_payment_of_tomorrow_is_refused(as_lucia, issued):
    one = issued()
    assert pay(as_lucia, one, "1", on="+1").status_code == 409


def test_an_undone_payment_is_owed_again_and_only_once(as_lucia, issued):
    one = issued()
    pay(as_lucia, one, "121")
    entry = Entry.objects.get(kind=EntryKind.PAYMENT)
    url = f"/facturas/cobros/{entry.pk}/anulacion/"
    assert as_lucia.post(url).status_code == 303
    assert as_lucia.post(url).status_code == 409
    assert owed(one) == 12100
    assert Entry.objects.filter(invoice=one).count() == 3
    assert "Deshecho" in as_lucia.get(f"/facturas/{one.pk}/").content.decode()


def test_a_double_click_pays_once(as_lucia, issued):
    one = issued()
    for _press in range(3):
        pay(as_lucia, one, "21", _key="misma")
    assert owed(one) == 10000


def test_an_overdue_invoice_says_so_without_anybody_storing_it(issued):
    one = issued()
    assert one.state(one.due_on)[0] == "Emitida"
    assert one.state(one.due_on + timedelta(days=1)) == ("Vencida", "bad")


def test_a_draft_is_not_paid(draft, lucia):
    one = draft()
    with pytest.raises(Refused, match="emitidas"):
        register_payment(one, amount=1, on=one.issued_on, method="cash", by=lucia)


@pytest.mark.no_scope
def test_eight_people_paying_at_once_never_collect_twice(real_commits):
    house = make_organisation("Prisas", "prisas", "B98765431")
    member = make_member(house, "Persona Uno")
    with scope(house):
        party = Party.objects.create(
            name="Cliente, S.L.", nif="B12345674", address="C/ Mayor, 1", city="Dénia"
        )
        one = Invoice(company=house.company, party=party, series=ensure_series(house.company))
        one = save_draft(one, [InvoiceLine(concept="Cuota", unit_price=100)], by=member)
        one = issue_invoice(one, by=member)
    done, refused, faults = [], [], []

    def work():
        try:
            with scope(house):
                register_payment(one, amount=12100, on=one.issued_on, method="cash", by=member)
                done.append(1)
        except Refused as error:
            refused.append(error.code)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert (len(done), set(refused)) == (1, {"already_paid"})
    with scope(house):
        assert owed(one) == 0
