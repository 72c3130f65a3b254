"""Styles and scripts that browsers keep for ever, and get again when they change."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.templatetags.static import static
from django.test import Client

from lonja.ui import assets

FOREVER = "max-age=315360000, public, immutable"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The prepared copies of this version, in a data folder of their own."""
    settings.DATA_DIR = tmp_path
    return assets.prepare()


def fetch(url: str, **headers: str) -> Any:
    answer = Client().get(url, headers=headers)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def test_every_file_of_a_page_is_kept_for_ever(as_lucia: Any, folder: Path) -> None:
    page = as_lucia.get("/clientes/").content.decode()
    urls = set(re.findall(r'"(/static/[^"]+)"', page))
    assert len(urls) >= 4
    for url in urls:
        answer = fetch(url)
        assert (answer.status_code, answer["Cache-Control"]) == (200, FOREVER), url


@pytest.mark.usefixtures("folder")
def test_the_smallest_form_the_browser_understands_is_sent() -> None:
    plain = fetch(static("build/app.css"))
    brotlied = fetch(static("build/app.css"), accept_encoding="gzip, deflate, br")
    gzipped = fetch(static("build/app.css"), accept_encoding="gzip")
    assert (brotlied["Content-Encoding"], gzipped["Content-Encoding"]) == ("br", "gzip")
    assert brotli.decompress(brotlied.body) == gzip.decompress(gzipped.body) == plain.body
    assert len(brotlied.body) < len(gzipped.body) < len(plain.body) / 3
    assert "Accept-Encoding" in brotlied["Vary"]


@pytest.mark.usefixtures("folder")
def test_the_font_of_the_style_sheet_is_the_one_the_page_asks_for_first() -> None:
    style = fetch(static("build/app.css")).body.decode()
    assert "url(./fonts/inter-latin.woff2)" in style.replace('"', "")
    folder_of_style = static("build/app.css").rpartition("/")[0]
    assert static("build/fonts/inter-latin.woff2") == f"{folder_of_style}/fonts/inter-latin.woff2"


def test_a_changed_file_changes_every_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = assets.version()
    changed = tmp_path / "app.css"
    changed.write_text("body{color:red}")
    monkeypatch.setattr(assets, "files", lambda: {"build/app.css": changed})
    assets.version.cache_clear()
    try:
        assert assets.version() != before
        assert re.fullmatch("[0-9a-f]{12}", assets.version())
    finally:
        assets.version.cache_clear()


def test_the_last_versions_stay_for_pages_that_were_open(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    for n in range(5):
        old = tmp_path / "static" / f"{n:012x}" / "build" / "app.js"
        old.parent.mkdir(parents=True)
        old.write_text(f"// {n}")
    assets.prepare()
    assert len(list((tmp_path / "static").iterdir())) == assets.KEPT
    kept = [path.name for path in (tmp_path / "static").iterdir() if path.name.startswith("0000")]
    assert fetch(f"/static/{kept[0]}/build/app.js").status_code == 200


def test_preparing_twice_does_nothing_the_second_time(folder: Path) -> None:
    marked = folder / "build" / "app.css"
    marked.write_text("/* ours */")
    assert assets.prepare() == folder
    assert marked.read_text() == "/* ours */"
    assert [path.name for path in folder.parent.iterdir()] == [assets.version()]


@pytest.mark.usefixtures("db")
def test_what_is_not_for_browsers_is_not_served() -> None:
    for name in ("build/.stamp", "build/icons.json.gz", "build/sizes.json", "../settings.py"):
        assert fetch(f"/static/{assets.version()}/{name}").status_code == 404


def test_an_unknown_name_in_a_template_is_a_mistake_told_at_once() -> None:
    with pytest.raises(ValueError, match="inventado"):
        static("build/inventado.css")


def test_pages_work_before_anything_is_prepared(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "nowhere"
    assert fetch(static("build/app.css")).status_code == 200
