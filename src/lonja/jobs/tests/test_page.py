"""The page that says how a job is going."""

from __future__ import annotations

from lonja.jobs.models import Job, Status


def a_job(by, **changes):
    fields = {"task": "lonja.x.y", "status": Status.RUNNING, "requested_by": by, **changes}
    return Job.objects.create(**fields)


def test_a_running_job_shows_its_progress_and_asks_again(as_marcos, marcos):
    job = a_job(marcos, progress_done=312, progress_total=1480, progress_note="Leyendo")
    html = as_marcos.htmx(f"/trabajos/{job.pk}/").content.decode()
    assert "312 de 1.480" in html and "Leyendo" in html
    assert 'hx-trigger="every 2s"' in html


def test_a_finished_job_leads_to_its_result_and_stops_asking(as_marcos, marcos):
    result = {"message": "312 clientes importados", "url": "/clientes/", "label": "Ver clientes"}
    job = a_job(marcos, status=Status.DONE, result=result)
    html = as_marcos.get(f"/trabajos/{job.pk}/").content.decode()
    assert "312 clientes importados" in html
    assert 'href="/clima-levante/clientes/"' in html
    assert "every 2s" not in html


def test_a_result_never_leads_outside(as_marcos, marcos):
    for url in ("https://malo.example/", "//malo.example/", "javascript:alert(1)", "/\\malo"):
        job = a_job(marcos, status=Status.DONE, result={"url": url})
        assert "malo" not in as_marcos.get(f"/trabajos/{job.pk}/").content.decode()


def test_a_refusal_is_told_and_a_fault_is_only_referred_to(as_marcos, marcos):
    refused = a_job(marcos, status=Status.FAILED, error="Falta la columna NIF")
    assert "Falta la columna NIF" in as_marcos.get(f"/trabajos/{refused.pk}/").content.decode()
    fault = a_job(marcos, status=Status.FAILED, error="Traceback (most recent…) KeyError: 'x'")
    html = as_marcos.get(f"/trabajos/{fault.pk}/").content.decode()
    assert f"T-{fault.pk}" in html
    assert "KeyError" not in html


def test_people_see_their_own_jobs_and_administrators_all(as_marcos, as_lucia, as_nuria, lucia):
    job = a_job(lucia)
    assert as_lucia.get(f"/trabajos/{job.pk}/").status_code == 200
    assert as_marcos.get(f"/trabajos/{job.pk}/").status_code == 404
    assert as_nuria.get(f"/trabajos/{job.pk}/").status_code == 404
