"""docs/rules.md says which test shows each rule: those tests are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTS = {
    path: set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.M))
    for folder in (ROOT / "src" / "lonja", ROOT / "tests")
    for path in folder.rglob("test_*.py")
}


def rows() -> list[tuple[str, str]]:
    """(rule, what its last column names) of every row of the tables."""
    found = []
    for line in (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "Rule":
            found.append((cells[0], cells[-1].strip(" |")))
    return found


@pytest.mark.parametrize(("rule", "named"), rows())
def test_a_rule_names_tests_that_exist(rule, named):
    """`file.py::test_name`, `test_name` of the file named before, or `…_end` of such a name."""
    said = re.findall(r"`([^`]+)`", named)
    assert said, f"«{rule}» names no test"
    files: list[Path] = []
    for one in said:
        path, _sep, name = one.rpartition("::")
        if one.endswith(".py"):
            path, name = one, ""
        if path:
            files = [file for file in TESTS if file.as_posix().endswith(f"/{path}")]
            assert files, f"«{rule}»: there is no {path}"
        there = set().union(*(TESTS[file] for file in files))
        wanted = name.removeprefix("…")
        missing = name and not any(
            test.endswith(wanted) if name.startswith("…") else test == wanted for test in there
        )
        assert not missing, f"«{rule}»: {path or files} has no {name}"
