"""Bringing a copy back, and letting issuing go on once its last numbers are known."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lonja.config.backups import engines
from lonja.config.backups.manifest import BadCopy, copy_file, differences, fsync, read

# What a restoration leaves where it is.
STAYS = {"lonja.lock", "lonja.gate", "keys", "copias", "static"}
_LAST = re.compile(r"(?P<series>.+)/(?P<year>\d{4})=(?P<number>\d{1,9})")


def restore(
    copy: Path, data: Path, *, force: bool, told: Callable[[str], None] = lambda _line: None
) -> None:
    """Put a copy in an empty data folder (with `force`, the old one is renamed and kept).

    Everything is checked against the manifest before anything is touched. Keys stay where they
    were; the number of installation is new, and with it every chain. Raises BadCopy.
    """
    copy = copy.parent if copy.is_file() else copy
    facts = read(copy)
    told("Comprobando la copia…")
    wrong = list(differences(copy, facts))
    if wrong:
        raise BadCopy("La copia está incompleta o dañada:\n  " + "\n  ".join(wrong[:20]))
    url = os.environ.get("LONJA_DATABASE_URL", "")
    engine = "postgresql" if url else "sqlite"
    if facts["engine"] != engine:
        raise BadCopy(
            f"La copia es de {facts['engine']} y esta instalación usa {engine} "
            "(LONJA_DATABASE_URL)."
        )
    if engine == "sqlite":
        engines.check_sqlite(copy / engines.SQLITE)
    stamp = f"{datetime.now():%Y%m%d%H%M%S}"
    with alone(data):
        _make_room(data, url, force, stamp, told)
        told("Restaurando…")
        _put(copy, facts, data, url)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Nobody runs on the data folder meanwhile. Raises BadCopy when somebody does."""
    from lonja.config.supervisor import CannotRun, only_copy

    data.mkdir(parents=True, exist_ok=True)
    try:
        with only_copy(data):
            yield
    except CannotRun as problem:
        raise BadCopy(str(problem)) from None


def _make_room(data: Path, url: str, force: bool, stamp: str, told: Callable[[str], None]) -> None:
    theirs = [
        path
        for path in data.iterdir()
        if path.name not in STAYS and not path.name.startswith("antes-")
    ]
    full = bool(theirs) or (bool(url) and not engines.is_empty(url))
    if full and not force:
        raise BadCopy(
            f"En {data} ya hay datos. Elige otra carpeta con --data, o usa --force: lo que hay se "
            "aparta y se conserva."
        )
    if theirs:
        aside = data / f"antes-{stamp}"
        aside.mkdir()
        for path in theirs:
            path.rename(aside / path.name)
        told(f"Lo que había queda en {aside}")
    if url and not engines.is_empty(url):
        engines.put_aside(url, f"lonja_antes_{stamp}")
        told(f"La base de datos de antes se llama ahora lonja_antes_{stamp}")


def _put(copy: Path, facts: dict[str, Any], data: Path, url: str) -> None:
    for name in facts["contents"]:
        if name.startswith("files/"):
            copy_file(copy / name, data / name)
    if url:
        engines.load_postgres(copy / engines.POSTGRES, url)
    else:
        partial = data / f"{engines.SQLITE}.partial"
        copy_file(copy / engines.SQLITE, partial)
        partial.rename(data / engines.SQLITE)
    keys = data / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    # The old number may be in use where the copy was made: two chains must not share it.
    (keys / "installation").write_text(secrets.token_hex(6).upper())
    fsync(data)


def block_issuing(made_at: str) -> int:
    """Stop issuing in every organisation until its last numbers are confirmed. Returns how many."""
    from lonja.accounts.models import Organisation

    when = datetime.fromisoformat(made_at)
    reason = (
        f"Se ha restaurado una copia del {when:%d/%m/%Y} a las {when:%H:%M}: antes de emitir hay "
        "que confirmar el último número emitido de cada serie, para no repetir ninguno "
        "(Configuración › VERI*FACTU, u orden «lonja restore --confirm»)."
    )
    return Organisation.objects.update(issuing_blocked_reason=reason)


def last_numbers(slug: str = "") -> Iterator[tuple[Any, Any, str]]:
    """(organisation, counter, last number as printed) of each series that has issued."""
    from lonja.accounts.models import Organisation
    from lonja.accounts.scope import scope
    from lonja.billing.models import SeriesYear

    organisations = Organisation.objects.exclude(issuing_blocked_reason="").order_by("slug")
    for organisation in organisations.filter(slug=slug) if slug else organisations:
        with scope(organisation):
            counters = SeriesYear.objects.select_related("series").filter(next_number__gt=1)
            for counter in counters.order_by("series__code", "-year"):
                printed = counter.series.number_for(counter.year, counter.next_number - 1)
                yield organisation, counter, printed


def confirm(slug: str, told: dict[tuple[str, int], int]) -> list[str]:
    """Let organisations issue again. `told` maps (series, year) to the last number really issued.

    A series told nothing goes on from the copy. `slug` may be left out when there is only one
    organisation. Returns lines for the screen, none when nobody was waiting. Raises BadCopy when
    the organisation or a series does not exist, or a number is behind the copy's, and changes
    nothing then.
    """
    from django.db import transaction

    from lonja.accounts.models import Organisation
    from lonja.accounts.scope import scope
    from lonja.billing.actions.numbers import confirm_last_numbers, counters_in_use
    from lonja.kit.errors import Refused

    slugs = list(Organisation.objects.order_by("slug").values_list("slug", flat=True)[:20])
    if slug and not Organisation.objects.filter(slug=slug).exists():
        raise BadCopy(f"No existe la organización «{slug}». Hay: {', '.join(slugs)}.")
    if told and not slug and len(slugs) > 1:
        names = ", ".join(slugs)
        raise BadCopy(f"Di de qué organización son los números con --organisation ({names}).")
    lines, unknown = [], dict(told)
    blocked = Organisation.objects.exclude(issuing_blocked_reason="").order_by("slug")
    with transaction.atomic():
        waiting = list(blocked.filter(slug=slug) if slug else blocked)
        if not waiting:
            return []
        for organisation in waiting:
            with scope(organisation):
                last = {}
                for counter in counters_in_use():
                    number = unknown.pop((counter.series.code, counter.year), None)
                    if number is not None:
                        last[counter.pk] = number
                try:
                    counters = confirm_last_numbers(last, by=None)
                except Refused as refused:
                    raise BadCopy(str(refused)) from None
                if not counters:
                    lines.append(f"{organisation.slug}: aún no ha emitido ninguna factura")
                for counter in counters:
                    following = counter.series.number_for(counter.year, counter.next_number)
                    lines.append(f"{organisation.slug}: la próxima factura será la {following}")
        if unknown:
            names = ", ".join(f"{code}/{year}" for code, year in unknown)
            raise BadCopy(f"No existe ninguna serie {names} que haya emitido.")
    return lines


def parse_last(text: str) -> tuple[tuple[str, int], int]:
    """«F/2026=415» -> (("F", 2026), 415). Raises ValueError."""
    match = _LAST.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return (match["series"], int(match["year"])), int(match["number"])
