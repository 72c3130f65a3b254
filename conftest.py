"""Fixtures every test may ask for."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("LONJA_DATA_DIR", tempfile.mkdtemp(prefix="lonja-test-"))

pytest_plugins = ["tests.cast", "tests.support.selection", "tests.support.browser"]
