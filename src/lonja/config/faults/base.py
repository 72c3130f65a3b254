"""What the faults share: actors in processes of their own, chance with a seed, results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any


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


def actor(name: str, *args: object) -> subprocess.Popen[bytes]:
    """Start a process that plays a part (`lonja.config.faults.actors`) in this installation."""
    words = [sys.executable, "-P", "-m", "lonja.config.faults.actors", name, *map(str, args)]
    return subprocess.Popen(  # noqa: S603
        words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ.copy()
    )


def kill_now_and_then(
    fault: Fault,
    start: Callable[[], subprocess.Popen[bytes]],
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
                if process.returncode not in (0, -signal.SIGKILL):
                    said.append(_last_words(process))
            finished = done()
            if finished and not alive:
                return killed, said
            if alive and killed < kills and not finished:
                victim = fault.rng.choice(alive)
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                alive.remove(victim)
                killed += 1
                after_kill()
            while len(alive) < actors and not finished:
                alive.append(start())
        return killed, [*said, "no acabó a tiempo"]
    finally:
        for process in alive:
            process.kill()
            process.wait()


def wait_all(processes: Sequence[subprocess.Popen[bytes]]) -> list[str]:
    """Wait for actors to end. Returns the last words of those that failed."""
    said = []
    for process in processes:
        _out, err = process.communicate()
        if process.returncode:
            said.append(err.decode(errors="replace").strip().splitlines()[-1:] or ["?"])
    return [line for (line,) in said]


def _last_words(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None  # noqa: S101
    lines = process.stderr.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"código {process.returncode}"
