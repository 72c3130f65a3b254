"""`lonja bench` measures on an installation of its own, and what it measures comes out right."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.no_scope]


def bench(*arguments: str, url: str = "") -> dict:
    """The last of what it measures, on SQLite or on a server."""
    answer = subprocess.run(
        [sys.executable, "-m", "lonja.config.cli", "bench", *arguments, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "LONJA_DATABASE_URL": url},
        check=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


def test_two_billers_share_a_run_and_bill_everybody_once():
    told = bench("billing-run", "--plans", "230", "--processes", "2")
    assert (told["bench"], told["n"]) == ("billing-run", 230)


def test_eight_people_issue_through_the_real_door_without_errors():
    told = bench("issue", "--drafts", "16", "--warm", "2", "--previews", "2", "--bulk", "60")
    assert (told["bench"], told["n"]) == ("issue:bulk", 60)


@pytest.mark.postgres
def test_on_a_server_a_large_house_is_made_and_its_pages_measured():
    url = os.environ["LONJA_DATABASE_URL"]
    told = bench("lists", "--invoices", "400", "--customers", "100", "--page", "2", url=url)
    assert (told["n"], told["database"]) == (400, "postgresql")
