"""Hace los trabajos en segundo plano: correo, remesas, avisos, facturación nocturna.

«lonja run» ya incluye uno. Con PostgreSQL se pueden arrancar tantos como haga falta, en tantas
máquinas como haga falta.
"""

import argparse
import os
import signal
import threading
from types import FrameType

NICE = 5

help = "solo los trabajos en segundo plano (para repartir en varias máquinas)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--concurrency", type=int, default=2, metavar="N", help="trabajos a la vez (2)"
    )


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; the jobs in hand are finished first."""
    # Whoever waits before a screen goes first; what nobody watches takes what is left.
    os.nice(NICE)
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)

    from lonja.kit.memory import collect_nothing_yet, quiet_collector

    collect_nothing_yet()
    import django

    django.setup()

    from lonja.jobs.worker import run_forever

    quiet_collector()
    run_forever(stop, concurrency=max(1, args.concurrency))
    return 0
