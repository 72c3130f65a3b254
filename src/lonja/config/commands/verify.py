"""Comprueba que los libros cuadran: cadena VERI*FACTU, numeración, totales, saldos y archivos.

No cambia nada y se puede lanzar con Lonja en marcha. Termina con 1 si algo no cuadra, y nombra el
primer registro roto.
"""

import argparse
import json
import sys

help = "comprueba la cadena, los números, los totales, los saldos y los archivos"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="el resultado en JSON")
    parser.add_argument("--organisation", default="", metavar="SLUG", help="solo esta organización")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when everything agrees, 1 when something does not, 2 when it cannot be read."""
    from django.core.exceptions import ObjectDoesNotExist
    from django.db import DatabaseError

    from lonja.config.commands._data import no_data_yet

    try:
        if nothing := no_data_yet():
            return _unread(args, "data_none", nothing)
        from lonja.config.verification import verify

        report = verify(
            args.organisation,
            told=(lambda line: None) if args.json else (lambda line: print(f"· {line}")),
        )
    except ObjectDoesNotExist:
        message = f"No hay ninguna organización «{args.organisation}»."
        return _unread(args, "organisation_unknown", message)
    except DatabaseError as problem:
        return _unread(args, "data_unreadable", f"No se pueden leer los datos: {problem}")
    if args.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return 0 if report.ok else 1
    counted = ", ".join(f"{count} {name}" for name, count in words(report.checked))
    print(f"Comprobado: {counted}.")
    for note in report.notes[:20]:
        print(f"  aviso  {note.where}: {note.message}")
    for problem in report.problems:
        print(f"  MAL    [{problem.code}] {problem.where}: {problem.message}")
    broken = report.first_broken
    if broken is not None:
        print(
            f"Primer registro roto: {broken.number}, posición {broken.position} de la cadena "
            f"{broken.chain} ({broken.organisation}). {broken.message}"
        )
    found = len(report.problems)
    told = "1 problema." if found == 1 else f"{found} problemas."
    print("Todo cuadra." if report.ok else told)
    return 0 if report.ok else 1


def _unread(args: argparse.Namespace, code: str, message: str) -> int:
    """Nothing could be checked, which is not the same as something being wrong."""
    if args.json:
        print(json.dumps({"ok": False, "error": code, "message": message}, ensure_ascii=False))
    print(message, file=sys.stderr)
    return 2


def words(checked: dict[str, int]) -> list[tuple[str, int]]:
    names = {
        "organisations": ("organización", "organizaciones"),
        "chains": ("cadena", "cadenas"),
        "records": ("registro", "registros"),
        "invoices": ("factura", "facturas"),
        "entries": ("apunte", "apuntes"),
        "files": ("archivo", "archivos"),
        "references": ("referencia entre tablas", "referencias entre tablas"),
    }
    counted = [(names[key], count) for key, count in checked.items() if key in names]
    return [(name[count != 1], count) for name, count in counted]
