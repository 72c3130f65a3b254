"""Mide lo que más pesa, con datos inventados y en una base de datos aparte que luego se borra.

Con LONJA_DATABASE_URL, o con --postgres (que arranca uno temporal), mide PostgreSQL.
"""

import argparse
import importlib
import json

from lonja.config.bench.scratch import installation
from lonja.kit.memory import quiet_collector

help = "mide la velocidad (facturación, PDF, listados, arranque) sin tocar tus datos"

BENCHES = {
    "billing-run": "billing_run",
    "pdf": "pdf",
    "lists": "lists",
    "kanban": "kanban",
    "tasks": "tasks",
    "start": "start",
    "verifactu": "verifactu",
    "sign": "sign",
    "field": "field",
    "public": "public",
    "issue": "issue",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="name", required=True, metavar="QUÉ")
    for name, module_name in BENCHES.items():
        module = importlib.import_module(f"lonja.config.bench.{module_name}")
        one = kinds.add_parser(name, help=module.help, description=module.__doc__)
        one.add_argument("--json", action="store_true", help="una línea JSON por medida")
        one.add_argument("--postgres", action="store_true", help="con un PostgreSQL temporal")
        module.add_arguments(one)


def run(args: argparse.Namespace) -> int:
    """Measure and tell; exit code 1 when what was measured did not come out right."""
    module = importlib.import_module(f"lonja.config.bench.{BENCHES[args.name]}")
    with installation("bench", postgres=args.postgres, keep=getattr(args, "keep", None)):
        quiet_collector()  # as the worker does
        for result in module.measure(args):
            if args.json:
                print(json.dumps(result.as_json(), ensure_ascii=False), flush=True)
            else:
                print(result.line(), flush=True)
    return 0
