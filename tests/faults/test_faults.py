"""The faults, small: what is required holds, and a naive version does not pass the examination.

Each runs `lonja faults` in an installation of its own, as a person would.
"""

import os
import subprocess

import pytest

from lonja.config.supervisor import CLI
from tests.support.processes import environment

pytestmark = pytest.mark.slow
SEED = "2026"


def faults(*words, url=""):
    done = subprocess.run(
        [*CLI, "faults", *words, "--small", "--seed", SEED],
        env=environment(LONJA_DATABASE_URL=url),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["F1", "F3", "F4", "F6", "F8", "F10", "F14", "F16"])
def test_nothing_is_lost_or_repeated(name):
    code, said = faults(name)
    assert code == 0, said
    assert f"semilla={SEED}" in said


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["F1", "F4", "F8", "F10"])
def test_a_naive_version_does_not_pass(name):
    code, said = faults(name, "--naive")
    assert code == 1, said
    assert "MAL" in said


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["F1", "F3"])
def test_nothing_is_lost_or_repeated_on_postgresql(name):
    code, said = faults(name, url=os.environ["LONJA_DATABASE_URL"])
    assert code == 0, said


@pytest.mark.postgres
def test_the_billing_run_survives_a_database_that_falls():
    code, said = faults("F2", "--postgres")
    assert code == 0, said
    assert "reinicios=2" in said
