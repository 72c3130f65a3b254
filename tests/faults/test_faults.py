"""The faults, small: what is required holds, and a naive version does not pass the examination.

`lonja faults` runs as a person would run it, in an installation of its own.
"""

import os
import subprocess

import pytest

from lonja.config.supervisor import CLI
from tests.support.processes import environment

pytestmark = pytest.mark.slow
SEED = "2026"


def started(*words, url=""):
    return subprocess.Popen(
        [*CLI, "faults", *words, "--small", "--seed", SEED],
        env=environment(LONJA_DATABASE_URL=url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def faults(*words, url=""):
    """Its exit code and what it said."""
    process = started(*words, url=url)
    said, _nothing = process.communicate()
    return process.returncode, said


BUSY = ["F1", "F3", "F4", "F10", "F14", "F16"]
WAITING = ["F6", "F8"]  # most of their time goes waiting for a server that asks for it
NAIVE = ["F1", "F4", "F8", "F10"]


@pytest.fixture(scope="module")
def sound():
    """Those that wait, in an installation of theirs, while the others work in another."""
    waiting = started(*WAITING)
    code, said = faults(*BUSY)
    theirs, _nothing = waiting.communicate()
    return max(code, waiting.returncode), said + theirs


@pytest.fixture(scope="module")
def naive():
    return faults(*NAIVE, "--naive")


@pytest.mark.sqlite
@pytest.mark.parametrize("name", BUSY + WAITING)
def test_nothing_is_lost_or_repeated(name, sound):
    _code, said = sound
    assert f"bien  {name}  semilla={SEED}" in said, said


@pytest.mark.sqlite
@pytest.mark.parametrize("name", NAIVE)
def test_a_naive_version_does_not_pass(name, naive):
    _code, said = naive
    assert f"MAL   {name} ingenuo  semilla={SEED}" in said, said


@pytest.mark.sqlite
def test_the_command_says_by_its_code_whether_all_held(sound, naive):
    assert (sound[0], naive[0]) == (0, 1), sound[1] + naive[1]


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
