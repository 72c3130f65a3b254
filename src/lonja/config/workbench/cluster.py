"""A temporary PostgreSQL for tests and measurements, gone when the block ends."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lonja.config.supervisor import die_with_parent
from lonja.config.workbench import Missing
from lonja.config.workbench.packages import apt_install

HOW_TO_MEND = (
    "Las pruebas se pasan también con PostgreSQL y no se ha encontrado. Instálalo con\n"
    "    sudo apt install postgresql\n"
    "o lanza ./lonja test --sin-postgres"
)
# Nobody needs these data after a power cut, nor the rows that every test leaves undone swept away.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]
# The trigram search needs the contrib modules, which some distributions pack apart.
EXTENSIONS = ("pg_trgm", "unaccent")


def find_or_install() -> Path:
    """The folder of PostgreSQL's programs; Missing when there is none and none can be had."""
    found = _programs()
    if found is None and apt_install("postgresql", "postgresql-contrib"):
        found = _programs()
    if found is None:
        raise Missing(HOW_TO_MEND)
    return found


def _programs() -> Path | None:
    def version(path: Path) -> float:
        try:
            return float(path.parent.name)
        except ValueError:
            return 0.0

    folders = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()]
    if folders:
        return max(folders, key=version)
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextlib.contextmanager
def temporary_cluster(*, durable: bool = False) -> Iterator[str]:
    """Start one and yield its URL: database `lonja`, socket only.

    Its role may create databases but is not a superuser: row-level security does not bind those.

    With `durable=True` it writes to disk as a real one does (for measuring). It ends with the
    process that started it, however that ends.
    """
    programs = find_or_install()
    # Socket paths are limited to 107 characters, so not under a long TMPDIR.
    folder = Path(tempfile.mkdtemp(prefix="lonja-pg-", dir="/tmp"))
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = None
    try:
        data = str(folder / "data")
        _call([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
               "--locale=C.UTF-8", "--no-sync"], account, folder)  # fmt: skip
        settings = ["max_connections=200", "listen_addresses=", *([] if durable else FAST)]
        options = [word for setting in settings for word in ("-c", setting)]
        log = open(folder / "log", "wb")  # noqa: SIM115
        server = subprocess.Popen(  # noqa: S603
            [str(programs / "postgres"), "-D", data, "-k", str(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            process_group=0,
            preexec_fn=lambda: die_with_parent(signal.SIGQUIT),
            **account,
        )
        _wait_until_up(programs, folder, server)
        at = ["-h", str(folder), "-U", "postgres"]
        _call([programs / "createuser", *at, "--createdb", "lonja"], account, folder)
        _call([programs / "createdb", *at, "-O", "lonja", "lonja"], account, folder)
        yield f"postgres://lonja@/lonja?host={folder}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
            log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(programs: Path, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        asked = subprocess.run(  # noqa: S603
            [str(programs / "pg_isready"), "-q", "-h", str(folder)], check=False
        )
        if asked.returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise Missing("PostgreSQL no ha arrancado:\n" + (folder / "log").read_text()[-2000:])


def _call(command: list[Path | str], account: dict[str, Any], folder: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **account,
    )
    if done.returncode:
        raise Missing(f"{command[0]} ha fallado:\n{done.stderr}")
