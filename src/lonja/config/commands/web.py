"""Sirve las pantallas. «lonja run» ya lo incluye; aparte sirve para repartir en varias máquinas."""

import argparse
import os
import signal
import sys
from typing import Any

from lonja.config.supervisor import die_with_parent, wait_at_gate

SWITCH = 0.0005  # seconds

help = "solo el servidor web (para repartir en varias máquinas)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_address_arguments(parser)


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `run` and `web` share."""
    host = os.environ.get("LONJA_HOST") or "127.0.0.1"
    port = os.environ.get("LONJA_PORT") or "8000"
    parser.add_argument("--host", default=host, help=f"dirección donde escucha ({host})")
    parser.add_argument("--port", type=int, default=port, help=f"puerto ({port})")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="procesos del servidor web (1)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop. Exits with 1 when a serving process died, so that whoever
    started it (the supervisor, systemd) starts it again."""
    os.environ["LONJA_HOST"] = args.host
    os.environ["LONJA_PORT"] = str(args.port)

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "lonja.config.wsgi:application",
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=args.workers,
        # With one process a crash ends the server, and the supervisor restarts it with back-off;
        # with several the others go on serving meanwhile.
        respawn_failed_workers=args.workers > 1,
        respawn_interval=0.2,
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=8,
    )
    # This process never imports Django: each serving process does, when it loads the application.
    server.serve(target_loader=load_application)
    return 0


def load_application(target: str) -> Any:
    """Runs in the serving process, which must not outlive the one that listens."""
    die_with_parent(signal.SIGKILL)
    # Until granian puts its own, the handlers are those of the listening process, which would
    # only note the signal: told to stop while it loads or waits, this process must end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # A thread that comes back from the database waits for another one to leave it Python, 5 ms each
    # time unless told: with something locked, everybody waits for that.
    sys.setswitchinterval(SWITCH)
    from django.urls import get_resolver
    from granian._internal import load_target

    from lonja.kit.memory import PAGES, quiet_collector

    application = load_target(target)
    _ = get_resolver().url_patterns  # loads the pages now rather than at the first visit
    quiet_collector(PAGES)
    wait_at_gate()
    return application
