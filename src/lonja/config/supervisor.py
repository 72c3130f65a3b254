"""Keeps one installation running: one web server and one worker, restarted when they die.

Imports nothing of Django, so it costs little memory. Promises: one supervisor per data folder;
what dies comes back, with growing pauses; five quick crashes in a row stop everything and say
why; whatever way the supervisor ends, no process of it stays behind (Linux).
"""

import contextlib
import ctypes
import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CLI = [sys.executable, "-P", "-m", "lonja.config.cli"]
TOLD_TO_STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
QUICK = 10.0  # seconds: dying sooner than this after a start counts as a quick crash
QUICK_CRASHES = 5
PAUSES = [0.0, 0.5, 1.0, 2.0, 4.0]  # seconds before restart number n of a row of quick crashes
GRACE = 12.0  # seconds a child has to finish after SIGTERM
READY_LIMIT = 120.0  # seconds until the first answer
HEALTH = "/salud/"
GATE = "LONJA_GATE"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class CannotRun(Exception):
    """Why Lonja does not start or go on, in words for the person at the keyboard."""


def data_folder() -> Path:
    """The data folder: LONJA_DATA_DIR, or `data` in the checkout."""
    chosen = os.environ.get("LONJA_DATA_DIR")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[3] / "data"


def die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send us `number` when the process that started us is gone (Linux)."""
    _prctl(PR_SET_PDEATHSIG, int(number))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


@dataclass
class Child:
    """A process that must be running, and the story of its crashes."""

    title: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    quick_crashes: int = 0

    def start(self) -> None:
        parent = os.getpid()

        def in_child() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            die_with_parent(signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)

        # A group of its own: Ctrl+C reaches only the supervisor, and what the child leaves
        # behind can be ended with it.
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=in_child,  # safe: this process has one thread
        )
        self.started = time.monotonic()

    def bury(self) -> str | None:
        """If it has died: end what it left, decide when to restart, return what happened."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.signal(signal.SIGKILL)
        self.process = None
        now = time.monotonic()
        self.quick_crashes = self.quick_crashes + 1 if now - self.started < QUICK else 0
        self.next_start = now + PAUSES[min(self.quick_crashes, len(PAUSES) - 1)]
        return f"señal {signal.Signals(-code).name}" if code < 0 else f"código {code}"

    def signal(self, number: signal.Signals) -> None:
        """Send to the process and all that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


@dataclass
class Supervisor:
    """Run with `run()`; returns the exit code, or raises CannotRun before anything started."""

    data: Path
    host: str
    port: int
    workers: int = 1
    children: list[Child] = field(default_factory=list)

    def run(self) -> int:
        self.data.mkdir(parents=True, exist_ok=True)
        os.environ["LONJA_DATA_DIR"] = str(self.data)
        with only_copy(self.data):
            refuse_busy_port(self.host, self.port)
            _prctl(PR_SET_CHILD_SUBREAPER, 1)
            waited_for = TOLD_TO_STOP | {signal.SIGCHLD}
            before = signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
            try:
                # The web server loads its code while the data are brought up to date, and
                # waits at the gate before it answers anybody.
                say("Arrancando Lonja…")
                with closed_gate(self.data):
                    self._start_web()
                    if not self.prepare():
                        return 0
                return self.watch()
            finally:
                self.stop()
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start_web(self) -> None:
        address = ["--host", self.host, "--port", str(self.port)]
        web = Child("El servidor web", [*CLI, "web", *address, "--workers", str(self.workers)])
        web.start()
        self.children.append(web)

    def prepare(self) -> bool:
        """Bring the database up to date in a child; False when told to stop meanwhile."""
        child = Child("La preparación", [*CLI, "migrate", "--prepare"])
        child.start()
        self.children.append(child)
        assert child.process is not None  # noqa: S101
        while child.process.poll() is None:
            if _next_signal(1.0) in TOLD_TO_STOP:
                return False
        self.children.remove(child)
        if child.process.returncode != 0:
            raise CannotRun("Lonja no ha arrancado: los datos no han podido prepararse.")
        return True

    def watch(self) -> int:
        """Keep the children running until told to stop. Jobs wait until pages are served: loading
        both at once delays who opens the first one."""
        began = time.monotonic()
        ready = False
        while True:
            now = time.monotonic()
            for child in self.children:
                if child.process is None and now >= child.next_start:
                    child.start()
            if not ready and (ready := answers(self.host, self.port)):
                self.children.append(Child("El proceso de trabajos", [*CLI, "worker"]))
                say(f"\nLonja está lista en {public_address(self.host, self.port)}")
                say("Para cerrarla, pulsa Ctrl+C.")
                continue
            if not ready and now - began > READY_LIMIT:
                return _give_up("El servidor web no responde.")
            if _next_signal(self._nap(ready)) in TOLD_TO_STOP:
                say("Cerrando Lonja…")
                return 0
            for child in self.children:
                ended = child.bury()
                if ended and child.quick_crashes >= QUICK_CRASHES:
                    return _give_up(
                        f"{child.title} se ha caído {QUICK_CRASHES} veces seguidas nada más "
                        f"arrancar ({ended})."
                    )
                if ended:
                    say(f"{child.title} se ha caído ({ended}); lo arranco de nuevo.")
            _reap_strangers(self.children)

    def _nap(self, ready: bool) -> float:
        """Seconds until there may be something to do; a dying child wakes us at once."""
        pauses = [c.next_start - time.monotonic() for c in self.children if c.process is None]
        return max(0.0, min([*pauses, 30.0 if ready else 0.05]))

    def stop(self) -> None:
        """End every child, kindly first; asked again to stop, or after a while, at once."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while any(c.process and c.process.poll() is None for c in self.children):
            left = deadline - time.monotonic()
            if left <= 0 or _next_signal(left) in TOLD_TO_STOP:
                break
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
                child.process = None
        _reap_strangers(self.children)


@contextlib.contextmanager
def closed_gate(data: Path) -> Iterator[None]:
    """While the block runs, whoever calls `wait_at_gate` (our children) waits."""
    path = data / "lonja.gate"
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.environ[GATE] = str(path)
        yield


def wait_at_gate() -> None:
    """Return when the supervisor, if one started us, has the data up to date."""
    path = os.environ.get(GATE)
    if path:
        with open(path, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH)


@contextlib.contextmanager
def only_copy(data: Path) -> Iterator[None]:
    """Hold `<data>/lonja.lock`; CannotRun when another copy holds it."""
    with open(data / "lonja.lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(_already_running(data, file)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _already_running(data: Path, file: IO[str]) -> str:
    file.seek(0)
    pid = file.read().strip()
    who = f" (proceso {pid})" if pid else ""
    return (
        f"Lonja ya está en marcha con los datos de {data}{who}.\n"
        "Ciérrala antes, o elige otra carpeta con --data y otro puerto con --port."
    )


def refuse_busy_port(host: str, port: int) -> None:
    """CannotRun when the address cannot be listened on."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as problem:
        if getattr(problem, "errno", None) == errno.EADDRINUSE:
            raise CannotRun(
                f"El puerto {port} ya lo usa otro programa. Elige otro, por ejemplo:\n"
                f"    ./lonja run --port {port + 1}"
            ) from None
        raise CannotRun(f"No se puede escuchar en {host}:{port}: {problem}") from None


def answers(host: str, port: int) -> bool:
    """Whether the web server says at `/salud/` that it is well."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    """An address to reach a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def public_address(host: str, port: int) -> str:
    """The address a person opens when the server listens there and nothing stands in front."""
    name = _reachable(host)
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}/" if port == 80 else f"http://{name}:{port}/"


def _next_signal(timeout: float) -> int | None:
    """The signal that arrives within `timeout` seconds, or None."""
    waited_for = TOLD_TO_STOP | {signal.SIGCHLD}
    got = signal.sigtimedwait(waited_for, timeout)
    return got.si_signo if got else None


def _reap_strangers(children: list[Child]) -> None:
    """Bury the orphans of our children: the kernel hands them to us."""
    ours = {c.process.pid for c in children if c.process}
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid in ours:
            return  # one of ours is buried by its own `bury`
        os.waitpid(found.si_pid, os.WNOHANG)


def _give_up(reason: str) -> int:
    say(f"{reason}\nEl motivo está en las líneas de arriba. Lonja se cierra.")
    return 1


def say(line: str) -> None:
    print(line, flush=True)
