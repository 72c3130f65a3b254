"""Keys of the installation: they live in files of their own, outside the database (R36)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keys:
    """`secret_key` signs sessions and tokens; `encryption_keys` maps key id to 32 raw bytes, the
    last one being the one that encrypts."""

    secret_key: str
    encryption_keys: dict[str, bytes]


def load(folder: Path) -> Keys:
    """Read the keys of `folder`, making them the first time (readable by the owner only)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = _read_or_make(folder / "secret.key", lambda: secrets.token_urlsafe(64))
    _read_or_make(folder / "data-1.key", lambda: secrets.token_hex(32))
    encryption = {
        path.stem.removeprefix("data-"): bytes.fromhex(path.read_text().strip())
        for path in sorted(folder.glob("data-*.key"))
    }
    return Keys(secret_key=secret, encryption_keys=encryption)


def _read_or_make(path: Path, make) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Another process may have just created it and not written yet.
        for _attempt in range(200):
            text = path.read_text().strip()
            if text:
                return text
            import time

            time.sleep(0.01)
        raise RuntimeError(f"La clave {path.name} está vacía") from None
    with os.fdopen(handle, "w") as file:
        text = make()
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return text
