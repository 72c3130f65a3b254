"""The lists that companies bring, in the form they bring them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cast import make_member, make_organisation

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import scope
from lonja.config.commands import import_
from lonja.imports.models import ImportRun
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Contact, Party, Tag

DATA = Path(__file__).parent / "data" / "import"
AGENTS = ("jordi.peris@climalevante.example", "nuria.gil@climalevante.example")


@pytest.fixture
def agents(lonja: Organisation) -> list[Membership]:
    members = []
    for email in AGENTS:
        member = make_member(lonja, email.split("@")[0].replace(".", " ").title())
        member.user.email = email
        member.user.save()
        members.append(member)
    return members


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    return parser.parse_args(words)


def run_command(capsys: Any, *words: str) -> tuple[int, dict[str, Any]]:
    code = import_.run(arguments(*words, "--json"))
    return code, json.loads(capsys.readouterr().out)


def short(issues: list[dict[str, Any]]) -> list[tuple[int, str, str, str]]:
    return sorted((i["row"], i["column"], i["value"], i["why"]) for i in issues)


@pytest.mark.usefixtures("agents")
def test_the_sample_list_gives_exactly_the_expected_trouble(capsys: Any) -> None:
    expected = json.loads((DATA / "expected.json").read_text())
    code, told = run_command(capsys, "clients", str(DATA / "clientes-windows1252.csv"))
    assert code == 0
    assert told["rows"] == expected["total_rows"]
    assert short(told["errors"]) == short(expected["errors"])
    assert short(told["warnings"]) == short(expected["warnings"])
    assert (told["created"], told["updated"], told["unchanged"]) == (392, 1, 0)
    assert Party.objects.clients().count() == 392


@pytest.mark.usefixtures("lonja")
def test_many_rows_with_the_same_fault_share_a_line(capsys: Any) -> None:
    import_.run(arguments("clients", str(DATA / "clientes.xlsx"), "--dry-run"))
    told = capsys.readouterr().out
    assert "276 filas (3, 4, 5, 10, 11…), Agente «nuria.gil@climalevante.example»" in told
    assert "fila 331, Límite de riesgo «mil euros»: No se entiende el número" in told
    assert len(told.splitlines()) < 20


@pytest.mark.usefixtures("lonja")
def test_a_file_that_is_refused_leaves_no_import_half_begun(capsys: Any) -> None:
    wrong = ("--map", "Agente=nadie")
    code, told = run_command(capsys, "clients", str(DATA / "clientes.xlsx"), *wrong)
    assert (code, told["error"]) == (1, "import_field_unknown")
    code, told = run_command(capsys, "clients", "no-existe.xlsx")
    assert (code, told["message"]) == (1, "No existe el fichero «no-existe.xlsx».")
    assert not ImportRun.objects.exists()


@pytest.mark.usefixtures("agents")
def test_the_same_list_as_a_workbook_gives_the_same_clients(capsys: Any) -> None:
    expected = json.loads((DATA / "expected.json").read_text())
    _code, told = run_command(capsys, "clients", str(DATA / "clientes.xlsx"))
    assert short(told["errors"]) == short(expected["errors"])
    # Post codes are numbers there: every one of the first nine provinces lost its zero.
    zeros = [w for w in told["warnings"] if w["why"] == "postcode_zero_restored"]
    assert len(zeros) == 74 - 1  # row 261 is refused for its agent
    assert set(short(expected["warnings"])) <= set(short(told["warnings"]))
    assert Party.objects.get(nif="A11056223").postcode == "03700"


@pytest.mark.usefixtures("agents")
def test_importing_the_same_list_twice_makes_no_client_twice(capsys: Any) -> None:
    run_command(capsys, "clients", str(DATA / "clientes-windows1252.csv"))
    _code, again = run_command(capsys, "clients", str(DATA / "clientes-windows1252.csv"))
    assert again["created"] == 0
    # Two rows share a NIF: each puts its own data back.
    assert (again["updated"], again["unchanged"]) == (2, 391)
    assert Party.objects.count() == 392


@pytest.mark.usefixtures("agents")
def test_what_a_row_says_reaches_the_client(capsys: Any) -> None:
    run_command(capsys, "clients", str(DATA / "clientes-windows1252.csv"))
    party = Party.objects.get(nif="F31234768")
    assert (party.name, party.tariff, party.city) == (
        "Academia Criado S.Coop.",
        "General",
        "Lleida",
    )
    assert party.risk_limit_cents == 1_234_560
    assert party.agent is not None and party.agent.user.email == AGENTS[1]
    assert (party.phone, party.postcode) == ("+34718100339", "01301")
    assert party.client_since is not None and party.client_since.isoformat() == "2019-06-15"


@pytest.mark.usefixtures("agents")
def test_a_dry_run_tells_the_same_and_writes_nothing(capsys: Any) -> None:
    code, told = run_command(capsys, "clients", str(DATA / "clientes-windows1252.csv"), "--dry-run")
    assert code == 0 and told["created"] == 392 and len(told["errors"]) == 7
    assert not Party.objects.exists()


def test_an_empty_cell_leaves_what_we_had(lonja: Organisation, tmp_path: Path, capsys: Any) -> None:
    Party.objects.create(name="Hotel Mirador", nif="B12345674", phone="+34612345678")
    file = tmp_path / "uno.csv"
    file.write_text("Nombre;CIF;Teléfono;Correo\nHotel Mirador;b-12345674;;a@mirador.example\n")
    _code, told = run_command(capsys, "clients", str(file))
    party = Party.objects.get()
    assert told["updated"] == 1
    assert (party.phone, party.email) == ("+34612345678", "a@mirador.example")


def test_a_row_of_a_merged_client_reaches_the_one_it_was_merged_into(
    lucia: Membership, tmp_path: Path, capsys: Any
) -> None:
    kept = Party.objects.create(name="Hotel Mirador", nif="B12345674")
    other = Party.objects.create(name="Mirador Playa", nif="A58818501")
    merge_parties(kept, other, by=lucia)
    file = tmp_path / "unida.csv"
    file.write_text("Nombre;CIF;Ciudad\nHotel Mirador;A58818501;Dénia\n")
    _code, told = run_command(capsys, "clients", str(file))
    kept.refresh_from_db()
    other.refresh_from_db()
    assert (told["updated"], told["errors"]) == (1, [])
    assert (kept.city, kept.nif) == ("Dénia", "B12345674")
    assert other.city == ""


@pytest.mark.usefixtures("lonja")
def test_tags_contacts_and_foreign_clients_come_in(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "extranjeros.csv"
    file.write_text(
        "Company;VAT;Country;Tags;Contact;Email\n"
        "Müller GmbH;DE811569869;Alemania;Export, Norte;Heidi Müller;a@m.example, b@m.example\n"
    )
    _code, told = run_command(capsys, "clients", str(file))
    party = Party.objects.get()
    assert told["created"] == 1 and not told["errors"]
    assert (party.nif, party.id_type, party.country) == ("DE811569869", "02", "DE")
    assert party.mail_addresses == ["a@m.example", "b@m.example"]
    assert Contact.objects.get().is_main
    assert set(Tag.objects.values_list("name", flat=True)) == {"Export", "Norte"}


@pytest.mark.usefixtures("lonja")
def test_clients_without_nif_are_not_doubled_either(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "sin.csv"
    file.write_text("Nombre;NIF;Correo\nBar Pepe;;bar@pepe.example\nBAR PEPE;;bar@pepe.example\n")
    _code, told = run_command(capsys, "clients", str(file))
    assert (told["created"], told["updated"] + told["unchanged"]) == (1, 1)
    _code, again = run_command(capsys, "clients", str(file))
    assert again["created"] == 0 and Party.objects.count() == 1


@pytest.mark.usefixtures("agents")
def test_an_agent_who_left_is_refused(lonja: Organisation, tmp_path: Path, capsys: Any) -> None:
    from django.utils import timezone

    Membership.objects.filter(user__email=AGENTS[0]).update(deactivated_at=timezone.now())
    file = tmp_path / "uno.csv"
    file.write_text(f"Nombre;Agente\nBar Pepe;{AGENTS[0]}\nBar Lola;\n")
    _code, told = run_command(capsys, "clients", str(file))
    assert [e["reason"] for e in told["errors"]] == ["agent_inactive"]
    assert Party.objects.get().name == "Bar Lola"


@pytest.mark.usefixtures("lonja")
def test_columns_may_be_told_by_hand(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "raro.csv"
    file.write_text("Quién;Papeles\nBar Pepe;12345678Z\n")
    code, told = run_command(capsys, "clients", str(file))
    assert code == 1 and "Razón social" in told["message"]
    code, told = run_command(
        capsys, "clients", str(file), "--map", "Quién=name", "--map", "Papeles=nif"
    )
    assert code == 0 and Party.objects.get().nif == "12345678Z"


@pytest.mark.no_scope
def test_with_several_organisations_one_must_be_told(lonja: Organisation, capsys: Any) -> None:
    make_organisation("Otra Casa", "otra-casa", "B12345674")
    file = str(DATA / "clientes-windows1252.csv")
    code, told = run_command(capsys, "clients", file)
    assert code == 1 and "--organisation" in told["message"]
    code, told = run_command(capsys, "clients", file, "--organisation", "otra-casa")
    assert code == 0
    with scope(lonja):
        assert not Party.objects.exists()
