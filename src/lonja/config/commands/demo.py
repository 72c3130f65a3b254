"""Enseña Lonja con un año de datos inventados de «Clima Levante», y la arranca.

La primera vez carga los datos (medio minuto) y da los usuarios y su contraseña. De esta empresa
no sale ningún correo. Con --load-only solo carga; con --remove los borra.
"""

import argparse
import os
import sys
import traceback

from lonja.config.commands import run as run_command
from lonja.config.commands.web import add_address_arguments

help = "un año de datos inventados, para probarla"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_address_arguments(parser)
    parser.add_argument("--load-only", action="store_true", help="carga y no arranca")
    parser.add_argument("--remove", action="store_true", help="borra los datos de prueba")


def run(args: argparse.Namespace) -> int:
    """Load what is missing, tell who may log in, and serve until told to stop."""
    code = _in_a_child(_remove if args.remove else _load)
    if code or args.load_only or args.remove:
        return code
    return run_command.run(args)


def _in_a_child(function) -> int:  # type: ignore[no-untyped-def]
    """Run it in a process of its own: the supervisor that comes after must not hold Django."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        _pid, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)
    code = 1
    try:
        code = function()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _prepare() -> None:
    import django

    django.setup()
    from django.db import connection

    from lonja.config.commands.migrate import bring_up_to_date, one_at_a_time

    with one_at_a_time(connection):
        bring_up_to_date(connection)


def _load() -> int:
    _prepare()
    from lonja.accounts.models import Organisation
    from lonja.config.demo.cast import SLUG
    from lonja.config.demo.load import load_house

    if Organisation.objects.filter(slug=SLUG).exists():
        print("Los datos de prueba ya están cargados (contraseña: la que se dio al cargarlos).")
        return 0

    def told(done: int, total: int) -> None:
        print(f"\rCargando un año de datos inventados… {100 * done // total} %", end="", flush=True)

    house = load_house(told)
    print("\rCargando un año de datos inventados… hecho.  \n")
    print("Puedes entrar como:")
    for member in house.members:
        print(f"    {member.user.email:34} {member.name} ({member.get_role_display()})")
    print(f"    contraseña de los tres: {house.password}\n")
    return 0


def _remove() -> int:
    _prepare()
    from lonja.accounts.models import Organisation
    from lonja.config.demo.cast import SLUG
    from lonja.config.demo.load import remove_demo
    from lonja.kit.errors import Refused

    organisation = Organisation.objects.filter(slug=SLUG).first()
    if organisation is None:
        print("No hay datos de prueba.")
        return 0
    try:
        remove_demo(organisation)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print("Datos de prueba borrados.")
    return 0
