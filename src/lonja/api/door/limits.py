"""How many requests a key may make in a minute, counted for all processes in the database.

Each process takes requests in blocks from the key's row, so that most of them write nothing. The
count is exact in one process; with several, a key may be stopped up to a block early for each.
"""

from __future__ import annotations

import time
from threading import Lock

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lonja.api.models import ApiToken

WINDOW = 60

_guard = Lock()
_left: dict[str, tuple[int, int]] = {}  # hash of the key → (window, requests still in our block)


def per_minute() -> int:
    """Requests a minute of each key (`LONJA_API_PER_MINUTE`)."""
    return int(settings.API_PER_MINUTE)


def take(token: ApiToken, address: str) -> int:
    """Count a request. 0: go ahead; otherwise, seconds to wait."""
    now = time.time()
    window = int(now) // WINDOW
    with _guard:
        kept, left = _left.get(token.token_hash, (0, 0))
        if kept == window and left > 0:
            _left[token.token_hash] = (window, left - 1)
            return 0
    block = _block(token, window, address)
    if not block:
        return WINDOW - int(now) % WINDOW
    with _guard:
        kept, left = _left.get(token.token_hash, (0, 0))
        _left[token.token_hash] = (window, (left if kept == window else 0) + block - 1)
    return 0


def _block(token: ApiToken, window: int, address: str) -> int:
    """Requests taken from the key's row for this process: 0 when none are left."""
    limit = per_minute()
    size = max(1, limit // 20)
    seen = {"last_used_at": timezone.now(), "last_address": address}
    row = ApiToken.objects.filter(pk=token.pk)
    with transaction.atomic():
        if row.exclude(window=window).update(window=window, used=size, **seen):
            return size
        for asked in dict.fromkeys((size, 1)):
            again = row.filter(window=window, used__lte=limit - asked)
            if again.update(used=F("used") + asked, **seen):
                return asked
    return 0
