"""The command line: `lonja <orden>`, `python -m lonja.config.cli <orden>`.

Only the chosen command is imported, and nothing here imports Django: the supervisor stays small
and help is instant.
"""

import argparse
import ast
import importlib
import os
import sys
from pathlib import Path

COMMANDS = Path(__file__).parent / "commands"
SPANISH = {
    "usage: ": "uso: ",
    "positional arguments": "argumentos",
    "options": "opciones",
    "show this help message and exit": "muestra esta ayuda",
    "unrecognized arguments: %s": "no conozco estos argumentos: %s",
    "the following arguments are required: %s": "faltan estos argumentos: %s",
    "expected one argument": "espera un valor",
    "expected at least one argument": "espera al menos un valor",
    "invalid %(type)s value: %(value)r": "el valor %(value)r no vale",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r no es una de las opciones: "
    "%(choices)s",
    "not allowed with argument %s": "no se puede usar junto con %s",
    "%(prog)s: error: %(message)s\n": "%(prog)s: %(message)s\n",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        data, words = take_data_folder(words)
    except ValueError as problem:
        return _refuse(str(problem))
    if data is not None:
        os.environ["LONJA_DATA_DIR"] = str(Path(data).expanduser().resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lonja.config.settings")

    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview())
        return 0
    if words[0] == "--version":
        return _print_version()
    name, rest = words[0], words[1:]
    if name not in command_names():
        return _refuse(f"no existe la orden «{name}». Con «lonja --help» ves todas.")
    module = importlib.import_module(f"lonja.config.commands.{_module_of(name)}")
    if getattr(module, "raw", False):
        return module.run(argparse.Namespace(rest=rest))

    argparse._ = lambda text: SPANISH.get(text, text)  # type: ignore[attr-defined]
    parser = argparse.ArgumentParser(
        prog=f"lonja {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Con --data CARPETA se elige la carpeta de datos.",
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    if getattr(module, "passthrough", False):
        args, left = parser.parse_known_args(rest)
        args.rest = left
    else:
        args = parser.parse_args(rest)
    try:
        code = module.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever was reading (`| head`) has had enough. The interpreter flushes once more when it
        # ends: give it somewhere to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def take_data_folder(words: list[str]) -> tuple[str | None, list[str]]:
    """Take `--data X` or `--data=X` out of the words, wherever it stands before a `--`."""
    data: str | None = None
    left: list[str] = []
    queue = iter(words)
    for word in queue:
        if word == "--":
            left.extend(["--", *queue])
        elif word == "--data":
            data = next(queue, None)
            if data is None:
                raise ValueError("--data espera una carpeta.")
        elif word.startswith("--data="):
            data = word.removeprefix("--data=")
        else:
            left.append(word)
    if data == "":
        raise ValueError("--data espera una carpeta.")
    return data, left


def command_names() -> list[str]:
    """The names of all commands, from the files that hold them."""
    found = [p.stem for p in COMMANDS.glob("*.py")]
    found += [p.parent.name for p in COMMANDS.glob("*/__init__.py")]
    return sorted(n.strip("_").replace("_", "-") for n in found if not n.startswith("_"))


def overview() -> str:
    """The text of `lonja --help`."""
    names = command_names()
    width = max(len(name) for name in names) + 2
    lines = [f"  {name.ljust(width)}{_help_of(name)}" for name in names]
    return "\n".join(
        [
            "Lonja: CRM y facturación para la pyme española.",
            "",
            "uso: ./lonja [--data CARPETA] ORDEN [opciones]",
            "",
            *lines,
            "",
            "Para ver las opciones de una orden: ./lonja ORDEN --help",
        ]
    )


def _module_of(name: str) -> str:
    """`import` is a word of Python, so its command lives in `import_.py`."""
    stem = name.replace("-", "_")
    exists = (COMMANDS / f"{stem}.py").exists() or (COMMANDS / stem).is_dir()
    return stem if exists else f"{stem}_"


def _help_of(name: str) -> str:
    path = COMMANDS / f"{_module_of(name)}.py"
    if not path.exists():
        path = COMMANDS / _module_of(name) / "__init__.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "help":
            return str(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return ""


def _print_version() -> int:
    from importlib.metadata import version

    print(f"Lonja {version('lonja')}")
    return 0


def _refuse(message: str) -> int:
    print(f"lonja: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
