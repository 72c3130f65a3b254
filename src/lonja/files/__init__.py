"""Files attached to business rows."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lonja.files.models import StoredFile

__all__ = ["store"]


def store(name: str, content: bytes, content_type: str) -> StoredFile:
    """Keep content in the files folder and describe it in a row of the open organisation.

    The file reaches the disk (fsync) before its row, so a committed row never lacks its file; a
    rolled back row leaves a file that `lonja verify` reports as orphan.
    """
    from django.conf import settings

    from lonja.accounts.scope import current_organisation_id
    from lonja.files.models import StoredFile

    token = secrets.token_hex(16)
    relative = f"{current_organisation_id()}/{token[:2]}/{token}"
    target = Path(settings.FILES_ROOT) / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with open(partial, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(target)
    return StoredFile.objects.create(
        name=name[:200],
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=relative,
    )
