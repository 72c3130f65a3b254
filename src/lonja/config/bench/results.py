"""What a measurement says, on a line or as JSON."""

from __future__ import annotations

import resource
import statistics
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Result:
    """Keys that do not apply stay None and are left out of the JSON."""

    bench: str
    database: str
    n: int | None = None
    seconds: float | None = None
    per_second: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    queries: int | None = None
    max_rss_mb: float | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        more = found.pop("more")
        return {k: v for k, v in found.items() if v is not None} | more

    def line(self) -> str:
        facts = self.as_json()
        name, database = facts.pop("bench"), facts.pop("database")
        told = "  ".join(f"{key}={value}" for key, value in facts.items())
        return f"{name:28} {database:10} {told}"


def own_memory_mb() -> float:
    """Megabytes of this process now, without the pages of files (SQLite maps its own in memory,
    and they count in `max_rss_mb`). Zero where Linux does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


def max_rss_mb() -> float:
    """The most memory this process has used, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def percentiles(milliseconds: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    ordered = sorted(milliseconds)
    rank = max(0, round(0.95 * len(ordered)) - 1)
    return round(statistics.median(ordered), 2), round(ordered[rank], 2)
