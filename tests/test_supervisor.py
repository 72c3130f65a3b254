"""`lonja run` keeps an installation running, and leaves nothing behind when it ends."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import alive, descendants, environment, free_port, wait_for

CLI = [sys.executable, "-P", "-m", "lonja.config.cli"]


@dataclass
class Installation:
    data: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        return (self.data.parent / "said").read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/salud/", timeout=5) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def tree(self) -> dict[int, str]:
        return descendants(self.process.pid)

    def pids(self, command: str) -> set[int]:
        return {pid for pid, line in self.tree().items() if f"cli {command}" in line}


def start(folder: Path, **more: str) -> Installation:
    data, port = folder / "data", free_port()
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            [*CLI, "run", "--data", str(data), "--port", str(port)],
            env=environment(**more),
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    return Installation(data, port, process)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation that the tests of this file share, up and answering."""
    installation = start(tmp_path_factory.mktemp("running"))
    wait_for(lambda: "está lista" in installation.said, seconds=90)
    yield installation
    installation.process.terminate()
    installation.process.wait(timeout=30)


def test_it_says_its_address_once_it_answers(running: Installation) -> None:
    assert f"http://127.0.0.1:{running.port}/" in running.said
    assert running.answers()


def test_a_second_copy_is_refused_and_told_who_runs(running: Installation) -> None:
    command = [*CLI, "run", "--data", str(running.data), "--port", str(free_port())]
    second = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 1
    assert f"ya está en marcha con los datos de {running.data}" in second.stderr
    assert f"proceso {running.process.pid}" in second.stderr
    assert running.answers()


def test_a_taken_port_is_said_and_another_suggested(running: Installation, tmp_path: Path) -> None:
    command = [*CLI, "run", "--data", str(tmp_path), "--port", str(running.port)]
    second = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 1
    assert f"El puerto {running.port} ya lo usa otro programa" in second.stderr
    assert f"--port {running.port + 1}" in second.stderr


def test_a_killed_worker_comes_back(running: Installation) -> None:
    before = wait_for(lambda: running.pids("worker"))
    os.kill(before.pop(), signal.SIGKILL)
    wait_for(lambda: running.pids("worker") - before)
    wait_for(lambda: "El proceso de trabajos se ha caído (señal SIGKILL)" in running.said)


@pytest.mark.parametrize("which", ["listening", "serving"])
def test_a_killed_web_server_comes_back(running: Installation, which: str) -> None:
    before = wait_for(lambda: len(running.pids("web")) == 2 and running.pids("web"))
    listening = next(pid for pid in before if descendants(pid))
    victim = listening if which == "listening" else (before - {listening}).pop()
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(running.pids("web") - before) == 2 and running.answers())
    assert not any(alive(pid) for pid in before)


def test_told_to_stop_it_leaves_nothing_behind(tmp_path: Path) -> None:
    installation = start(tmp_path)
    wait_for(lambda: "está lista" in installation.said and installation.pids("worker"), seconds=90)
    family = installation.tree()
    assert len(family) == 3
    installation.process.send_signal(signal.SIGTERM)
    assert installation.process.wait(timeout=30) == 0
    assert not any(alive(pid) for pid in family)
    assert not installation.answers()


def test_a_killed_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    installation = start(tmp_path)
    wait_for(lambda: "está lista" in installation.said and installation.pids("worker"), seconds=90)
    family = installation.tree()
    installation.process.kill()
    installation.process.wait()
    wait_for(lambda: not any(alive(pid) for pid in family))


def test_told_to_stop_while_preparing_it_stops(tmp_path: Path) -> None:
    installation = start(tmp_path)
    wait_for(lambda: installation.pids("migrate"))
    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(timeout=30) == 0
    assert "está lista" not in installation.said


def test_an_unreachable_database_is_said_and_nothing_stays_running(tmp_path: Path) -> None:
    installation = start(
        tmp_path, LONJA_DATABASE_URL=f"postgres://nadie@127.0.0.1:{free_port()}/nada"
    )
    assert installation.process.wait(timeout=60) == 1
    assert "La base de datos no está lista" in installation.said
    assert "Lonja no ha arrancado" in installation.said


def test_five_quick_crashes_stop_everything_and_say_why(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from lonja.config import supervisor\n"
        "supervisor.CLI = [sys.executable, '-c', 'raise SystemExit(7)']\n"
        "supervisor.PAUSES = [0.0]\n"
        "supervisor.Supervisor.prepare = lambda self: True\n"
        f"one = supervisor.Supervisor(Path({str(tmp_path)!r}), '127.0.0.1', {free_port()})\n"
        "sys.exit(one.run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "se ha caído 5 veces seguidas nada más arrancar (código 7)" in done.stdout
