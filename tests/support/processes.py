"""Processes as the kernel sees them, for tests that start and kill real ones."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def descendants(pid: int) -> dict[int, str]:
    """pid → command line of every living process below `pid`."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found: dict[int, str] = {}
    queue = [pid]
    while queue:
        above = queue.pop()
        for child in [child for child, parent in parents.items() if parent == above]:
            found[child] = command_line(child)
            queue.append(child)
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what: Callable[[], T], *, seconds: float = 30) -> T:
    """The first true value of `what()`; fails after a generous while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Nothing came of {what} in {seconds} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Ours, without what would point a child at another database or data folder."""
    dropped = {"LONJA_DATABASE_URL", "LONJA_DATA_DIR", "LONJA_HOST", "LONJA_PORT", "LONJA_GATE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    source = str(Path(__file__).resolve().parents[2] / "src")
    path = os.pathsep.join(filter(None, [source, kept.get("PYTHONPATH", "")]))
    return {**kept, "PYTHONPATH": path, **more}
