"""Hace una copia de seguridad con Lonja en marcha, y la comprueba antes de darla por buena.

La copia es una carpeta con la base de datos, los archivos y la lista de lo que contiene. Las
claves (carpeta keys de los datos) NO van dentro: guárdalas aparte.
"""

import argparse
import sys
from pathlib import Path

help = "copia de seguridad comprobada, sin parar Lonja"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        type=Path,
        default=None,
        metavar="CARPETA",
        help="dónde (carpeta copias de los datos)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 1, with the reason, when no good copy could be made; nothing is left then."""
    from django.conf import settings
    from django.db import DatabaseError

    from lonja.config.backups.manifest import BadCopy
    from lonja.config.commands._data import no_data_yet

    try:
        if nothing := no_data_yet():
            raise BadCopy(nothing)
        from lonja.config.backups.make import make_copy

        to = args.to or Path(settings.DATA_DIR) / "copias"
        folder = make_copy(to.expanduser().resolve(), told=print)
    except (BadCopy, DatabaseError, OSError) as problem:
        print(f"No se ha hecho la copia: {problem}", file=sys.stderr)
        return 1
    print(f"Copia hecha y comprobada: {folder}")
    print(
        "Las claves no van en la copia. Guarda aparte, en lugar seguro, los ficheros *.key de\n"
        f"    {Path(settings.DATA_DIR) / 'keys'}\n"
        "Sin ellas no se podrán leer las contraseñas guardadas (correo, certificados)."
    )
    return 0
