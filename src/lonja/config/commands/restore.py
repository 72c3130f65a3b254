"""Restaura una copia en una carpeta de datos vacía, y confirma después los últimos números.

Tras restaurar no se puede emitir hasta confirmar el último número de cada serie: las facturas
emitidas después de la copia existen, aunque aquí ya no estén. Míralo en el correo enviado, en la
sede de la AEAT o pregunta a tus clientes, y di:

    lonja restore --confirm --organisation SLUG --last F/2026=415
"""

import argparse
import sys
from pathlib import Path

help = "restaura una copia; con --confirm permite volver a emitir"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "copy", nargs="?", type=Path, metavar="COPIA", help="la carpeta de la copia"
    )
    parser.add_argument("--force", action="store_true", help="aparta lo que haya y restaura")
    parser.add_argument(
        "--confirm", action="store_true", help="los últimos números son los que se dicen"
    )
    parser.add_argument("--organisation", default="", metavar="SLUG", help="solo esta")
    parser.add_argument(
        "--last",
        action="append",
        default=[],
        metavar="SERIE/AÑO=N",
        help="último número emitido de una serie, si es posterior a la copia",
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 1, with the reason, when the copy cannot be restored or a number cannot be."""
    from lonja.config.backups.manifest import BadCopy

    try:
        if args.confirm:
            return _confirm(args)
        if args.copy is None:
            print("Di qué copia, o usa --confirm.", file=sys.stderr)
            return 2
        return _restore(args)
    except (BadCopy, OSError) as problem:
        print(f"No se ha restaurado: {problem}", file=sys.stderr)
        return 1


def _restore(args: argparse.Namespace) -> int:
    from lonja.config.backups import bring_back, manifest
    from lonja.config.supervisor import data_folder

    data = data_folder().expanduser().resolve()
    copy = args.copy.expanduser().resolve()
    bring_back.restore(copy, data, force=args.force, told=print)
    import django

    django.setup()
    from django.db import connection

    from lonja.config.commands.migrate import bring_up_to_date

    bring_up_to_date(connection)
    folder = copy.parent if copy.is_file() else copy
    bring_back.block_issuing(manifest.read(folder)["made_at"])
    print(
        f"\nSi las claves de antes no están en {data / 'keys'}, ponlas ahora (solo los *.key):\n"
        "sin ellas hay que volver a escribir las contraseñas del correo y los certificados."
    )
    print("\nNo se puede emitir hasta confirmar el último número emitido de cada serie:")
    for organisation, counter, printed in bring_back.last_numbers():
        print(f"  {organisation.slug}  serie {counter.series.code}/{counter.year}: {printed}")
    print("\nSi son los últimos: lonja restore --confirm. Si no: lonja restore --help")
    return 0


def _confirm(args: argparse.Namespace) -> int:
    from lonja.config.backups import bring_back
    from lonja.config.backups.manifest import BadCopy

    try:
        told = dict(bring_back.parse_last(text) for text in args.last)
    except ValueError as problem:
        print(f"«{problem}» no es SERIE/AÑO=NÚMERO, por ejemplo F/2026=415.", file=sys.stderr)
        return 2
    from lonja.config.commands._data import no_data_yet

    if nothing := no_data_yet():
        print(nothing, file=sys.stderr)
        return 1
    try:
        lines = bring_back.confirm(args.organisation, told)
    except BadCopy as problem:
        print(f"No se ha confirmado: {problem}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    print("Ya se puede emitir." if lines else "No había nada que confirmar: ya se podía emitir.")
    return 0
