"""Comprueba el código sin ejecutarlo: formato, errores, tipos, dependencias entre salas,
plantillas, textos sin traducir o sin inglés, migraciones y ajustes de despliegue."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lonja.config.workbench import CHECKOUT, messages

help = "formato, errores, tipos, contratos y textos (rápido, sin pruebas)"

Outcome = tuple[bool, str]  # whether it passed, and what it said
PYTHON_FILES = ("lonja", "src", "tests", "hatch_build.py")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="arregla lo que se arregla solo")
    parser.add_argument("only", nargs="*", help="solo estas comprobaciones")


def run(args: argparse.Namespace) -> int:
    """Run every check, even after one failed; exit code 1 when any did."""
    with tempfile.TemporaryDirectory(prefix="lonja-check-") as data:
        # Loading the settings makes keys and looks for a database: not in anybody's data.
        os.environ.update(LONJA_DATA_DIR=data, LONJA_DATABASE_URL="")
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    if args.fix:
        tool("ruff", "check", "--fix", "--quiet", *python_files())
        tool("ruff", "format", "--quiet", *python_files())
    unknown = set(args.only) - set(CHECKS)
    if unknown:
        print(f"No conozco: {', '.join(sorted(unknown))}. Hay: {', '.join(CHECKS)}")
        return 2
    wanted = [name for name in CHECKS if not args.only or name in args.only]
    failed = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        # The longest begins first: the others are done beside it.
        begun = {name: pool.submit(timed, CHECKS[name]) for name in sorted(wanted, key=is_quick)}
        for name in wanted:
            (passed, said), seconds = begun[name].result()
            failed += not passed
            print(f"{'bien' if passed else 'MAL '}  {name}  ({seconds:.1f} s)")
            if not passed:
                print(said.rstrip(), end="\n\n")
            sys.stdout.flush()
    print("Todo bien." if not failed else f"{failed} comprobaciones han fallado.")
    return 1 if failed else 0


def timed(check: Callable[[], Outcome]) -> tuple[Outcome, float]:
    began = time.monotonic()
    return check(), time.monotonic() - began


def is_quick(name: str) -> bool:
    return name != "tipos"


def tool(name: str, *arguments: str, **environment: str) -> Outcome:
    """Run a program of the virtual environment in the checkout."""
    program = Path(sys.executable).parent / name
    return call([str(program), *arguments], **environment)


def call(command: list[str], **environment: str) -> Outcome:
    """Run a command in the checkout; its output and errors come together."""
    done = subprocess.run(  # noqa: S603
        command,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout


def python_files() -> list[str]:
    return [name for name in PYTHON_FILES if (CHECKOUT / name).exists()]


def template_folders() -> list[str]:
    return [str(p.relative_to(CHECKOUT)) for p in sorted(CHECKOUT.glob("src/lonja/*/templates"))]


def check_templates() -> Outcome:
    folders = template_folders()
    return tool("djlint", "--lint", "--quiet", *folders) if folders else (True, "")


def check_messages() -> Outcome:
    found = list(messages.findings(CHECKOUT / "src" / "lonja"))
    advice = (
        "\nEn plantillas usa {% translate %} o {% blocktranslate %}; en Python, _(). Un texto "
        "que la ley fija en español se marca en su línea con «# literal»."
    )
    return not found, "\n".join(found) + advice


def check_english() -> Outcome:
    # The templates are read as Django reads them; importing it here keeps `--help` quick.
    from lonja.config.workbench.english import checks

    found = checks.problems(CHECKOUT / "src" / "lonja")
    advice = (
        "\nCon «./lonja messages» entran en el catálogo los textos nuevos y salen los que ya no "
        f"se usan; después escribe su inglés (msgstr) en src/lonja/{checks.CATALOGUE.as_posix()}."
    )
    return not found, "\n".join(found) + advice


def django(*words: str, **environment: str) -> Outcome:
    """Run a Django command where any warning is a failure."""
    command = [sys.executable, "-P", "-W", "error", "-m", "lonja.config.cli", "manage", *words]
    return call(command, **environment)


def check_deploy() -> Outcome:
    return django(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        LONJA_PUBLIC_URL="https://lonja.example",
        LONJA_HOSTS="lonja.example",
        LONJA_TRUSTED_PROXIES="1",
        LONJA_DEBUG="",
    )


CHECKS: dict[str, Callable[[], Outcome]] = {
    "formato": lambda: tool("ruff", "format", "--check", *python_files()),
    "ruff": lambda: tool("ruff", "check", *python_files()),
    "tipos": lambda: tool("mypy", "src/lonja"),
    "salas": lambda: tool("lint-imports", "--no-logo"),
    "plantillas": check_templates,
    "textos": check_messages,
    "inglés": check_english,
    "migraciones": lambda: django("makemigrations", "--check", "--dry-run"),
    "despliegue": check_deploy,
}
