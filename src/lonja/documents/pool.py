"""Many documents at once, on every core.

Processes and not threads: they scale, and a broken document cannot take the caller with it.
They are *spawned*: forking a process that already used typst's threads may hang. Workers do
not load Django, so starting one costs about a third of a second.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lonja.documents.qr import qr_svg
from lonja.documents.render import (
    ARCHIVE,
    Attachment,
    RenderFailed,
    document_failed,
    typeset_pdf,
)
from lonja.kit.errors import Refused

logger = logging.getLogger(__name__)

# Below this many, starting processes costs more than it saves.
_WORTH_IT = 24


@dataclass(frozen=True)
class Job:
    """One PDF to make. `key` comes back with the result; all of it travels to a process.

    `qr_codes` are texts to be drawn as QR codes in the worker and used as images of that name:
    in bulk it is better than drawing them one by one in the caller.
    """

    key: Hashable
    template: Path
    data: Mapping[str, Any]
    timestamp: datetime
    images: Mapping[str, bytes] = field(default_factory=dict)
    qr_codes: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    standards: Sequence[str] = ARCHIVE


@dataclass(frozen=True)
class Rendered:
    """The PDF of the job with that key, or why there is none. One failure stops nothing else."""

    key: Hashable
    content: bytes | None
    error: Refused | None = None


def render_many(jobs: Iterable[Job], *, processes: int | None = None) -> Iterator[Rendered]:
    """PDFs in the order of `jobs`, which is read as it goes (a generator is welcome).

    `processes` defaults to the cores this process may use. Same bytes as `render_pdf`.
    """
    pending = iter(jobs)
    processes = processes or len(os.sched_getaffinity(0))
    first = list(itertools.islice(pending, _WORTH_IT))
    if len(first) < _WORTH_IT or processes < 2:
        yield from (_result(job, lambda job=job: _run(job)) for job in (*first, *pending))
        return
    yield from _in_processes(itertools.chain(first, pending), processes)


def _in_processes(jobs: Iterator[Job], processes: int) -> Iterator[Rendered]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting: deque[tuple[Job, Future[bytes]]] = deque()
        for job in jobs:
            waiting.append((job, pool.submit(_run, job)))
            if len(waiting) >= processes * 8:
                yield _collected(*waiting.popleft())
        while waiting:
            yield _collected(*waiting.popleft())


def _collected(job: Job, future: Future[bytes]) -> Rendered:
    return _result(job, future.result)


def _result(job: Job, produce: Any) -> Rendered:
    try:
        return Rendered(job.key, produce())
    except BrokenProcessPool:
        raise
    except RenderFailed as error:
        logger.warning("document %s failed: %s", job.key, error)
        return Rendered(job.key, None, document_failed())


def _run(job: Job) -> bytes:
    codes = {name: qr_svg(text) for name, text in job.qr_codes.items()}
    return typeset_pdf(
        job.template,
        job.data,
        images={**job.images, **codes},
        timestamp=job.timestamp,
        standards=job.standards,
        attachments=job.attachments,
    )
