"""The list of a fair comes in: who is new, who was here, who is a client already."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.imports.actions import opening, working
from lonja.imports.models import ImportIssue, ImportRun
from lonja.parties.actions.leads import capture_lead
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party
from lonja.parties.tests.cast import make_client

HEAD = "Nombre;Empresa;Teléfono;Correo;Origen;Mensaje\n"


def bring(text: str, by: Any = None) -> ImportRun:
    run = opening.open_run("leads", "feria.csv", (HEAD + text).encode(), by=by)
    working.carry_out(run)
    return ImportRun.objects.get(pk=run.pk)


@pytest.mark.usefixtures("lonja")
def test_each_row_is_a_lead_with_its_person_source_and_score() -> None:
    run = bring("Carmen Roselló;Hotel Mirador;965 78 00 00;c@mirador.example;Feria;Aire\n")
    party = Party.objects.get()
    assert run.created == 1
    assert (party.stage, party.lead_status, party.name) == ("lead", "new", "Hotel Mirador")
    assert (party.phone, party.lead_source.name) == ("+34965780000", "Feria")
    assert party.contacts.get().name == "Carmen Roselló" and party.score == 65


def test_a_known_lead_gets_what_it_lacked_and_a_client_is_left_alone(lucia: Any) -> None:
    lead = capture_lead({"name": "Ana", "phone": "612345678"}, by=lucia)
    client = make_client("Bar Pepe", email="bar@pepe.example")
    run = bring("Ana;;612 345 678;ana@x.example;Feria;\nPepe;;;bar@pepe.example;Feria;Otra cosa\n")
    lead.refresh_from_db()
    client.refresh_from_db()
    assert (run.created, run.updated, run.unchanged) == (0, 1, 1)
    assert (lead.email, lead.score) == ("ana@x.example", 45)
    assert client.stage == "client" and client.notes == "" and client.lead_source is None
    assert ImportIssue.objects.get(run=run).code == "already_client"


@pytest.mark.usefixtures("lonja")
def test_the_same_person_twice_in_the_file_is_one_lead() -> None:
    run = bring("Ana;;612345678;;Web;\nAna García;;+34 612 345 678;ana@x.example;;Aire\n")
    party = Party.objects.get()
    assert run.created == 1 and party.email == "ana@x.example" and party.notes == "Aire"
    assert ImportIssue.objects.filter(code="duplicate_in_file").count() == 1


def test_marcos_brings_his_own_and_touches_nobody_elses(lucia: Any, marcos: Any) -> None:
    other = capture_lead({"name": "Ana", "phone": "612345678", "agent": lucia}, by=lucia)
    run = bring("Ana;;612345678;ana@x.example;;\nLuis;;613345678;;;\n", by=marcos)
    other.refresh_from_db()
    assert (run.created, run.refused, other.email) == (1, 1, "")
    assert Party.objects.get(name="Luis").agent == marcos


@pytest.mark.usefixtures("lonja")
def test_a_hostile_cell_is_plain_text() -> None:
    bring('"<script>alert(1)</script>";;612345678;;=HYPERLINK("x");\n')
    assert Party.objects.get().name == "<script>alert(1)</script>"


def test_a_row_of_a_merged_lead_completes_the_one_it_was_merged_into(lucia: Any) -> None:
    kept = capture_lead({"name": "Ana García", "phone": "612345678"}, by=lucia)
    other = capture_lead({"name": "Ana", "email": "ana@x.example"}, by=lucia)
    merge_parties(kept, other, by=lucia)
    run = bring("Ana;;;ana@x.example;Feria;Aire\n")
    kept.refresh_from_db()
    assert (run.created, run.updated) == (0, 1)
    assert kept.notes == "Aire" and kept.lead_source.name == "Feria"


def test_a_row_of_a_merged_record_whose_kept_one_is_a_client_makes_no_lead(lucia: Any) -> None:
    kept = make_client("Bar Pepe", email="bar@pepe.example")
    other = capture_lead({"name": "Pepe", "phone": "612345678"}, by=lucia)
    merge_parties(kept, other, by=lucia)
    run = bring("Pepe;;612 345 678;;Feria;\n")
    assert (run.created, run.unchanged) == (0, 1)
    assert ImportIssue.objects.get(run=run).code == "already_client"
