"""Find user texts that could never be translated.

Spanish is the source language, so a text outside gettext still looks right and nobody notices.
In templates every text a person sees belongs in {% translate %} or {% blocktranslate %}. In
Python, in the files that talk to people, a literal that is Spanish belongs in `_()`.

A text that must stay in Spanish whatever the language (a legend fixed by law) says so on its
line: `# literal` in Python, `{# literal #}` in a template.

A file whose data are words read in other people's lists says why once, on a line of its own:
`# literals: headings of other programs' lists`. That frees the words inside the collections and
patterns of the module, and nothing else of the file: neither a label nor a refusal.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

EXEMPT = re.compile(r"#\s*literal\b|\{#\s*literal\s*#\}")
WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ]{2,}")
EXEMPT_DATA = re.compile(r"^# literals: \S", re.MULTILINE)
SPANISH = re.compile(r"[áéíóúüñÁÉÍÓÚÜÑ¿¡«»]")
SEEN_ATTRIBUTES = {
    "alt",
    "aria-label",
    "aria-description",
    "data-confirm",
    "hx-confirm",
    "hx-prompt",
    "label",
    "placeholder",
    "title",
}
SILENT_ELEMENTS = {"script", "style", "code", "pre", "kbd"}
# Words that are the same in every language.
NAMES = {"Lonja", "PDF", "CSV", "Excel", "IBAN", "NIF", "QR", "API", "Facturae", "EUR", "XML"}
NAMES |= {"VERI", "FACTU", "VeriFactu", "SEPA", "BIC", "IRPF", "IVA", "IGIC", "IPSI", "Ctrl", "Esc"}
NAMES |= {"WhatsApp"}

# Sample data of the page where developers see every piece of the interface together.
GALLERY = {"ui/templates/ui/gallery", "ui/views/gallery.py"}

TALKING_FILES = {"models", "actions", "forms", "views", "reports", "permissions", "apps", "jobs"}
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
GETTEXT |= {"pgettext_lazy", "npgettext", "npgettext_lazy", "gettext_noop"}
# Keyword arguments that end on a screen, whatever letters they hold.
SHOWN_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label"}

# Exceptions whose text reaches a person; any other is a bug's, and stays among developers.
SPOKEN_ERRORS = {"Refused", "ValidationError", "Http404", "PermissionDenied", "Retry"}
DATA_CALLS = {"compile", "frozenset"}
LOGGING = {"debug", "info", "warning", "error", "exception", "critical"}

Finding = tuple[int, str]


def findings(package: Path) -> Iterator[str]:
    """`file:line: text` of every untranslatable message under the package folder."""
    for path in sorted(package.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt"} and not _in_gallery(path, package):
            yield from _report(path, package, in_template(path.read_text(encoding="utf-8")))
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if _in_gallery(path, package):
            continue
        if TALKING_FILES.intersection(parts) and not {"tests", "migrations"}.intersection(parts):
            yield from _report(path, package, in_python(path.read_text(encoding="utf-8")))


def _in_gallery(path: Path, package: Path) -> bool:
    inside = path.relative_to(package)
    return any(place.as_posix() in GALLERY for place in (inside, *inside.parents))


def _report(path: Path, package: Path, found: Iterator[Finding]) -> Iterator[str]:
    for line, text in sorted(set(found)):
        yield f"{path.relative_to(package)}:{line}: {' '.join(text.split())[:100]}"


def in_template(source: str) -> Iterator[Finding]:
    """Texts of a Django template outside its translation tags."""
    exempt = {n for n, line in enumerate(source.splitlines(), 1) if EXEMPT.search(line)}
    bare = _without(source, r"\{%-?\s*comment\b.*?endcomment\s*%\}")
    bare = _without(bare, r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}")
    bare = _without(bare, r"\{#.*?#\}")
    # Blocks that fill an attribute: {% block body_class %}wide{% endblock %}.
    bare = _without(bare, r"\{%\s*block\s+\w*class(?:es)?\s*%\}.*?\{%\s*endblock.*?%\}")
    for match in re.finditer(r"""\|default(?:_if_none)?:(["'])(.*?)\1""", bare):
        if _is_text(match[2]) and (" " in match[2] or match[2][:1].isupper()):
            line = bare.count("\n", 0, match.start()) + 1
            if line not in exempt:
                yield line, match[2]
    bare = _without(bare, r"\{%.*?%\}|\{\{.*?\}\}")
    reader = _Reader()
    reader.feed(bare)
    reader.close()
    yield from ((line, text) for line, text in reader.found if line not in exempt)


def _without(source: str, pattern: str) -> str:
    """The source with the matches blanked, on as many lines as before."""
    return re.sub(
        pattern, lambda m: " " + "\n" * m[0].count("\n"), source, flags=re.DOTALL | re.IGNORECASE
    )


def _is_text(text: str) -> bool:
    return any(word not in NAMES for word in WORD.findall(text))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Finding] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT_ELEMENTS:
            self.silent += 1
        for name, value in attrs:
            if name in SEEN_ATTRIBUTES and value and _is_text(value):
                self.found.append((self.getpos()[0], f'{name}="{value}"'))

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT_ELEMENTS and self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        for offset, line in enumerate(data.split("\n")):
            if _is_text(line):
                self.found.append((self.getpos()[0] + offset, line.strip()))


def in_python(source: str) -> Iterator[Finding]:
    """Spanish literals of a Python file outside gettext calls."""
    lines = source.splitlines()
    tree = ast.parse(source)
    silent = {id(node) for node in _docstrings(tree)}
    if EXEMPT_DATA.search(source):
        silent.update(id(node) for node in _data(tree))
    shown: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name_of(node.func)
            if name in GETTEXT or _is_log(node.func):
                silent.update(id(part) for part in ast.walk(node))
            elif name == "nav" and node.args:
                silent.add(id(node.args[0]))  # the key of a group, translated where it is shown
            elif name == "Refused" and len(node.args) > 1:
                shown.add(id(node.args[1]))
            shown.update(id(k.value) for k in node.keywords if k.arg in SHOWN_KEYWORDS)
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and _name_of(raised.func) not in SPOKEN_ERRORS:
            silent.update(id(part) for part in ast.walk(raised))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        is_text = SPANISH.search(node.value) or (id(node) in shown and _is_text(node.value))
        if is_text and id(node) not in silent and WORD.search(node.value):
            text = lines[node.lineno - 1 : (node.end_lineno or node.lineno)]
            if not any(EXEMPT.search(line) for line in text):
                yield node.lineno, node.value


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        # A bare string statement is documentation wherever it stands.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _data(tree: ast.Module) -> Iterator[ast.expr]:
    """Constants standing directly in a collection or a pattern assigned in the module."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                inside: list[ast.expr | None] = []
                if isinstance(node, ast.Tuple | ast.List | ast.Set):
                    inside = [*node.elts]
                elif isinstance(node, ast.Dict):
                    inside = [*node.keys, *node.values]
                elif isinstance(node, ast.Call) and _name_of(node.func) in DATA_CALLS:
                    inside = [*node.args]
                yield from (part for part in inside if isinstance(part, ast.Constant))


def _is_log(function: ast.expr) -> bool:
    """Whether it is `log.error` or the like."""
    return (
        isinstance(function, ast.Attribute)
        and function.attr in LOGGING
        and _name_of(function.value) in {"log", "logger", "logging"}
    )


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
