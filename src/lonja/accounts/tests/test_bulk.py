"""Rows written by the thousand are what saving each one would have written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction

from lonja.accounts.bulk import add_up, insert_objects, insert_rows, new_object, reserve_ids
from lonja.accounts.prepared import read_many
from lonja.accounts.scope import ForeignRow, ScopeRequired
from lonja.accounts.tests.test_isolation import scope_closed
from lonja.billing.models import MonthlySales
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MADE = ("created_at", "updated_at", "search_text", "name_key")  # when it is saved
COLUMNS = [field.attname for field in Party._meta.concrete_fields if not field.primary_key]


def columns_of(party: Party) -> list[object]:
    return [getattr(party, name) for name in COLUMNS if name not in MADE]


def test_what_a_row_does_not_carry_is_the_default_of_its_column(lonja):
    saved = Party(name="Álvarez «100 %»", withholding_pct=Decimal("15.00"))
    saved.save()
    insert_rows(
        Party, [{"name": saved.name, "withholding_pct": Decimal("15.00"), "updated_at": AT}]
    )
    one, other = Party.objects.order_by("pk")
    assert columns_of(one) == columns_of(other)
    assert other.updated_at == AT


def test_rows_that_carry_different_columns_are_written_alike(lonja):
    rows = [
        {"name": "Una", "updated_at": AT, "email": "una@example.com"},
        {"name": "Otra", "updated_at": AT, "city": "Dénia"},
        {"name": "Otra más", "updated_at": AT, "invoice_emails": ["a@example.com"]},
    ]
    insert_rows(Party, rows)
    found = Party.objects.order_by("pk").values_list("email", "city", "invoice_emails")
    told = [("una@example.com", "", []), ("", "Dénia", []), ("", "", ["a@example.com"])]
    assert list(found) == told


def test_objects_get_their_ids_in_order_and_are_read_as_they_were(lonja):
    made = [
        new_object(Party, name=f"Cliente {n}", updated_at=AT, search_text="") for n in range(300)
    ]
    insert_objects(made)
    usual = list(Party.objects.order_by("pk"))
    quick = read_many(Party.objects.select_related("merged_into", "organisation").order_by("pk"))
    assert [party.pk for party in made] == [party.pk for party in usual]
    assert [columns_of(party) for party in quick] == [columns_of(party) for party in usual]
    assert (quick[0], quick[0].organisation, quick[0].merged_into) == (usual[0], lonja, None)
    quick[0].name = "Otro nombre"
    quick[0].save()
    assert Party.objects.get(pk=usual[0].pk).name == "Otro nombre"


def test_what_is_the_same_in_all_the_rows_is_written_in_each(lonja):
    shared = {"subject": "Igual", "cc": ["a@example.com"], "not_before": AT, "text": "Ñ \\ 'x'"}
    rows = [{**shared, "to": [f"{n}@example.com"], "message_id": f"<{n}@x>"} for n in range(40)]
    insert_rows(OutgoingMail, rows)
    names = ("to", "subject", "cc", "not_before", "text", "status")
    told = [
        ([f"{n}@example.com"], "Igual", ["a@example.com"], AT, "Ñ \\ 'x'", "queued")
        for n in range(40)
    ]
    assert list(OutgoingMail.objects.order_by("pk").values_list(*names)) == told
    if connection.vendor == "postgresql":  # SQLite keeps texts of any length
        too_long = [{**row, "message_id": row["message_id"] + "y" * 300} for row in rows]
        with pytest.raises(DataError):
            insert_rows(OutgoingMail, [{**row, "subject": "x" * 301} for row in too_long])


def test_ids_taken_before_are_those_that_are_written(lonja):
    insert_objects([new_object(Party, name="La de antes", updated_at=AT)])
    made = [new_object(Party, name=f"Cliente {n}", updated_at=AT) for n in range(30)]
    with transaction.atomic():
        reserve_ids(made)
        named = {party.name: party.pk for party in made}
        insert_objects(made)
    after = new_object(Party, name="La de después", updated_at=AT)
    insert_objects([after])
    found = dict(Party.objects.filter(name__startswith="Cliente").values_list("name", "pk"))
    assert found == named
    assert after.pk not in named.values()


def test_figures_add_up_in_the_row_of_their_key_and_of_its_house(lonja, other_house):
    key = {"company_id": lonja.company.pk, "month": date(2026, 11, 1)}
    for cents in (100, 250):
        add_up(MonthlySales, key, {"count": 1, "base_cents": cents, "total_cents": 2 * cents})
    row = MonthlySales.objects.get()
    assert (row.count, row.base_cents, row.total_cents, row.organisation) == (2, 350, 700, lonja)
    with scope_closed(), pytest.raises(ScopeRequired):
        add_up(MonthlySales, key, {"count": 1})


def test_a_row_of_another_house_or_without_one_is_refused(lonja, other_house):
    with pytest.raises(ForeignRow):
        insert_rows(Party, [{"name": "Ajena", "organisation_id": other_house.pk}])
    with scope_closed(), pytest.raises(ScopeRequired):
        insert_rows(Party, [{"name": "De nadie"}])
    with scope_closed(), pytest.raises(ScopeRequired):
        read_many(Party.objects.all())


def test_dates_lists_and_numbers_come_back_as_they_went(lonja):
    insert_rows(
        OutgoingMail,
        [
            {
                "subject": f"Asunto {n}",
                "to": [f"{n}@example.com"],
                "not_before": AT,
                "text": "%s",
                "message_id": f"<{n}@lonja>",
            }
            for n in range(3)
        ],
    )
    found = OutgoingMail.objects.order_by("pk").values_list("to", "not_before", "text", "attempts")
    assert list(found) == [([f"{n}@example.com"], AT, "%s", 0) for n in range(3)]
