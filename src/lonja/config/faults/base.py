"""What the faults share: actors in processes of their own, chance with a seed, results."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

from lonja.config.supervisor import die_with_parent


@dataclass
class Fault:
    """How a fault is being provoked: its size and its chance."""

    seed: int
    small: bool = False
    naive: bool = False

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)  # noqa: S311 - repeatable chance


@dataclass
class Outcome:
    """`wrong` is empty when what was required held."""

    fault: str
    seed: int
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.wrong

    def line(self) -> str:
        state = "bien" if self.ok else "MAL "
        facts = "  ".join(f"{key}={value}" for key, value in self.facts.items())
        text = f"{state}  {self.fault}  semilla={self.seed}  {self.seconds:.1f} s  {facts}"
        return "\n".join([text, *(f"      {line}" for line in self.wrong[:10])])


class Actor:
    """A process that plays a part (`lonja.config.faults.actors`) in this installation.

    It is forked from a process that has Lonja loaded and no connection open: it is at work at once,
    so that who kills it kills it while it works.
    """

    def __init__(self, name: str, *args: object) -> None:
        # Before the first: it lives as long as this process, with the installation's settings.
        _nursery.set_forkserver_preload(["lonja.config.faults.loaded"])
        handle, self._said = tempfile.mkstemp(prefix="actor-", dir=settings.DATA_DIR)
        os.close(handle)
        told = {name: getattr(settings, name) for name in _TOLD_LATER}
        self._process = _nursery.Process(
            target=play, args=(name, tuple(map(str, args)), told, self._said), daemon=True
        )
        self._process.start()

    def poll(self) -> int | None:
        """How it ended (minus the signal that killed it), or None."""
        return self._process.exitcode

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode or 0

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        self._process.kill()
        self._process.join()

    def last_words(self) -> str:
        """The last line it wrote, once it has ended."""
        lines = Path(self._said).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"código {self.poll()}"


_nursery = multiprocessing.get_context("forkserver")
# What a fault settles once the actors' settings are read.
_TOLD_LATER = ("VERIFACTU_TEST_URL", "VERIFACTU_TEST_CA")


def play(name: str, args: tuple[str, ...], told: dict[str, Any], said: str) -> None:
    """In the new process: say what goes wrong to the file `said`, and do the part."""
    die_with_parent(signal.SIGKILL)
    with open(said, "wb") as file:
        os.dup2(file.fileno(), 2)
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    for setting, value in told.items():
        setattr(settings, setting, value)
    from lonja.config.faults.actors import PARTS

    PARTS[name](*args)


def kill_now_and_then(
    fault: Fault,
    start: Callable[[], Actor],
    *,
    actors: int,
    kills: int,
    done: Callable[[], bool],
    pause: tuple[float, float],
    limit: float = 1800,
    after_kill: Callable[[], None] = lambda: None,
) -> tuple[int, list[str]]:
    """Keep so many actors at work, killing one at random with SIGKILL, until the work is done.

    Returns how many were killed and what those that failed by themselves said.
    """
    killed, said = 0, []
    alive = [start() for _n in range(actors)]
    deadline = time.monotonic() + limit
    try:
        while time.monotonic() < deadline:
            time.sleep(fault.rng.uniform(*pause))
            for process in [p for p in alive if p.poll() is not None]:
                alive.remove(process)
                if process.poll() not in (0, -signal.SIGKILL):
                    said.append(process.last_words())
            finished = done()
            if finished and not alive:
                return killed, said
            if alive and killed < kills and not finished:
                victim = fault.rng.choice(alive)
                victim.kill()
                alive.remove(victim)
                killed += 1
                after_kill()
            while len(alive) < actors and not finished:
                alive.append(start())
        return killed, [*said, "no acabó a tiempo"]
    finally:
        for process in alive:
            process.kill()


def wait_all(processes: Sequence[Actor]) -> list[str]:
    """Wait for actors to end. Returns the last words of those that failed."""
    return [process.last_words() for process in processes if process.wait()]
