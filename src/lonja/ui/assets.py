"""Styles, scripts and fonts under an address that changes with them, so that browsers keep them.

`{% static 'build/app.css' %}` gives `/static/3f2a9c01b7de/build/app.css`: the first folder is the
hash of every file we serve. What is under it never changes, so it is cached for ever; and because
the hash is a folder and not part of the name, files may name each other (fonts in a style sheet,
modules in a script) without being rewritten.

The server sends copies kept in the data folder, one folder a version, with their gzip and brotli
forms beside them. They are made once for each version. Those of the versions before stay a while:
pages that were open when the program was updated still ask for them.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import brotli
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware

# Read by the program itself, not by browsers.
NOT_SERVED = re.compile(r"(^|/)(\.|icons\.json\.gz$|sizes\.json$)")
COMPRESSED = {".css", ".js", ".svg", ".json", ".txt", ".webmanifest"}
VERSIONED = re.compile(r"^(?P<version>[0-9a-f]{12})/(?P<name>.+)$")
KEPT = 3


@cache
def files() -> dict[str, Path]:
    """Every file we serve by its name (`build/app.css`), from the `static` folders of the rooms."""
    found: dict[str, Path] = {}
    for config in apps.get_app_configs():
        folder = Path(config.path) / "static"
        if not config.name.startswith("lonja.") or not folder.is_dir():
            continue
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not NOT_SERVED.search(name):
                found.setdefault(name, path)
    return found


@cache
def version() -> str:
    """Twelve hexadecimal digits that change whenever a served file does."""
    digest = hashlib.sha256()
    for name, path in sorted(files().items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def root() -> Path:
    """Where the copies to serve are, a folder a version."""
    return Path(settings.DATA_DIR) / "static"


def prepare() -> Path:
    """Make the copies of this version unless they are there. Returns their folder.

    Safe to call from several processes at once: each works apart and the first one to finish wins.
    """
    folder = root() / version()
    if folder.is_dir():
        return folder
    root().mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=root()))
    try:
        partial.chmod(0o755)
        with ThreadPoolExecutor() as threads:  # compressing leaves Python's lock alone
            list(threads.map(lambda item: _copy(partial / item[0], item[1]), files().items()))
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # nobody else was quicker: the disk is to blame
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _forget_old()
    return folder


def _copy(to: Path, path: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes()
    to.write_bytes(content)
    if path.suffix not in COMPRESSED:
        return
    for suffix, packed in (
        (".gz", gzip.compress(content, 9, mtime=0)),
        (".br", brotli.compress(content, quality=11)),
    ):
        if len(packed) < len(content) * 0.95:
            to.with_name(to.name + suffix).write_bytes(packed)


def _forget_old() -> None:
    """Drop all but the last versions."""
    versions = [path for path in root().iterdir() if re.fullmatch("[0-9a-f]{12}", path.name)]
    versions.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in versions[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


class Storage(StaticFilesStorage):
    """What `{% static %}` asks for addresses."""

    def url(self, name: str | None) -> str:
        """The address of a file with its version. A name nobody has raises ValueError."""
        if name not in files():
            raise ValueError(f"No hay ningún fichero estático «{name}».")
        return super().url(f"{version()}/{name}")


class VersionFinder(BaseFinder):
    """Finds `3f2a9c01b7de/build/app.css`, for Django's own development servers."""

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        match = VERSIONED.match(path)
        found = files().get(match["name"]) if match else None
        if found is None:
            return [] if find_all else None
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        return iter(())


class AssetsMiddleware(WhiteNoiseMiddleware):
    """Sends the prepared copies; what carries a version, for ever."""

    def __init__(self, get_response: Any = None, settings: Any = settings) -> None:
        super().__init__(get_response, settings)
        if self.autorefresh:
            return
        if root().is_dir():
            self.add_files(os.fspath(root()), prefix=self.static_prefix)
        for name, path in files().items():  # not prepared: as they are
            url = f"{self.static_prefix}{version()}/{name}"
            if url not in self.files:
                self.add_file_to_dictionary(url, os.fspath(path))

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if VERSIONED.match(url.removeprefix(self.static_prefix)):  # not those half made
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)

    def immutable_file_test(self, path: str, url: str) -> bool:
        versioned = VERSIONED.match(url.removeprefix(self.static_prefix))
        return versioned is not None and not self.autorefresh

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Only while developing: straight from the rooms."""
        if url.startswith(self.static_prefix):
            found = finders.find(url.removeprefix(self.static_prefix))
            if isinstance(found, str):
                yield found
