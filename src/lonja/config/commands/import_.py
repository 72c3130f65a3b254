"""Importa una lista (clientes, productos…) desde una hoja de cálculo o un CSV.

Las filas con errores se quedan fuera y se cuenta por qué; las demás entran. Repetir el mismo
fichero no duplica nada.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

# More rows than these with the same fault are told together.
MANY = 5

help = "importa clientes, productos… desde XLSX, XLS, ODS o CSV"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="QUÉ", help="clients, products, plans…")
    parser.add_argument("file", metavar="FICHERO")
    parser.add_argument("--organisation", default="", metavar="NOMBRE-CORTO")
    parser.add_argument("--sheet", default="", help="hoja del libro (por defecto, la primera)")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="Columna=campo",
        help="qué campo trae una columna; vacío, ninguno (se puede repetir)",
    )
    parser.add_argument(
        "--bill-missed",
        action="store_true",
        help="plans: factura también los periodos anteriores a hoy (por defecto, no)",
    )
    parser.add_argument("--dry-run", action="store_true", help="solo revisa, no escribe")
    parser.add_argument("--json", action="store_true", help="el resultado en JSON")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 even when rows have errors; 1, with the reason, when nothing could be read."""
    from lonja.config.commands._data import no_data_yet
    from lonja.kit.errors import Refused

    if nothing := no_data_yet():
        return _refuse(args, "data_none", nothing)
    from lonja.accounts.scope import scope

    try:
        content = Path(args.file).read_bytes()
        with scope(_organisation(args.organisation)):
            outcome = _import(args, content)
    except Refused as refused:
        return _refuse(args, refused.code, str(refused))
    except FileNotFoundError:
        return _refuse(args, "file_unreadable", f"No existe el fichero «{args.file}».")
    except IsADirectoryError:
        return _refuse(args, "file_unreadable", f"«{args.file}» es una carpeta: di qué fichero.")
    except PermissionError:
        return _refuse(args, "file_unreadable", f"No tienes permiso para leer «{args.file}».")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return _refuse(args, "file_unreadable", f"No se puede leer «{args.file}»: {reason}.")
    if args.json:
        print(json.dumps(outcome, ensure_ascii=False, indent=1))
    else:
        _tell(outcome, dry_run=args.dry_run)
    return 0


def _organisation(slug: str) -> Any:
    from lonja.accounts.models import Organisation
    from lonja.kit.errors import Refused

    found = list(Organisation.objects.order_by("pk")[:20])
    if slug:
        chosen = Organisation.objects.filter(slug=slug).first()
        if chosen is None:
            raise Refused("organisation_unknown", f"No existe la organización «{slug}».")
        return chosen
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused("organisation_none", "Todavía no hay ninguna organización: crea la primera.")
    names = ", ".join(one.slug for one in found)
    raise Refused(
        "organisation_which", f"Hay varias organizaciones: di cuál con --organisation ({names})."
    )


def _import(args: argparse.Namespace, content: bytes) -> dict[str, Any]:
    from django.db import transaction

    from lonja.imports.actions import opening, working
    from lonja.imports.models import ImportIssue
    from lonja.kit.errors import Refused
    from lonja.subscriptions.actions.import_plans import PlanImporter
    from lonja.subscriptions.actions.plan_rows import missed_are_billed

    if args.bill_missed and args.kind != PlanImporter.kind:
        raise Refused("import_option_foreign", "--bill-missed solo vale para «plans».")
    missed_are_billed.set(args.bill_missed)
    run = opening.open_run(args.kind, Path(args.file).name, content, by=None, sheet=args.sheet)
    try:
        if args.map:
            run.columns = {str(at): field for at, field in _mapped(run, args.map).items()}
            run.save(update_fields=["columns"])
        if args.dry_run:
            working.check(run)
        else:
            working.carry_out(run)
    except Refused:
        # Nothing came in: what was refused does not stay among the last imports, half begun.
        with transaction.atomic():
            run.delete()
        raise
    issues = ImportIssue.objects.filter(run=run).order_by("row", "pk")
    outcome = {
        "rows": run.read,
        "created": run.created,
        "updated": run.updated,
        "unchanged": run.unchanged,
        "errors": [issue.as_dict() for issue in issues if issue.is_error],
        "warnings": [issue.as_dict() for issue in issues if not issue.is_error],
        "notes": run.notes,
    }
    if args.dry_run:
        with transaction.atomic():
            run.delete()
    return outcome


def _mapped(run: Any, told: list[str]) -> dict[int, str]:
    """The guessed columns with those told in the command line over them."""
    from lonja.imports import columns
    from lonja.kit.errors import Refused

    chosen = run.field_of
    folded = [columns.fold(heading) for heading in run.headings]
    fields = {field.name for field in run.importer.fields}
    for pair in told:
        heading, _equals, field = pair.partition("=")
        if columns.fold(heading) not in folded:
            raise Refused("import_column_unknown", f"El fichero no tiene la columna «{heading}».")
        if field and field not in fields:
            known = ", ".join(sorted(fields))
            raise Refused("import_field_unknown", f"No existe el campo «{field}». Hay: {known}.")
        at = folded.index(columns.fold(heading))
        chosen = {place: name for place, name in chosen.items() if name != field and place != at}
        if field:
            chosen[at] = field
    return chosen


def _tell(outcome: dict[str, Any], *, dry_run: bool) -> None:
    done = "entrarían" if dry_run else "importadas"
    correct = outcome["created"] + outcome["updated"] + outcome["unchanged"]
    print(
        f"{outcome['rows']} filas: {correct} {done} (nuevas {outcome['created']}, "
        f"actualizadas {outcome['updated']}, iguales {outcome['unchanged']}), "
        f"con errores {len({e['row'] for e in outcome['errors']})}."
    )
    for note in outcome["notes"]:
        print(note)
    for title, issues in (("Errores", outcome["errors"]), ("Avisos", outcome["warnings"])):
        if issues:
            print(f"\n{title}:")
        for line in _lines(issues):
            print(f"  {line}")


def _lines(issues: list[dict[str, Any]]) -> list[str]:
    """One line per row; many rows of one column with the same fault share a line."""
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in issues:
        alike.setdefault((issue["column"], issue["why"]), []).append(issue)
    lines = []
    for (column, _why), group in alike.items():
        if len(group) <= MANY:
            for issue in group:
                value = f" «{issue['value']}»" if issue["value"] else ""
                lines.append(f"fila {issue['row']}, {column}{value}: {issue['message']}")
            continue
        some = ", ".join(str(issue["row"]) for issue in group[:MANY])
        values = dict.fromkeys(issue["value"] for issue in group if issue["value"])
        shown = ", ".join(f"«{value}»" for value in list(values)[:3])
        shown += "…" if len(values) > 3 else ""
        message = group[0]["message"]
        if any(issue["message"] != message for issue in group):
            message = message.rstrip(".") + " (y otras parecidas)."
        lines.append(
            f"{len(group)} filas ({some}…), {column} {shown}: {message}".replace(" :", ":")
        )
    return lines


def _refuse(args: argparse.Namespace, code: str, message: str) -> int:
    if args.json:
        print(json.dumps({"error": code, "message": message}, ensure_ascii=False))
    print(message, file=sys.stderr)
    return 1
