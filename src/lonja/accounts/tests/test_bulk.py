"""Rows written by the thousand are what saving each one would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lonja.accounts.bulk import insert_objects, insert_rows, new_object
from lonja.accounts.prepared import read_many
from lonja.accounts.scope import ForeignRow, ScopeRequired
from lonja.accounts.tests.test_isolation import scope_closed
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
