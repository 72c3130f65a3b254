"""Every golden case of the repository, with the checkers of all rooms."""

import argparse
import json
from pathlib import Path

import pytest

from lonja.config.commands import golden

CASES = Path(__file__).parent / "golden"


def _run(*arguments):
    parser = argparse.ArgumentParser()
    golden.add_arguments(parser)
    return golden.run(parser.parse_args([str(argument) for argument in arguments]))


def test_every_case_comes_out_and_is_printed(capsys):
    assert _run(CASES) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 330
    assert lines[-1].endswith("0 con diferencias")


def test_a_difference_is_printed_and_ends_with_one(tmp_path, capsys):
    content = json.loads((CASES / "mrr.json").read_text("utf-8"))
    content["cases"][1]["movements"]["expansion"] = "827.89"
    (tmp_path / "mrr.json").write_text(json.dumps(content), "utf-8")
    assert _run(tmp_path) == 1
    assert "movements.expansion: sale 827.88, se esperaba 827.89" in capsys.readouterr().out


def test_the_result_can_be_read_by_a_program(capsys):
    assert _run(CASES / "recurrence.json", "--json") == 0
    assert all(result["ok"] for result in json.loads(capsys.readouterr().out))


def test_a_wrong_hash_is_a_difference(tmp_path, capsys):
    pytest.importorskip("lonja.fiscal.verifactu.huella")
    content = json.loads((CASES / "invoices.json").read_text("utf-8"))
    block = content["casos"][0]["verifactu"]
    block["huella"] = block["huella"].replace("6", "7", 1)
    (tmp_path / "one.json").write_text(json.dumps(content), "utf-8")
    assert _run(tmp_path) == 1
    assert "verifactu.huella" in capsys.readouterr().out


def test_a_folder_without_cases_says_so(tmp_path, capsys):
    assert _run(tmp_path) == 1
    assert "No hay casos" in capsys.readouterr().out
