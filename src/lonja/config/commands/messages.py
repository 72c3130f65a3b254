"""Pone al día los textos en inglés: añade al catálogo lo nuevo, quita lo que ya nadie dice y
enseña lo que falta por traducir.

El catálogo es src/lonja/locale/en/LC_MESSAGES/django.po: se busca el texto en español (msgid) y se
escribe el inglés debajo (msgstr), con los mismos huecos %(así)s y las mismas etiquetas."""

import argparse

from lonja.config.workbench import CHECKOUT

help = "pone al día el catálogo en inglés y dice qué falta"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(args: argparse.Namespace) -> int:
    """Exit code 1 while something has no English or does not match."""
    # Templates are read with Django's own parser: nothing of it is imported for `--help`.
    from lonja.config.workbench.english import checks, po

    package = CHECKOUT / "src" / "lonja"
    missing = checks.update(package)
    po.compile_all(package / "locale")
    wrong = checks.problems(package)
    for one in missing or wrong:
        print(one)
    if not wrong:
        print(f"{len(po.read(package / checks.CATALOGUE))} textos, todos en inglés.")
        return 0
    print(f"\n{len(wrong)} por arreglar en src/lonja/{checks.CATALOGUE.as_posix()}.")
    return 1
