"""Read, write and compile a catalogue of gettext: nothing but the standard library.

The build loads this file by its path, before anything is installed, so it imports nothing of ours.
A text is known by (context, text, plural); the context and the plural are nearly always "".
Of the format we use what our catalogue needs: no flags, no comments, no obsolete entries.
"""

from __future__ import annotations

import ast
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

Key = tuple[str, str, str]  # context, text, its plural
Catalogue = dict[Key, list[str]]  # the translation, or that of one and that of many

HEADER = (
    "Project-Id-Version: Lonja\n"
    "Language: en\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+)?(".*")')
_MAGIC = 0x950412DE


def read(path: Path) -> Catalogue:
    """The texts of a catalogue, without its header. Raises ValueError for a line it cannot read."""
    found: Catalogue = {}
    for parts in _entries(path.read_text(encoding="utf-8")):
        texts = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
        key = (parts.get("msgctxt", ""), parts["msgid"], parts.get("msgid_plural", ""))
        if key in found:
            raise ValueError(f"repetido: {key[1]}")
        if key[1]:
            found[key] = texts
    return found


def _entries(source: str) -> Iterator[dict[str, str]]:
    parts: dict[str, str] = {}
    name = ""
    for number, raw in enumerate(source.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"línea {number}: {line[:60]}")
        if match[1]:
            opens = match[1] == "msgctxt" or (match[1] == "msgid" and name != "msgctxt")
            if opens and parts:
                yield parts
                parts = {}
            name = match[1]
        parts[name] = parts.get(name, "") + ast.literal_eval(match[2])
    if parts:
        yield parts


def write(path: Path, catalogue: Catalogue) -> None:
    """One text a line and in order of text, so that two branches seldom touch the same line."""
    blocks = ['msgid ""\nmsgstr ""\n' + "".join(f"{_quoted(line)}\n" for line in _lines(HEADER))]
    for (context, text, plural), said in sorted(
        catalogue.items(), key=lambda pair: _order(pair[0])
    ):
        block = f"msgctxt {_quoted(context)}\n" if context else ""
        block += f"msgid {_quoted(text)}\n"
        if plural:
            block += f"msgid_plural {_quoted(plural)}\n"
            block += "".join(f"msgstr[{n}] {_quoted(one)}\n" for n, one in enumerate(said))
        else:
            block += f"msgstr {_quoted(said[0])}\n"
        blocks.append(block)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks), encoding="utf-8")


def _order(key: Key) -> Key:
    context, text, plural = key
    return text, plural, context


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace("\t", "\\t") + '"'


def compiled(catalogue: Catalogue) -> bytes:
    """The catalogue as gettext reads it (GNU gettext manual, «The Format of GNU MO Files»).

    What has no translation is left out: it is then shown as it was written.
    """
    rows = {b"": HEADER.encode()}
    for (context, text, plural), said in catalogue.items():
        if all(said):
            key = f"{context}\x04{text}" if context else text
            if plural:
                key += f"\0{plural}"
            rows[key.encode()] = "\0".join(said).encode()
    keys = sorted(rows)
    start = 28 + 16 * len(keys)
    table, body = [], b""
    for words in ([*keys], [rows[key] for key in keys]):
        for word in words:
            table.append(struct.pack("<II", len(word), start + len(body)))
            body += word + b"\0"
    second = 28 + 8 * len(keys)
    head = struct.pack("<7I", _MAGIC, 0, len(keys), 28, second, 0, start)
    return head + b"".join(table) + body


def compile_all(locale: Path) -> bool:
    """Compile every `.po` below the folder that is newer than its `.mo`; whether any was."""
    made = False
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        partial = target.with_suffix(f".mo.{os.getpid()}")  # two processes may start at once
        partial.write_bytes(compiled(read(source)))
        partial.replace(target)
        made = True
    return made
