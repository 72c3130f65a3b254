"""Two at the same row: who waits goes on with what the other left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from tests.cast import OrganisationClient

from lonja.accounts.scope import scope
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice, issue_saved
from lonja.billing.actions.issue_queries import lines_of
from lonja.billing.actions.papers import invoice_of_proforma, make_proforma
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Invoice, InvoiceLine, Proforma
from lonja.fiscal.models import Record
from lonja.kit.errors import Refused
from lonja.parties.models import Party

pytestmark = pytest.mark.no_scope


@pytest.fixture
def house(real_commits, lonja):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as a living installation: tests do not wait
            cursor.execute("SET synchronous_commit = on")
    yield lonja
    connection.close()


def client_of(name: str) -> Party:
    return Party.objects.create(
        name=name, nif="B12345674", address="C/ Mayor, 1", postcode="03700", city="Dénia"
    )


def new_draft(house: Any, **more: Any) -> Invoice:
    invoice = Invoice(
        company=house.company,
        party=client_of("Hotel Mirador, S.L."),
        series=ensure_series(house.company),
        issued_on=house.company.today(),
        **more,
    )
    return save_draft(invoice, [InvoiceLine(concept="Cuota", unit_price=10)], by=None)


def meanwhile(house: Any, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What each gives: the first in a transaction that is kept open until the second, in another
    thread, waits for it."""
    answers: list[Any] = []

    def run() -> None:
        try:
            with scope(house):
                answers.append(second())
        except Refused as refused:
            answers.append(refused)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with scope(house), transaction.atomic():
        found = first()
        thread.start()
        while connection.vendor == "postgresql" and thread.is_alive() and not _is_waited_for():
            pass
    thread.join()
    return found, answers[0]


def _is_waited_for() -> bool:
    asked = "SELECT true FROM pg_locks WHERE NOT granted"
    with connection.cursor() as cursor:
        cursor.execute(f"{asked} AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in a batch"])
def test_a_draft_that_changes_client_while_it_waits_is_issued_to_the_new_one(house, together):
    with scope(house):
        draft = new_draft(house)

    def change() -> None:
        Invoice.objects.locked(draft)
        Invoice.objects.filter(pk=draft.pk).update(party=client_of("Otra Cosa, S.L."))

    def issue() -> None:
        if together:
            assert issue_saved([draft], by=None, on=house.company.today()) == {}
        else:
            issue_invoice(draft, by=None)

    meanwhile(house, change, issue)
    with scope(house):
        issued = Invoice.objects.get()
    assert (issued.number[-4:], issued.recipient["name"]) == ("0001", "Otra Cosa, S.L.")


def test_two_who_invoice_a_proforma_get_the_same_draft(house):
    with scope(house):
        draft = new_draft(house)
        proforma = make_proforma(draft, lines_of(draft), by=None)
        Proforma.objects.update(invoice=None)
        draft.delete()
    one, other = meanwhile(
        house,
        lambda: invoice_of_proforma(proforma, by=None),
        lambda: invoice_of_proforma(proforma, by=None),
    )
    with scope(house):
        assert [one.pk, other.pk] == [Invoice.objects.get().pk] * 2


@pytest.mark.postgres
def test_nobody_is_answered_before_the_number_is_on_the_disk(house):
    """Neither who issues nor who is told that somebody else has just done it."""
    with scope(house):
        draft = new_draft(house)
        with Watched() as watched:
            number = issue_invoice(draft, by=None).number
            assert watched.is_on_disk(1)
            with pytest.raises(Refused, match=number):
                issue_invoice(draft, by=None)
            assert watched.is_on_disk(2)


@pytest.mark.postgres
def test_when_the_disk_does_not_answer_what_was_issued_stays_issued_once(house, lucia):
    with scope(house):
        draft = new_draft(house)
    client = OrganisationClient(lucia)
    press = {"_key": "a" * 20}
    if connection.vendor == "postgresql":
        with Watched(fails=True), pytest.raises(OperationalError):
            client.post(f"/facturas/{draft.pk}/emision/", press)
    for _again in range(2):
        answer = client.post(f"/facturas/{draft.pk}/emision/", press)
        assert answer.status_code == 303
        assert answer["Location"].endswith(f"/facturas/{draft.pk}/")
    with scope(house):
        assert Record.objects.get().number == Invoice.objects.get().number != ""


class Watched:
    """The waits for the disk of this connection: where the journal was at each one."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails, self.seen = fails, []
        self.wrapping = connection.execute_wrapper(self._asked)

    def __enter__(self) -> Watched:
        self.wrapping.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.wrapping.__exit__(*error)

    def _asked(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "pg_logical_emit_message" in sql:
            assert not connection.in_atomic_block
            if self.fails:
                raise OperationalError("el disco no contesta")
            raw: Any = connection.connection
            self.seen.append(raw.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0])
        return execute(sql, params, many, context)

    def is_on_disk(self, waits: int) -> bool:
        """Whether it has waited so many times, and all that was written before is safe now."""
        if connection.vendor != "postgresql":
            return not self.seen  # SQLite answers a COMMIT when it is on the disk
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn", [self.seen[-1]])
            return len(self.seen) == waits and cursor.fetchone() == (True,)
