"""Pasa las pruebas: todas con SQLite y, después, las que usan la base de datos con PostgreSQL.

Trae lo que falte (un navegador sin ventana, PostgreSQL, Dovecot) cuando puede; cuando no, falla y
dice la orden exacta que lo arregla. Los demás argumentos son de pytest: ./lonja test -k factura
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree  # reads only what pytest has just written

from lonja.config.workbench import CHECKOUT, Missing, chromium, cluster, dovecot

help = "pasa las pruebas con SQLite y con PostgreSQL"
passthrough = True

NO_TESTS = 5  # pytest's exit code when nothing was selected
COUNTED = ("passed", "failed", "skipped")
# With these the person wants pytest in one process.
ONE_PROCESS = {"-n", "--numprocesses", "--pdb", "--trace", "-s", "--collect-only", "--co"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sin-navegador", action="store_true", help="deja fuera las pruebas de navegador"
    )
    parser.add_argument(
        "--sin-dovecot", action="store_true", help="deja fuera las pruebas con un buzón de verdad"
    )
    parser.add_argument("--sin-postgres", action="store_true", help="solo con SQLite")
    parser.add_argument(
        "--rapido", action="store_true", help="solo con SQLite, sin navegador y sin lo lento"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every pass did well; the last line counts all of them together."""
    total: Counter[str] = Counter()
    environment: dict[str, str] = {}
    codes = []
    try:
        if args.rapido or args.sin_navegador:
            environment["LONJA_TEST_SKIP_BROWSER"] = "1"
        else:
            environment["LONJA_CHROMIUM"] = chromium.find_or_install()
        if args.rapido or args.sin_dovecot:
            environment["LONJA_TEST_SKIP_DOVECOT"] = "1"
        else:
            environment["LONJA_DOVECOT"] = dovecot.find_or_install()
        if args.rapido:
            environment["LONJA_TEST_SKIP_SLOW"] = "1"
        with postgres(wanted=not (args.rapido or args.sin_postgres)) as url:
            codes.append(one_pass("SQLite", args.rest, total, **environment))
            if url:
                environment |= {"LONJA_DATABASE_URL": url, "LONJA_TEST_PASS": "postgres"}
                codes.append(one_pass("PostgreSQL", args.rest, total, **environment))
    except Missing as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    worst = max((code for code in codes if code != NO_TESTS), default=NO_TESTS)
    print(f"\nTotal: {total['passed']} passed, {total['failed']} failed", end="")
    print(f", {total['skipped']} skipped" if total["skipped"] else "", flush=True)
    return worst


@contextmanager
def postgres(*, wanted: bool) -> Iterator[str | None]:
    """The address of a PostgreSQL of this run only, or None when it is not wanted."""
    if not wanted:
        yield None
        return
    with cluster.temporary_cluster() as url:
        yield url


def one_pass(title: str, words: list[str], total: Counter[str], **environment: str) -> int:
    """Run pytest once, adding what it counted to `total`; returns its exit code."""
    began = time.monotonic()
    print(f"\n── Pruebas con {title} " + "─" * (60 - len(title)), flush=True)
    with tempfile.TemporaryDirectory(prefix="lonja-test-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *parallel(words), *words]
        base = {name: value for name, value in os.environ.items() if name != "LONJA_DATABASE_URL"}
        base |= {"LONJA_DATA_DIR": str(Path(folder) / "data"), **environment}
        # A file, as in real life: WAL and several connections work as they do for users.
        base["LONJA_TEST_SQLITE"] = str(Path(folder) / "test.sqlite3")
        code = subprocess.run(command, cwd=CHECKOUT, env=base, check=False).returncode  # noqa: S603
        total.update(count(report))
    print(f"Pasada con {title}: {time.monotonic() - began:.0f} s", flush=True)
    return code if code >= 0 else 128 - code


def parallel(words: list[str]) -> list[str]:
    """Four processes for a run of everything; one when something in particular is asked for.

    Twice the cores of a small machine: many tests wait for a browser, a disk or a process.
    """
    named = any(not word.startswith("-") and Path(CHECKOUT, word).exists() for word in words)
    asked = any(word.split("=")[0] in ONE_PROCESS or word.startswith("-n") for word in words)
    if named or asked or (os.cpu_count() or 1) < 2:
        return []
    # In the order of tests/support/speed.py: xdist's own begins with the files of most tests.
    return ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def count(report: Path) -> Counter[str]:
    """How many tests passed, failed and were skipped, from pytest's own report."""
    found: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    if not report.exists():
        return found
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        found["failed"] += bad
        found["skipped"] += skipped
        found["passed"] += max(0, int(suite.get("tests", 0)) - bad - skipped)
    return found
