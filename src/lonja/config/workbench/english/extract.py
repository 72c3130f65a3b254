"""Which texts a person sees: read from the code itself, without gettext's programs.

The same texts `makemessages` would find, and also those under another name
(`from django.utils.translation import gettext as _t`), which it passes over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lonja.config.workbench.english.po import Key

# Where each argument is: (context, text, plural); None for what the function does not take.
_ARGUMENTS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"(?<![\w.])(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)
_EACH = re.compile(_STRING, re.DOTALL)


def texts(package: Path) -> dict[Key, list[str]]:
    """Every translatable text of the package, with the files that hold it."""
    found: dict[Key, list[str]] = {}
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if {"tests", "migrations", "static"}.intersection(inside.parts) or not path.is_file():
            continue
        if path.suffix == ".py":
            keys = in_python(path.read_text(encoding="utf-8"))
        elif "templates" in inside.parts and path.suffix in {".html", ".txt"}:
            keys = in_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for key in keys:
            found.setdefault(key, []).append(inside.as_posix())
    return _one_per_text(found)


def _one_per_text(found: dict[Key, list[str]]) -> dict[Key, list[str]]:
    """A text alone and the same one with a plural are one entry for gettext: the plural serves."""
    plurals = {(context, text): key for key in found for context, text, many in [key] if many}
    joined: dict[Key, list[str]] = {}
    for key, files in found.items():
        real = plurals.get(key[:2], key) if not key[2] else key
        joined.setdefault(real, []).extend(files)
    return joined


def in_python(source: str) -> Iterator[Key]:
    """Texts of the calls to gettext, under whatever name it was imported."""
    tree = ast.parse(source)
    names = _names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            kind = names.get(node.func.id, "")
        elif isinstance(node.func, ast.Attribute):
            kind = _kind(node.func.attr)
        else:
            continue
        if kind:
            words = [_constant(argument) for argument in node.args]
            yield from _key(kind, words)


def _names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for imported in node.names:
                # `_` of a room of ours that only marks: fiscal.verifactu.texts.
                kind = "gettext" if imported.name == "_" else _kind(imported.name)
                if kind:
                    names[imported.asname or imported.name] = kind
    for node in ast.walk(tree):  # _say = gettext_lazy
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):
            value = node.value
            kind = names.get(value.id, "") if isinstance(value, ast.Name) else _kind(value.attr)
            for target in node.targets:
                if kind and isinstance(target, ast.Name):
                    names[target.id] = kind
    return names


def _kind(name: str) -> str:
    bare = name.removesuffix("_lazy").removesuffix("_noop")
    return bare if bare in _ARGUMENTS else ""


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _key(kind: str, words: list[str | None]) -> Iterator[Key]:
    context, text, plural = _ARGUMENTS[kind]
    parts = [words[at] if at is not None and at < len(words) else "" for at in (context, text)]
    many = words[plural] if plural is not None and plural < len(words) else ""
    if parts[0] is not None and parts[1] and many is not None:
        yield parts[0], parts[1], many


def in_template(source: str) -> Iterator[Key]:
    """Texts of {% translate %}, {% blocktranslate %} and _("…")."""
    from django.utils.translation.template import templatize

    for match in _CALL.finditer(templatize(source)):
        kind = "gettext" if match[1] == "_" else match[1]
        yield from _key(kind, [ast.literal_eval(one) for one in _EACH.findall(match[2])])
