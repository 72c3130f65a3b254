"""Waiting for what pyHanko writes as coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


def wait_for(make: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
    """Run the coroutine to its end; in a thread of its own where this one has a loop running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    with ThreadPoolExecutor(1) as other:
        return other.submit(lambda: asyncio.run(make())).result()
