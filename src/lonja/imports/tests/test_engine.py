"""Batches, crashes and names of columns."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.imports import columns
from lonja.imports.actions import opening, working
from lonja.imports.models import ImportIssue, ImportRun, Status
from lonja.imports.tests.cast import clients_csv
from lonja.parties.actions.import_clients import ClientImporter
from lonja.parties.models import Party


class Killed(BaseException):
    """The worker process is gone."""


@pytest.fixture
def small_batches(monkeypatch: Any) -> None:
    monkeypatch.setattr(ClientImporter, "batch_size", 10)


def killed_after(monkeypatch: Any, batches: int) -> None:
    """Let some batches through and die in the middle of the next, after writing."""
    whole, done = ClientImporter.flush, []

    def flush(self: ClientImporter) -> None:
        whole(self)
        done.append(1)
        if len(done) > batches:
            raise Killed

    monkeypatch.setattr(ClientImporter, "flush", flush)


@pytest.mark.usefixtures("lonja", "small_batches")
@pytest.mark.parametrize("batches", [0, 1, 3, 4])
def test_a_worker_killed_half_way_goes_on_without_doubling(monkeypatch: Any, batches: int) -> None:
    rows = [f"Cliente {n}" for n in range(45)]
    run = opening.open_run("clients", "a.csv", clients_csv(rows), by=None)
    with monkeypatch.context() as patched:
        killed_after(patched, batches)
        with pytest.raises(Killed):
            working.carry_out(run)
    run = ImportRun.objects.get()
    assert (run.status, run.created) == (Status.IMPORTING, batches * 10)
    assert Party.objects.count() == batches * 10
    working.carry_out(run)
    assert sorted(Party.objects.values_list("name", flat=True)) == sorted(rows)
    assert ImportRun.objects.get().created == 45


@pytest.mark.usefixtures("lonja", "small_batches")
def test_a_duplicate_is_noticed_across_a_crash(monkeypatch: Any) -> None:
    content = b"Nombre;NIF\n" + b"".join(b"Uno %d;\n" % n for n in range(9))
    content += b"Pepe;12345678Z\n" + b"".join(b"Dos %d;\n" % n for n in range(9))
    content += b"Pepe SL;12345678Z\n"
    run = opening.open_run("clients", "a.csv", content, by=None)
    with monkeypatch.context() as patched:
        killed_after(patched, 1)
        with pytest.raises(Killed):
            working.carry_out(run)
    working.carry_out(ImportRun.objects.get())
    issue = ImportIssue.objects.get(code="duplicate_in_file")
    assert issue.row == 21 and "fila 11" in issue.message
    assert Party.objects.get(nif="12345678Z").name == "Pepe SL"


@pytest.mark.usefixtures("lonja", "small_batches")
def test_two_workers_at_once_do_the_work_once() -> None:
    run = opening.open_run("clients", "a.csv", clients_csv([f"C {n}" for n in range(25)]), by=None)
    working.start_over(run, Status.IMPORTING)
    slow = ImportRun.objects.get()
    working.carry_out(ImportRun.objects.get())
    working.carry_out(slow)
    assert Party.objects.count() == 25 and ImportRun.objects.get().created == 25


@pytest.mark.usefixtures("lonja", "small_batches")
def test_checking_tells_what_importing_does() -> None:
    content = b"Nombre;NIF\n" + b"".join(b"Uno %d;\n" % n for n in range(15))
    content += b"Pepe;12345678Z\n" * 3 + b";\n" + b"Lola;12345678A\n"
    run = opening.open_run("clients", "a.csv", content, by=None)
    working.check(run)
    told = (run.created, run.updated + run.unchanged, run.refused, run.noticed)
    assert not Party.objects.exists()
    working.carry_out(run)
    assert told == (run.created, run.updated + run.unchanged, run.refused, run.noticed)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("RAZÓN SOCIAL", "name"), ("Raó social", "name"), ("Company name", "name"),
        ("C.I.F.", "nif"), ("N.I.F", "nif"), ("cod. postal", "postcode"),
        ("E-Mail", "email"), ("Correu electrònic", "email"), ("Teléfono 1", "phone"),
        ("LIMITE RIESGO", "risk_limit"), ("Fecha de alta", "client_since"), ("Comercial", "agent"),
        ("Color favorito", ""),
    ],
)  # fmt: skip
def test_headings_are_known_by_many_names(heading: str, field: str) -> None:
    assert columns.guess(ClientImporter, [heading]).get(0, "") == field


def test_our_own_word_wins_over_a_synonym() -> None:
    assert columns.guess(ClientImporter, ["Nombre", "Razón social"]) == {1: "name"}


def test_a_repeated_heading_counts_once() -> None:
    assert columns.guess(ClientImporter, ["Nombre", "NIF", "nif"]) == {0: "name", 1: "nif"}
    assert columns.repeated(["Nombre", "NIF", "nif"]) == ["NIF", "nif"]


@pytest.mark.usefixtures("small_batches")
def test_marcos_does_not_touch_the_clients_of_others(lucia: Any, marcos: Any) -> None:
    Party.objects.create(name="Ajeno", nif="12345678Z", agent=lucia)
    content = f"Nombre;NIF;Agente\nMío;B12345674;\nCambiado;12345678Z;\nDado;;{lucia.user.email}\n"
    run = opening.open_run("clients", "a.csv", content.encode(), by=marcos)
    working.carry_out(run)
    assert list(ImportIssue.objects.values_list("row", "code").filter(is_error=True)) == [
        (3, "not_yours"), (4, "agent_not_yours"),
    ]  # fmt: skip
    assert Party.objects.get(nif="12345678Z").name == "Ajeno"
    assert Party.objects.get(nif="B12345674").agent == marcos
