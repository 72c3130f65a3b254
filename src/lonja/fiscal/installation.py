"""NumeroInstalacion: what tells this installation from any other of the same taxpayer.

It lives in the data folder beside the keys, so a copy of the database restored elsewhere gets
another one, and with it a new chain.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lonja.accounts.models import Company


@lru_cache(maxsize=1)
def _code(folder: Path) -> str:
    path = folder / "installation"
    try:
        with open(path, "x") as file:
            file.write(secrets.token_hex(6).upper())
    except FileExistsError:
        pass
    return path.read_text().strip()


def installation_number(company: Company) -> str:
    """Up to 100 printable characters, the same while this installation lives."""
    return f"LONJA-{_code(Path(settings.DATA_DIR) / 'keys')}"
