"""Comprueba casos resueltos de una carpeta contra este programa: una línea por caso.

Facturas, recurrencia, MRR, registros de VERI*FACTU y tiempo de trabajo, en el formato de los
ficheros JSON de casos. Termina con 1 si alguno da otra cosa.
"""

import argparse
import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lonja.kit.errors import Refused
from lonja.subscriptions.mrr import Plan, movements
from lonja.tax.golden import Checker, run_folder

help = "comprueba casos resueltos (facturas, recurrencia, MRR, tiempo de trabajo) de una carpeta"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", type=Path, metavar="DIR", help="carpeta (o fichero) de casos JSON")
    parser.add_argument("--json", action="store_true", help="resultado en JSON")
    parser.add_argument(
        "--update",
        action="store_true",
        help="escribe en los ficheros lo que calcula el programa, para revisar la diferencia",
    )


def run(args: argparse.Namespace) -> int:
    """Print how each case went; 1 when any differs."""
    try:
        results = run_folder(args.path, checkers(), update=args.update)
    except Refused as refused:
        print(refused)
        return 1
    failed = [result for result in results if not result.ok]
    if args.json:
        print(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1))
        return 1 if failed else 0
    for result in results:
        state = "bien" if result.ok else "MAL"
        if result.ok and result.note.startswith("sin comprobar"):
            state = "----"
        text = f"{state:4} {result.id:6} {result.title or result.file}"
        print(f"{text}  [{result.note}]" if result.note else text)
        for difference in result.differences:
            print(f"       {difference}")
    print(f"{len(results)} casos, {len(failed)} con diferencias")
    return 1 if failed else 0


def checkers() -> dict[str, Checker]:
    """What the rooms above ``tax`` know how to check."""
    return {"mrr": check_mrr, "verifactu": check_record}


def check_mrr(case: dict[str, Any]) -> dict[str, Any]:
    """MRR of both closes and the movements between them, of a case of kind ``mrr``."""
    plans = [
        Plan(
            customer=plan["customer"],
            amount=Decimal(str(plan["amount"])),
            every=int(plan["every"]),
            unit=plan["unit"],
            start=date.fromisoformat(plan["from"]),
            end=date.fromisoformat(plan["to"]) if plan.get("to") else None,
            discount_pct=Decimal(str(plan.get("discount_pct") or 0)),
            paused=tuple(
                (date.fromisoformat(begin), date.fromisoformat(end) if end else None)
                for begin, end in plan.get("paused") or ()
            ),
        )
        for plan in case["plans"]
    ]
    result = movements(plans, date.fromisoformat(case["previous"]), date.fromisoformat(case["on"]))
    return {
        "mrr_previous": str(result.previous),
        "mrr": str(result.current),
        "movements": {kind: str(amount) for kind, amount in result.totals.items()},
    }


def check_record(record: dict[str, str]) -> dict[str, Any]:
    """The hashed text, the hash and the test QR address of a VERI*FACTU record."""
    from lonja.fiscal.verifactu.huella import huella_alta, huella_anulacion
    from lonja.fiscal.verifactu.qr import qr_url

    fields = {name: value for name, value in record.items() if name != "operacion"}
    if record["operacion"] == "Anulacion":
        cadena, huella = huella_anulacion(fields)
        return {"cadena": cadena, "huella": huella}
    cadena, huella = huella_alta(fields)
    address = qr_url(
        fields["IDEmisorFactura"],
        fields["NumSerieFactura"],
        fields["FechaExpedicionFactura"],
        fields["ImporteTotal"],
        test=True,
    )
    return {"cadena": cadena, "huella": huella, "qr_url_pruebas": address}
