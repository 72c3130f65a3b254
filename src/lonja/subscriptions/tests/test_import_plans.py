"""Recurring services that companies bring from another program."""

from __future__ import annotations

import argparse
import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.catalogue.models import Product
from lonja.config.commands import import_
from lonja.imports.actions.opening import open_run
from lonja.imports.actions.working import carry_out
from lonja.imports.models import ImportRun
from lonja.jobs.worker import run_until_idle
from lonja.kit.dates import next_occurrence_index
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.subscriptions.actions.bill import bill_due
from lonja.subscriptions.actions.plans import end_plan
from lonja.subscriptions.frequency import parse_frequency
from lonja.subscriptions.models import Obligation, Plan, PlanLine, PlanTerm

DATA = Path(__file__).parent / "data" / "import"
CATALOGUE = Path(__file__).parents[2] / "catalogue" / "tests" / "data" / "import" / "productos.csv"
HEAD = "NIF;Referencia;Cantidad;Periodicidad;Primera factura;Hasta;Correo de notificación\n"


def run_command(capsys: Any, *words: str) -> tuple[int, dict[str, Any]]:
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    code = import_.run(parser.parse_args([*words, "--json"]))
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def bring(hotel: Party, tmp_path: Path, capsys: Any) -> Any:
    """Import these lines under the usual heading; gives what the command told."""
    Product.objects.create(code="MP-01", name="Mantenimiento preventivo", price=Decimal(420))
    Product.objects.create(code="SR-07", name="Soporte remoto", price=Decimal("3.90"))

    def do(*lines: str, head: str = HEAD, options: tuple[str, ...] = ()) -> dict[str, Any]:
        file = tmp_path / "recurrentes.csv"
        file.write_text(head + "\n".join(lines) + "\n")
        return run_command(capsys, "plans", str(file), *options)[1]

    return do


def why(told: dict[str, Any]) -> list[tuple[int, str]]:
    return sorted((issue["row"], issue["why"]) for issue in told["errors"])


def test_the_sample_list_becomes_plans_and_a_second_time_changes_nothing(
    lonja: Any, capsys: Any
) -> None:
    run_command(capsys, "products", str(CATALOGUE))
    file = DATA / "recurrentes.csv"
    with file.open(encoding="utf-8-sig") as lines:
        nifs = {row["NIF"] for row in csv.DictReader(lines, delimiter=";")}
    Party.objects.bulk_create([Party(name=f"Empresa {nif}", nif=nif) for nif in nifs])
    code, told = run_command(capsys, "plans", str(file))
    assert (code, told["rows"], told["errors"]) == (0, 240, [])
    assert (told["created"], told["updated"], told["unchanged"]) == (238, 2, 0)
    repeated = [w["row"] for w in told["warnings"] if w["why"] == "duplicate_in_file"]
    assert len(repeated) == 2
    assert Plan.objects.count() == PlanLine.objects.count() == PlanTerm.objects.count() == 238
    _code, again = run_command(capsys, "plans", str(file))
    # Two services are twice in the file: each of their rows puts its own data back.
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 4, 236)
    assert Plan.objects.count() == PlanTerm.objects.count() == 238
    assert not Event.objects.filter(verb="subscriptions.changed").exists()


def test_what_a_row_says_reaches_the_plan(bring: Any, hotel: Party) -> None:
    bring("b-12345674;SR-07;3,5;diaria;29/02/2024;31/12/2027;a@x.example, b@x.example")
    plan = Plan.objects.get()
    line = plan.lines.get()
    assert (plan.party, plan.name, plan.unit, plan.every) == (hotel, "Soporte remoto", "day", 1)
    assert (plan.anchor, plan.until) == (date(2024, 2, 29), date(2027, 12, 31))
    assert plan.emails == ["a@x.example", "b@x.example"]
    assert (line.quantity, line.unit_price, line.net_cents) == (
        Decimal("3.5"),
        Decimal("3.9"),
        1365,
    )
    # 13,65 € a day · 365,25 / 12
    assert plan.monthly_cents == PlanTerm.objects.get().monthly_cents == 41547


def test_missed_periods_are_not_billed_but_count_for_the_mrr(bring: Any, lonja: Any) -> None:
    told = bring("B12345674;MP-01;1;mensual;31/01/2026;;")
    plan, today = Plan.objects.get(), lonja.company.today()
    assert plan.next_index == next_occurrence_index(plan.anchor, 1, "month", today) > 0
    assert plan.next_on is not None and plan.next_on >= today
    assert PlanTerm.objects.get().starts_on == plan.anchor
    assert [w["why"] for w in told["warnings"]] == ["missed_skipped"]
    bill_due()
    assert not Obligation.objects.filter(period_start__lt=today).exists()


def test_what_will_be_billed_at_once_is_told_before_importing(bring: Any, lonja: Any) -> None:
    today = lonja.company.today()
    told = bring(f"B12345674;MP-01;1;diaria;{today:%d/%m/%Y};;")
    assert [w["why"] for w in told["warnings"]] == ["due_today"]
    bill_due()
    assert Obligation.objects.get().period_start == today


def test_missed_periods_are_billed_when_the_person_asks(bring: Any) -> None:
    head = HEAD.strip() + ";Facturar lo atrasado\n"
    bring("B12345674;MP-01;1;mensual;01/01/2026;01/03/2026;;sí", head=head)
    bring("B12345674;SR-07;1;mensual;01/01/2026;01/03/2026;", options=("--bill-missed",))
    assert [plan.next_index for plan in Plan.objects.all()] == [0, 0]
    bill_due()
    assert Obligation.objects.filter(outcome="issued").count() == 6


def test_an_old_one_off_service_is_not_billed_by_surprise(bring: Any) -> None:
    told = bring("B12345674;MP-01;1;una sola vez;31/01/2026;;")
    assert [w["why"] for w in told["warnings"]] == ["missed_skipped", "nothing_left"]
    assert bill_due() is None


def test_wrong_rows_stay_out_each_with_its_reason(bring: Any) -> None:
    told = bring(
        "B98765431;MP-01;1;mensual;31/01/2026;;",
        "B12345674;NO-99;1;mensual;31/01/2026;;",
        "B12345674;MP-01;1,2,3;mensual;31/01/2026;;",
        "B12345674;MP-01;0;mensual;31/01/2026;;",
        "B12345674;MP-01;1;a veces;31/01/2026;;",
        "B12345674;MP-01;1;mensual;31/02/2026;;",
        "B12345674;MP-01;1;mensual;31/01/2026;30/01/2026;",
        "B12345674;MP-01;1;mensual;31/01/2026;;sin arroba.example",
        ";;1;;;;",
        "B12345674;MP-01;1;mensual;30/11/2026;;",
    )
    assert why(told) == [
        (2, "client_unknown"),
        (3, "product_unknown"),
        (4, "amount_invalid"),
        (5, "amount_invalid"),
        (6, "frequency_unknown"),
        (7, "date_invalid"),
        (8, "until_before_start"),
        (9, "email_invalid"),
        (10, "code_missing"),
        (10, "date_missing"),
        (10, "frequency_missing"),
        (10, "nif_missing"),
    ]
    assert told["created"] == Plan.objects.count() == 1


def test_the_same_service_is_updated_never_doubled(bring: Any, lonja: Any) -> None:
    bring("B12345674;MP-01;1;trimestral;31/01/2026;;")
    told = bring("B12345674;MP-01;2;cada 3 meses;2026-01-31;31/12/2027;nuevo@x.example")
    plan = Plan.objects.get()
    assert (told["created"], told["updated"]) == (0, 1)
    assert (plan.lines.get().quantity, plan.net_cents) == (2, 84000)
    assert (plan.until, plan.emails) == (date(2027, 12, 31), ["nuevo@x.example"])
    # The MRR of the past stays as it was: the change counts from today.
    before, after = PlanTerm.objects.order_by("starts_on")
    assert (before.monthly_cents, before.ends_on) == (14000, lonja.company.today())
    assert after.monthly_cents == 28000


def test_an_empty_cell_and_a_new_catalogue_price_leave_the_plan_as_it_was(bring: Any) -> None:
    bring("B12345674;MP-01;2;mensual;31/01/2026;31/12/2027;a@x.example")
    Product.objects.filter(code="MP-01").update(price=999)
    told = bring("B12345674;MP-01;;mensual;31/01/2026;;")
    assert told["unchanged"] == 1
    assert Plan.objects.get().net_cents == 84000


def test_a_repeated_row_updates_the_one_before_it(bring: Any) -> None:
    told = bring(
        "B12345674;MP-01;1;mensual;30/11/2026;;",
        "B12345674;MP-01;4;mensual;30/11/2026;31/12/2026;",
    )
    assert (told["created"], told["updated"]) == (1, 1)
    assert [(w["row"], w["why"]) for w in told["warnings"]] == [(3, "duplicate_in_file")]
    plan = Plan.objects.get()
    assert (plan.net_cents, plan.until) == (168000, date(2026, 12, 31))
    assert PlanTerm.objects.get().monthly_cents == 168000


def test_an_ended_service_is_not_brought_back(bring: Any, lucia: Any) -> None:
    bring("B12345674;MP-01;1;mensual;31/01/2026;;")
    end_plan(Plan.objects.get(), by=lucia, on=date(2026, 6, 1))
    told = bring("B12345674;MP-01;5;mensual;31/01/2026;;")
    assert [w["why"] for w in told["warnings"]] == ["plan_ended"]
    assert (told["unchanged"], Plan.objects.get().net_cents) == (1, 42000)


def test_a_dry_run_tells_the_same_and_writes_nothing(bring: Any) -> None:
    told = bring("B12345674;MP-01;1;mensual;31/01/2026;;", options=("--dry-run",))
    assert told["created"] == 1
    assert not Plan.objects.exists()


def test_the_missed_option_belongs_to_plans(tmp_path: Path, lonja: Any, capsys: Any) -> None:
    code, told = run_command(capsys, "products", str(CATALOGUE), "--bill-missed")
    assert (code, told["error"]) == (1, "import_option_foreign")


def test_a_client_of_another_organisation_is_unknown(bring: Any, other_house: Any) -> None:
    with scope(other_house):
        Party.objects.create(name="Cliente de otra", nif="A58818501")
    told = bring(
        "A58818501;MP-01;1;mensual;31/01/2026;;", options=("--organisation", "clima-levante")
    )
    assert why(told) == [(2, "client_unknown")]


def test_an_agent_brings_only_services_of_its_own_clients(
    bring: Any, hotel: Party, marcos: Any, lonja: Any
) -> None:
    line = "B12345674;MP-01;1;mensual;31/01/2026;;"
    run = open_run("plans", "uno.csv", (HEAD + line).encode(), by=marcos)
    carry_out(run)
    assert (run.created, run.refused) == (0, 1)
    Party.objects.filter(pk=hotel.pk).update(agent=marcos)
    run = open_run("plans", "uno.csv", (HEAD + line).encode(), by=marcos)
    carry_out(run)
    assert (run.created, run.refused) == (1, 0)


def test_the_list_is_imported_on_screen(bring: Any, as_lucia: Any) -> None:
    file = SimpleUploadedFile("r.csv", (HEAD + "B12345674;MP-01;2;mensual;31/01/2026;;").encode())
    page = as_lucia.get("/importar/plans/").content.decode()
    assert "Facturar lo atrasado" in page
    answer = as_lucia.post("/importar/plans/", {"file": file}, follow=True)
    run = ImportRun.objects.get()
    columns = {f"col-{at}": name for at, name in run.field_of.items()}
    assert len(columns) == 7
    as_lucia.post(f"/importar/{run.pk}/columnas/", columns)
    run_until_idle()
    assert (
        "Periodos atrasados que no se facturarán"
        in as_lucia.get(f"/importar/{run.pk}/").content.decode()
    )
    as_lucia.post(f"/importar/{run.pk}/arranque/")
    run_until_idle()
    assert Plan.objects.get().net_cents == 84000
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mensual", (1, "month")),
        ("cada 2 meses", (2, "month")),
        ("  CADA  15 DÍAS ", (15, "day")),
        ("año", (1, "year")),
        ("al año", (1, "year")),
        ("semestral", (6, "month")),
        ("3 trimestres", (3, "quarter")),
        ("una sola vez", (1, "once")),
    ],
)
def test_frequencies_are_read_as_people_write_them(text: str, found: tuple[int, str]) -> None:
    assert parse_frequency(text) == found


@pytest.mark.parametrize("text", ["", "bimensual", "cada 0 meses", "cada 500 años", "2", "cada"])
def test_what_may_be_two_things_is_not_guessed(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_frequency(text)
    assert refused.value.code == "frequency_unknown"


def test_ten_thousand_rows_take_few_queries_a_batch(
    hotel: Party, bring: Any, django_assert_max_num_queries: Any
) -> None:
    rows = [f"B12345674;MP-01;1;mensual;{d:02}/{m:02}/{y};;" for y in (2027, 2028)
            for m in range(1, 13) for d in range(1, 29)]  # fmt: skip
    with django_assert_max_num_queries(60):  # two batches of 500
        assert bring(*rows)["created"] == 672
