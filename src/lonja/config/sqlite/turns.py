"""Whose turn it is to write, among the threads of one process.

SQLite has one writer at a time, and who finds it busy sleeps a little more each time and looks
again: under load somebody waits a second while others pass in front. Here the threads of a process
queue, in order of arrival, before they ask SQLite. Nothing depends on it but the waiting: SQLite's
own lock still keeps other processes out.
"""

from __future__ import annotations

import os
import threading
from collections import deque


class Turn:
    """One at a time, first come first served."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, patience: float) -> bool:
        """Wait for the turn at most so many seconds. False when it did not come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=patience):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came just now

    def leave(self) -> None:
        """Give the turn to who has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_turns: dict[str, Turn] = {}
_guard = threading.Lock()


def turn_of(database: str) -> Turn:
    """The turn of a database file in this process."""
    with _guard:
        return _turns.setdefault(database, Turn())


def _forget() -> None:
    """A copy of the process has none of the threads that had the turns."""
    global _guard
    _guard = threading.Lock()
    _turns.clear()


os.register_at_fork(after_in_child=_forget)
