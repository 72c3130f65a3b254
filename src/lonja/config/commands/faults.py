"""Provoca fallos a propósito y comprueba que no se pierde ni se repite nada.

Trabaja en una instalación aparte que luego se borra. Sin nombres, los pasa todos; con --small, en
pequeño, como en las pruebas. Con LONJA_DATABASE_URL o --postgres, sobre PostgreSQL.
"""

import argparse
import contextlib
import sys
import time
import traceback

help = "provoca fallos (procesos muertos, correo roto…) y comprueba el resultado"

NAMES = ("F1", "F2", "F3", "F4", "F6", "F8", "F10", "F14", "F16")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="FALLO", help=", ".join(NAMES))
    parser.add_argument("--small", action="store_true", help="en pequeño")
    parser.add_argument("--seed", type=int, default=None, help="para repetir una pasada")
    parser.add_argument("--naive", action="store_true", help="la versión ingenua, que debe fallar")
    parser.add_argument("--postgres", action="store_true", help="con un PostgreSQL temporal")


def run(args: argparse.Namespace) -> int:
    """Exit code 1 when anything required did not hold."""
    wanted = [name.upper() for name in args.names] or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"No conozco: {', '.join(unknown)}. Hay: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    from lonja.config.bench.scratch import engine, installation

    failed = 0
    # What is started while a fault is provoked ends after the installation it belongs to.
    with contextlib.ExitStack() as stack, installation("faults", postgres=args.postgres):
        from lonja.config.faults import agency, billing, database, smtp
        from lonja.config.faults.base import Fault, Outcome

        faults = {
            "F1": billing.killed_workers,
            "F2": billing.restarted_database,
            "F3": billing.late_schedulers,
            "F4": database.many_writers,
            "F6": smtp.bad_server,
            "F8": agency.unreliable_agency,
            "F10": database.parallel_submits,
            "F14": database.copy_under_load,
            "F16": database.altered_by_hand,
        }
        seed = args.seed if args.seed is not None else int(time.time()) % 1_000_000
        print(f"Base de datos: {engine()}. Semilla: {seed}", flush=True)
        stack.callback(billing.stop_servers)
        for name in wanted:
            began = time.monotonic()
            try:
                outcome = faults[name](Fault(seed, small=args.small, naive=args.naive))
            except Exception as error:
                traceback.print_exc()
                outcome = Outcome(name, seed, wrong=[f"{type(error).__name__}: {error}"])
            outcome.seconds = time.monotonic() - began
            failed += not outcome.ok
            print(outcome.line(), flush=True)
    return 1 if failed else 0
