import json
from pathlib import Path

import pytest

from lonja.kit.errors import Refused
from lonja.tax.golden import run_folder

GOLDEN = Path(__file__).parents[4] / "tests" / "golden"


def _folder_with(tmp_path, case):
    (tmp_path / "one.json").write_text(json.dumps({"casos": [case]}), "utf-8")
    return run_folder(tmp_path)[0]


def _case(name):
    content = json.loads((GOLDEN / "invoices.json").read_text("utf-8"))
    return next(case for case in content["casos"] if case["id"] == name)


@pytest.mark.parametrize(
    "name",
    [
        *("invoices", "own-invoices", "law-invoices", "recurrence", "law-recurrence"),
        *("working-time", "law-working-time"),
    ],
)
def test_the_cases_of_the_repository_come_out(name):
    results = run_folder(GOLDEN / f"{name}.json")
    assert {result.id: result.differences for result in results if not result.ok} == {}


@pytest.mark.parametrize("name", ["own-invoices", "law-invoices"])
def test_our_refused_cases_are_refused_for_the_rule_they_name(name):
    content = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    named = {c["id"]: c["fundamento"] for c in content["casos"] if c["expect"] == "reject"}
    notes = {r.id: r.note for r in run_folder(GOLDEN / f"{name}.json")}
    assert {case: notes[case] for case in named} == {
        case: f"rechazado: {rule}" for case, rule in named.items()
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [("cuota_total", "20.99"), ("total_a_pagar", "120.98"), ("neto_lineas", ["99.98"])],
)
def test_a_wrong_cent_is_a_difference(tmp_path, key, value):
    case = _case("C01")
    case["expected"][key] = value
    result = _folder_with(tmp_path, case)
    assert not result.ok
    assert key in result.differences[0]


def test_a_wrong_or_missing_group_is_a_difference(tmp_path):
    case = _case("C05")
    case["expected"]["desglose"][1]["cuota"] = "4.46"
    del case["expected"]["desglose"][2]
    result = _folder_with(tmp_path, case)
    assert len(result.differences) == 2


def test_a_good_document_that_should_be_refused_is_a_difference(tmp_path):
    case = _case("C01") | {"expect": "reject", "fundamento": "ninguno"}
    assert not _folder_with(tmp_path, case).ok


def test_update_writes_what_the_program_finds_and_leaves_the_rest(tmp_path):
    file = tmp_path / "one.json"
    case = _case("C10")
    good = case["expected"]
    case["expected"] = {"importe_total": "1.00"}
    file.write_text(json.dumps({"casos": [case]}), "utf-8")
    run_folder(file, update=True)
    written = json.loads(file.read_text("utf-8"))["casos"][0]
    assert written["expected"] == good
    assert written["titulo"] == case["titulo"]


def _working_time(tmp_path, **changes):
    content = json.loads((GOLDEN / "working-time.json").read_text("utf-8"))
    content["cases"] = [content["cases"][1] | changes]
    (tmp_path / "time.json").write_text(json.dumps(content), "utf-8")
    return run_folder(tmp_path)[0]


def test_a_deadline_is_an_instant_however_it_is_written(tmp_path):
    assert _working_time(tmp_path, deadline="2026-12-21T14:00:00+01:00").ok
    wrong = _working_time(tmp_path, deadline="2026-12-21T13:01:00+00:00")
    assert wrong.differences == [
        "deadline: sale 2026-12-21T13:00:00+00:00, se esperaba 2026-12-21T13:01:00+00:00"
    ]


def test_a_case_of_working_time_may_ask_to_be_refused(tmp_path):
    refused = _working_time(tmp_path, calendar={"weekly": {}}, expect="reject")
    assert (refused.ok, refused.note) == (True, "rechazado: worktime_never")
    assert not _working_time(tmp_path, calendar={"weekly": {}}).ok
    assert not _working_time(tmp_path, expect="reject").ok


def test_an_unknown_kind_fails(tmp_path):
    (tmp_path / "b.json").write_text('{"kind": "weather", "cases": [{"id": "W1"}]}')
    assert not run_folder(tmp_path)[0].ok


def test_an_empty_folder_is_refused_and_a_broken_file_fails(tmp_path):
    with pytest.raises(Refused):
        run_folder(tmp_path)
    (tmp_path / "a.json").write_text("{")
    assert not run_folder(tmp_path)[0].ok


def test_a_case_nobody_understands_fails_without_stopping_the_others(tmp_path):
    good = _case("C01")
    (tmp_path / "a.json").write_text(json.dumps({"casos": [{"id": "Z", "lineas": 3}, good]}))
    results = run_folder(tmp_path)
    assert [result.ok for result in results] == [False, True]
