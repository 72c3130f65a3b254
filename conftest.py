"""Fixtures every test may ask for."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from lonja.config.workbench.english.po import compile_all

if "LONJA_DATA_DIR" not in os.environ:
    os.environ["LONJA_DATA_DIR"] = tempfile.mkdtemp(prefix="lonja-test-")
    atexit.register(shutil.rmtree, os.environ["LONJA_DATA_DIR"], ignore_errors=True)

# A checkout that was never installed, or whose texts changed, has them uncompiled.
compile_all(Path(__file__).parent / "src" / "lonja" / "locale")

pytest_plugins = [
    "tests.cast",
    "tests.support.selection",
    "tests.support.browser",
    "tests.support.emptying",
    "tests.support.passwords",
    "tests.support.speed",
]
