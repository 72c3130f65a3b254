"""Writes that travel together are written as if they went one by one."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lonja.accounts.bulk import insert_rows, update_rows
from lonja.accounts.scope import all_organisations, scope
from lonja.accounts.trips import in_one_trip
from lonja.parties.models import Party


def write(name: str) -> None:
    insert_rows(Party, [{"name": name, "updated_at": timezone.now()}])


def names() -> list[str]:
    return list(Party.objects.order_by("pk").values_list("name", flat=True))


def test_what_is_read_in_the_block_sees_what_was_written_before(lonja):
    with transaction.atomic(), in_one_trip():
        write("Uno 100 %")
        assert names() == ["Uno 100 %"]
        one = Party.objects.get()
        update_rows(Party, ["name"], [("Dos", one.pk)])
        assert Party.objects.filter(name__contains="o").update(email="dos@example.com") == 1
    assert (names(), Party.objects.get().email) == (["Dos"], "dos@example.com")


def test_several_writes_are_one_message_on_postgresql(lonja):
    with transaction.atomic(), CaptureQueriesContext(connection) as asked, in_one_trip():
        for name in ("Uno", "Dos", "Tres"):
            write(name)
    assert len(asked) == (1 if connection.vendor == "postgresql" else 3)
    assert names() == ["Uno", "Dos", "Tres"]


def test_what_the_database_refuses_is_told_before_the_block_ends(lonja):
    with pytest.raises(IntegrityError), transaction.atomic(), in_one_trip():
        insert_rows(Party, [{"name": "Uno", "updated_at": None}])
    assert names() == []


def test_going_back_to_a_savepoint_takes_only_what_came_after_it(lonja):
    with transaction.atomic(), in_one_trip():
        write("Uno")
        with pytest.raises(RuntimeError), transaction.atomic():
            write("Dos")
            raise RuntimeError
        write("Tres")
    assert names() == ["Uno", "Tres"]


def test_each_write_belongs_to_the_organisation_it_was_made_in(lonja, other_house):
    with transaction.atomic(), in_one_trip():
        write("De esta")
        with scope(other_house):
            write("De la otra")
    assert names() == ["De esta"]
    with all_organisations():
        assert Party.objects.count() == 2


def test_a_long_batch_is_written_while_the_next_is_made(lonja):
    now = timezone.now()
    with transaction.atomic(), in_one_trip():
        for start in (0, 400):
            rows = [{"name": f"{n:04}", "updated_at": now} for n in range(start, start + 400)]
            insert_rows(Party, rows)
        write("último")
    assert names() == [*(f"{n:04}" for n in range(800)), "último"]


def test_what_is_refused_in_a_long_batch_undoes_it_and_work_goes_on(lonja):
    rows = [{"name": f"{n:04}", "updated_at": None} for n in range(900)]
    with pytest.raises(IntegrityError), transaction.atomic(), in_one_trip():
        insert_rows(Party, rows)
        write("después")
    write("otra cosa")
    assert names() == ["otra cosa"]


def test_outside_a_transaction_nothing_is_kept_for_later(lonja):
    if connection.vendor == "postgresql":
        assert connection.kept_writes is None
    write("Uno")
    assert names() == ["Uno"]
