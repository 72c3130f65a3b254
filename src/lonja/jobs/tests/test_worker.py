"""Jobs survive the death of whoever runs them and never run without their organisation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks import task

from lonja.accounts.bulk import insert_rows
from lonja.accounts.models import Company
from lonja.accounts.scope import current_organisation_id, scope
from lonja.jobs import Retry, enqueue_many, enqueue_once
from lonja.jobs.models import Job, Status
from lonja.jobs.worker import claim, keep_statistics, reap, run_job, run_until_idle
from lonja.parties.models import Party

seen: list[tuple[int, str]] = []


@task()
def greet(name: str) -> None:
    seen.append((current_organisation_id(), name))


@task()
def count_companies() -> dict:
    return {"companies": Company.objects.count()}


@task()
def stumble() -> None:
    raise Retry("todavía no", seconds=60)


def test_a_job_runs_with_the_organisation_that_asked_for_it(lonja, other_house):
    seen.clear()
    greet.enqueue(name="Ana")
    with scope(other_house):
        greet.enqueue(name="Bea")
    assert run_until_idle() == 2
    assert sorted(seen) == sorted([(lonja.pk, "Ana"), (other_house.pk, "Bea")])
    assert Job.objects.count() == 0


def test_a_job_of_a_dead_worker_is_taken_up_again(lonja):
    seen.clear()
    greet.enqueue(name="Ana")
    (job_id,) = claim("first")
    assert claim("second") == []
    Job.objects.filter(pk=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap() == 1
    assert claim("second") == [job_id]
    assert run_job(job_id, "first") is False, "a zombie must not finish another's job"
    assert run_job(job_id, "second") is True
    assert len(seen) == 1


def test_the_same_key_waits_only_once(lonja):
    first = enqueue_once(greet, key="x", name="Ana")
    second = enqueue_once(greet, key="x", name="Ana")
    assert first.pk == second.pk
    run_until_idle()
    third = enqueue_once(greet, key="x", name="Ana")
    assert third.pk != first.pk


def test_a_job_that_asks_for_time_comes_back_later(lonja):
    stumble.enqueue()
    run_until_idle()
    job = Job.objects.get()
    assert job.status == Status.READY
    assert job.run_at > timezone.now() + timedelta(seconds=50)
    assert job.error == "todavía no"


def test_a_job_asked_for_by_a_person_keeps_its_result(lonja, lucia):
    enqueue_once(count_companies, key="count", by=lucia)
    run_until_idle()
    assert Job.objects.get().result == {"companies": 1}


def test_many_jobs_enter_with_one_insert(lonja, django_assert_num_queries):
    with django_assert_num_queries(1):
        enqueue_many(greet, [{"name": str(n)} for n in range(50)])
    assert Job.objects.count() == 50


@pytest.mark.sqlite
def test_the_worker_leaves_statistics_that_tell_an_organisation_from_a_client(lonja):
    """PostgreSQL makes its own."""
    rows = [{"name": f"Cliente {n}", "updated_at": timezone.now()} for n in range(6000)]
    insert_rows(Party, rows)
    keep_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'party_name'")
        _all, of_organisation, _of_stage, of_name, *_rest = map(int, cursor.fetchone()[0].split())
    assert of_organisation == 6000
    assert of_name == 1
