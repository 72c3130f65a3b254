"""Issuing, through the door and all at once."""

from __future__ import annotations

import threading
import unicodedata
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Entry, Invoice, InvoiceLine, SeriesYear
from lonja.billing.verify import check_billing
from lonja.fiscal.models import Record
from lonja.fiscal.regime import kinds_without_type
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.mail.outbox import make_attachment
from lonja.parties.models import Party


def test_every_fiscal_kind_has_a_type_for_the_agency():
    assert kinds_without_type() == []


def test_issuing_does_everything_in_one_go(as_lucia, draft):
    one = draft("100")
    answer = as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1"})
    one.refresh_from_db()
    assert answer.status_code == 303
    assert one.number == f"F{one.year}/0001"
    assert (one.base_cents, one.tax_cents, one.total_cents) == (10000, 2100, 12100)
    assert one.recipient["nif"] == "B12345674"
    assert Record.objects.get().invoice_id == one.pk
    assert Entry.objects.get().amount_cents == 12100
    assert OutgoingMail.objects.get().about_id == one.pk
    assert one.mailed_at is not None
    assert Event.objects.filter(verb="billing.issued", target_id=one.pk).exists()


def test_a_double_click_issues_and_mails_once(as_lucia, draft):
    one = draft()
    for _press in range(3):
        as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1", "_key": "misma"})
    as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1", "_key": "otra"})
    assert Record.objects.count() == 1
    assert OutgoingMail.objects.count() == 1
    assert SeriesYear.objects.get().next_number == 2


def test_the_mail_carries_the_pdf(as_lucia, draft):
    one = draft()
    as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1"})
    mail = OutgoingMail.objects.get()
    assert mail.to == ["compras@mirador.example"]
    assert mail.attachments == [
        {
            "name": f"Factura F{one.issued_on.year}-0001.pdf",
            "later": "billing.invoice_pdf",
            "id": one.pk,
        }
    ]

    assert make_attachment("billing.invoice_pdf", one.pk).startswith(b"%PDF")


def test_a_client_without_address_is_issued_and_said(as_lucia, draft, hotel):
    Party.objects.filter(pk=hotel.pk).update(email="")
    one = draft()
    page = as_lucia.post(f"/facturas/{one.pk}/emision/", {"enviar": "1"}, follow=True)
    assert "no tiene correo" in page.content.decode()
    assert not OutgoingMail.objects.exists()


def test_issued_rows_do_not_change_even_by_hand(issued):
    one = issued()
    for rows, change in (
        (Invoice.objects.filter(pk=one.pk), {"total_cents": 1}),
        (InvoiceLine.objects.filter(invoice=one), {"concept": "Otra cosa"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(invoice=one).update(amount_cents=1)


def test_names_with_anything_inside_still_issue_and_print(as_lucia, draft, hotel):
    name = "Café 🍕 \u202eאבג\u202c Ñandú \x07 y 山田 👨\u200d👩\u200d👧"
    Party.objects.filter(pk=hotel.pk).update(name=name)
    one = draft(
        "10",
        party=Party.objects.get(pk=hotel.pk),
        reference="Obra \u200f№ 5 \x00".replace("\x00", ""),
    )
    as_lucia.post(f"/facturas/{one.pk}/emision/")
    one.refresh_from_db()
    assert one.number
    pdf = as_lucia.get(f"/facturas/{one.pk}/pdf/")
    assert pdf.content.startswith(b"%PDF")
    page = as_lucia.get(f"/facturas/{one.pk}/paginas/1/")
    assert page.content.startswith(b"<svg")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nif": ""}, "Falta el NIF"),
        ({"address": ""}, "Falta el domicilio"),
        ({"blocked_reason": "concurso"}, "está bloqueado"),
    ],
)
def test_what_the_law_asks_of_the_client_is_asked(draft, hotel, lucia, change, said):
    one = draft()
    Party.objects.filter(pk=hotel.pk).update(**change)
    with pytest.raises(Refused, match=said):
        issue_invoice(one, by=lucia)
    assert not SeriesYear.objects.filter(next_number__gt=1).exists()


def test_a_person_who_buys_for_themselves_may_lack_an_address(draft, hotel, lucia):
    Party.objects.filter(pk=hotel.pk).update(
        kind="consumer", nif="12345678Z", address="", city="", postcode="", province=""
    )
    one = issue_invoice(draft(party=Party.objects.get(pk=hotel.pk)), by=lucia)
    assert one.number and one.recipient["address"] == []


def test_a_future_date_is_refused(draft, lucia, lonja):
    one = draft()
    with pytest.raises(Refused, match="futura"):
        issue_invoice(one, by=lucia, on=lonja.company.today() + timedelta(days=1))


def test_the_series_of_another_company_is_refused(draft, lucia, lonja):
    from lonja.accounts.models import Company

    other = Company.objects.create(
        legal_name="Otra, S.L.", nif="B11111119", address="C/ Mayor, 1", city="Alcoi"
    )
    one = draft(price="5")
    Invoice.objects.filter(pk=one.pk).update(series=ensure_series(other))
    with pytest.raises(Refused) as refused:
        issue_invoice(one, by=lucia)
    assert refused.value.code == "wrong_series"


@pytest.mark.no_scope
def test_fifty_issues_at_once_leave_no_gap(real_commits):
    house = make_organisation("Prisas", "prisas", "B98765431")
    members = [make_member(house, f"Persona{n} Uno") for n in range(2)]
    with scope(house):
        series = ensure_series(house.company)
        party = Party.objects.create(
            name="Cliente, S.L.", nif="B12345674", address="C/ Mayor, 1", city="Dénia"
        )
        drafts = [
            save_draft(
                Invoice(company=house.company, party=party, series=series),
                [InvoiceLine(concept="Cuota", unit_price=10)],
                by=members[0],
            )
            for _n in range(50)
        ]
    waiting, faults, lock = list(drafts) + drafts[:10], [], threading.Lock()

    def work(member):
        try:
            with scope(house):
                while True:
                    with lock:
                        if not waiting:
                            return
                        one = waiting.pop()
                    try:
                        issue_invoice(one, by=member)
                    except Refused as refused:
                        if refused.code != "already_issued":
                            raise
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(members[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with scope(house):
        numbers = sorted(Invoice.objects.values_list("sequence", flat=True))
        assert numbers == list(range(1, 51))
        positions = sorted(Record.objects.values_list("position", flat=True))
        assert positions == list(range(1, 51))
        assert list(check_billing(house)) == []


def test_the_search_text_of_a_name_is_folded(issued):
    one = issued()
    assert unicodedata.is_normalized("NFC", one.search_text)
    assert "denia" not in one.search_text
    assert "hotel mirador de la bahia" in one.search_text


def test_issuing_on_the_screen_asks_little_and_always_the_same(
    as_lucia, draft, django_assert_max_num_queries
):
    """What each statement costs on PostgreSQL, somebody else waits for: the series is locked."""
    as_lucia.post(f"/facturas/{draft().pk}/emision/")
    one, other = draft(), draft(price="7")
    with django_assert_max_num_queries(36) as few:
        as_lucia.post(f"/facturas/{one.pk}/emision/")
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_lucia.post(f"/facturas/{other.pk}/emision/")
    assert Invoice.objects.exclude(number="").count() == 3
