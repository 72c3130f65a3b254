"""Arranca Lonja entera: base de datos al día, servidor web y trabajos en segundo plano.

Si algo se cae, vuelve a arrancarlo. Ctrl+C lo cierra todo.
"""

import argparse
import os
import sys

from lonja.config.commands.web import add_address_arguments
from lonja.config.supervisor import CannotRun, Supervisor, data_folder

help = "arranca Lonja (web y trabajos en segundo plano)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_address_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Supervise until told to stop."""
    os.environ["LONJA_HOST"] = args.host
    os.environ["LONJA_PORT"] = str(args.port)
    try:
        return Supervisor(
            data=data_folder(), host=args.host, port=args.port, workers=max(1, args.workers)
        ).run()
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
