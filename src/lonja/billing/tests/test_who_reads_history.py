"""Whoever sees only a company, or only their own, reads no more than that in a client's history."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.cast import OrganisationClient, make_member

from lonja.accounts.locks import drop_sqlite_triggers
from lonja.accounts.models import Company, CompanyGrant
from lonja.activity import record
from lonja.activity.models import Event
from lonja.billing.actions.drafts import delete_draft
from lonja.billing.actions.settle import register_receipt
from lonja.parties import reports
from lonja.parties.models import Party
from lonja.tasks.models import Task
from lonja.tasks.tests.house import reason, task


@pytest.fixture
def olga(lonja: Any) -> Any:
    """Somebody of the office who only sees the second company."""
    second = Company.objects.create(legal_name="Frío Levante, S.L.", nif="B12345674")
    member = make_member(lonja, "Olga Sanz", "office")
    CompanyGrant.objects.create(membership=member, company=second)
    return member


def verbs(member: Any, party: Party) -> set[str]:
    return {event.verb for event in reports.history(member, party, limit=100)}


def test_a_member_of_one_company_reads_nothing_of_another(
    olga: Any, issued: Any, draft: Any, hotel: Party, lucia: Any, lonja: Any
) -> None:
    issued()
    delete_draft(draft(), by=lucia)
    register_receipt(
        company=lonja.company, party=hotel, amount=5000, on=lonja.company.today(),
        method="cash", shares={}, by=lucia,
    )  # fmt: skip
    everything = verbs(lucia, hotel)
    assert {"billing.issued", "billing.draft_deleted", "billing.advance_registered"} <= everything
    record(lucia, "parties.blocked", hotel, reason="Impago")
    assert verbs(olga, hotel) == {"parties.blocked"}
    page = OrganisationClient(olga).get(f"/clientes/{hotel.pk}/?tab=actividad").content.decode()
    assert "Impago" in page and "emitió" not in page
    assert hotel.pk in reports.last_activity(olga, [hotel.pk])


def test_what_only_another_company_did_is_no_activity_of_the_client(
    olga: Any, issued: Any, hotel: Party, lucia: Any
) -> None:
    issued()
    assert hotel.pk in reports.last_activity(lucia, [hotel.pk])
    assert reports.last_activity(olga, [hotel.pk]) == {}


def test_marcos_reads_of_his_client_only_the_documents_he_may_open(
    issued: Any, hotel: Party, lucia: Any, marcos: Any, lonja: Any
) -> None:
    Party.objects.filter(pk=hotel.pk).update(agent=marcos)
    hotel.refresh_from_db()
    his, hers = issued(agent=marcos), issued(agent=lucia)
    secret = task(reason("Avería"), by=lucia, company=lonja.company, party=hotel, asked=lucia)
    Task.objects.filter(pk=secret.pk).update(agent=None)  # not of his: nobody's client
    seen = {(e.target_type, e.target_id) for e in reports.history(marcos, hotel, limit=100)}
    assert ("billing.invoice", his.pk) in seen
    assert ("billing.invoice", hers.pk) not in seen and ("tasks.task", secret.pk) not in seen
    record(marcos, "tasks.commented", secret)
    assert [e.verb for e in reports.history(marcos, hotel, limit=1)] == ["tasks.commented"]


def test_pages_are_whole_and_cost_the_same_for_who_sees_little(
    issued: Any, hotel: Party, lucia: Any, marcos: Any
) -> None:
    def cost(least: int) -> int:
        with CaptureQueriesContext(connection) as found:
            assert len(reports.history(marcos, hotel, limit=least)) == least
        return len(found)

    for _n in range(6):
        issued(agent=marcos)
        issued(agent=lucia)
    cost(1)
    assert cost(2) == cost(5) <= 2


def test_what_was_written_before_gets_its_company_with_the_locks_standing(
    issued: Any, hotel: Party, lucia: Any, lonja: Any
) -> None:
    if connection.vendor == "sqlite":
        drop_sqlite_triggers(connection)  # as every `migrate` begins there
    one = issued()
    record(lucia, "parties.blocked", hotel, reason="Impago")
    _rewrite("UPDATE activity_event SET company_id = NULL")
    migration = import_module("lonja.activity.migrations.0003_company_of_events")
    migration.fill(apps, SimpleNamespace(connection=connection))
    told = Event.objects.filter(target_type="billing.invoice", target_id=one.pk)
    assert set(told.values_list("company_id", flat=True)) == {lonja.company.pk}
    assert Event.objects.get(verb="parties.blocked").company_id is None
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="frozen row"), transaction.atomic():
            Event.objects.update(company_id=None)


def _rewrite(sql: str) -> None:
    """History as it was written before there were companies in it."""
    lock = "ALTER TABLE activity_event {} TRIGGER lock_frozen_activity_event"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What was inserted in this very transaction is checked before the table is altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(lock.format("DISABLE"))
        cursor.execute(sql)
        if connection.vendor == "postgresql":
            cursor.execute(lock.format("ENABLE"))
