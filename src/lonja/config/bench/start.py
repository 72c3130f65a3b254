"""Arranque de Lonja entera sobre una base de datos que ya existe, y memoria que ocupa."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from lonja.config.bench.results import Result, percentiles
from lonja.config.bench.scratch import command, engine

help = "tiempo de arranque y memoria de todos los procesos"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=3, metavar="N", help="cuántas veces (3)")


def measure(args: argparse.Namespace) -> Iterator[Result]:
    """From the order to the first answer of `/salud/`, over the data of a company that already
    works; memory (PSS) of the tree a while after. The first start after the program changes looks
    whether the data have to: it is told apart."""
    from django.db import connection

    from lonja.accounts.models import User

    User.objects.create_user("start@example.com", None)
    connection.close()
    times, memory = [], 0.0
    for _n in range(args.times + 1):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command("run", "--port", str(port)), stdout=subprocess.DEVNULL, env=os.environ.copy()
        )
        try:
            times.append(_until_ready(port, process, began) * 1000)
            time.sleep(2)
            memory = max(memory, _tree_mb(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
    first, *times = times
    p50, p95 = percentiles(times)
    more = {"pss_mb": round(memory, 1), "after_update_ms": round(first, 1)}
    yield Result("start", engine(), n=args.times, p50_ms=p50, p95_ms=p95, more=more)


def _until_ready(port: int, process: subprocess.Popen[bytes], began: float) -> float:
    from lonja.config.supervisor import answers

    while not answers("127.0.0.1", port):
        if process.poll() is not None:
            raise SystemExit(f"Lonja no arrancó (código {process.returncode})")
        if time.perf_counter() - began > 120:
            raise SystemExit("Lonja no contesta")
        time.sleep(0.02)
    return time.perf_counter() - began


def _tree_mb(pid: int) -> float:
    """Proportional memory of a process and all below it, in MB (Linux)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    tree, grew = {pid}, True
    while grew:
        more = {child for child, parent in parents.items() if parent in tree} - tree
        tree |= more
        grew = bool(more)
    total = 0
    for member in tree:
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
