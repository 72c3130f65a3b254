"""La forma del código: cuánto miden los ficheros de Python escritos a mano.

Buenos vecinos miden entre 70 y 300 líneas, con menos del 15 % del código en ficheros de más
de 800.
"""

import argparse
from pathlib import Path

from lonja.config.workbench import CHECKOUT

help = "tamaño de los ficheros de código"
LONG = 800


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--top", type=int, default=10, metavar="N", help="los N más largos (10)")


def run(args: argparse.Namespace) -> int:
    sizes = measure(CHECKOUT)
    if not sizes:
        print("No hay ficheros que medir.")
        return 1
    total = sum(lines for lines, _ in sizes)
    in_long = sum(lines for lines, _ in sizes if lines > LONG)
    print(f"{len(sizes)} ficheros, {total} líneas")
    print(f"p50: {percentile(sizes, 50)} líneas")
    print(f"p90: {percentile(sizes, 90)} líneas")
    print(f"en ficheros de más de {LONG} líneas: {100 * in_long / total:.1f} %")
    for lines, path in sizes[: max(0, args.top)]:
        print(f"{lines:6}  {path}")
    return 0


def measure(checkout: Path) -> list[tuple[int, Path]]:
    """(lines, path) of every hand-written Python file, longest first."""
    sizes = []
    for root in (checkout / "src", checkout / "tests"):
        for path in root.rglob("*.py"):
            if "migrations" in path.parts or "node_modules" in path.parts:
                continue
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines:
                sizes.append((lines, path.relative_to(checkout)))
    return sorted(sizes, reverse=True)


def percentile(sizes: list[tuple[int, Path]], percent: int) -> int:
    """Nearest-rank percentile of the line counts."""
    counts = sorted(lines for lines, _ in sizes)
    return counts[max(0, -(-percent * len(counts) // 100) - 1)]
