"""pyHanko, loaded when it is first needed.

Its modules import one another in a circle: a second thread that asked for one in the middle of that
would find it half made. Whoever imports any of it calls `load_pyhanko` before.
"""

import importlib
import threading

_door = threading.Lock()


def load_pyhanko() -> None:
    """Load it whole, one thread at a time; afterwards it costs nothing."""
    with _door:
        importlib.import_module("pyhanko.sign")
