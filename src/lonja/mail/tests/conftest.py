"""Servers of mail for the tests: an SMTP that keeps what it gets, a Dovecot with a mailbox."""

from __future__ import annotations

import email
import getpass
import grp
import os
import pwd
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from lonja.mail.models import Mailbox, MailServer, Security

PASSWORD = "clave del buzon"
DOVECOT_PASSWORD = "contraseña"


class Sink:
    """Keeps what it accepts; answers what `answers` says first."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            answer = self.answers.pop(0)
            if not answer.startswith("2"):
                return answer
        content = email.message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append(content)  # type: ignore[arg-type]
        return "250 OK"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def sink(lonja: Any) -> Iterator[Sink]:
    handler = Sink()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    MailServer.objects.create(
        host="127.0.0.1",
        port=port,
        security=Security.NONE,
        from_address="facturas@climalevante.example",
    )
    yield handler
    controller.stop()


class ImapHouse(socketserver.ThreadingTCPServer):
    """A small IMAP server with one folder: what our reader asks for, answered as RFC 3501 says.

    `messages`: uid → raw message. `drops`: cut the connection in the middle of that many fetches.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.messages: dict[int, bytes] = {}
        self.validity = 1
        self.drops = 0
        self.commands: list[str] = []
        super().__init__(("127.0.0.1", 0), ImapTalk)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def put(self, raw: bytes) -> int:
        uid = max(self.messages, default=0) + 1
        self.messages[uid] = raw
        return uid


class ImapTalk(socketserver.StreamRequestHandler):
    server: ImapHouse

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def handle(self) -> None:
        self.say("* OK IMAP4rev1 lista")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            tag, _space, command = line.partition(" ")
            self.server.commands.append(command)
            word = command.split(" ")[0].upper()
            if word == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1")
            elif word == "LOGIN":
                if f'"{PASSWORD}"' not in command:
                    self.say(f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")
                    continue
            elif word in ("EXAMINE", "SELECT"):
                if '"INBOX"' not in command:
                    self.say(f"{tag} NO [NONEXISTENT] Mailbox doesn't exist")
                    continue
                self.say(f"* {len(self.server.messages)} EXISTS")
                self.say(f"* OK [UIDVALIDITY {self.server.validity}] UIDs valid")
            elif command.upper().startswith("UID SEARCH"):
                self.search(command)
            elif command.upper().startswith("UID FETCH"):
                if self.fetch(command) is False:
                    return
            elif word == "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK")
                return
            self.say(f"{tag} OK hecho")

    def search(self, command: str) -> None:
        uids = sorted(self.server.messages)
        found = re.search(r"UID (\d+):\*", command)
        if found:
            first = min(int(found[1]), max(uids, default=0))
            uids = [uid for uid in uids if uid >= first]
        self.say("* SEARCH " + " ".join(map(str, uids)))

    def fetch(self, command: str) -> bool:
        uid = int(command.split(" ")[2])
        raw = self.server.messages.get(uid)
        if raw is None:
            return True
        if "HEADER.FIELDS" in command:
            message = email.message_from_bytes(raw)
            heads = [f"{n}: {message[n]}" for n in ("Content-Type", "From") if message[n]]
            what, body = "BODY[HEADER.FIELDS (CONTENT-TYPE FROM)]", "\r\n".join(heads).encode()
            body += b"\r\n\r\n"
        else:
            if self.server.drops:
                self.server.drops -= 1
                self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, len(raw)))
                self.wfile.write(raw[:20])
                return False
            what, body = "BODY[]<0>", raw[: 256 * 1024]
        self.wfile.write(f"* 1 FETCH (UID {uid} {what} {{{len(body)}}}\r\n".encode())
        self.wfile.write(body + b")\r\n")
        return True


def make_mailbox(port: int, **changes: Any) -> Mailbox:
    values = {"host": "127.0.0.1", "port": port, "security": "none", "username": "rebotes"}
    mailbox = Mailbox.objects.create(**{**values, **changes})
    mailbox.set_password(PASSWORD)
    return mailbox


@pytest.fixture
def imap(lonja: Any) -> Iterator[ImapHouse]:
    with ImapHouse() as house:
        thread = threading.Thread(target=house.serve_forever, daemon=True)
        thread.start()
        yield house
        house.shutdown()


@pytest.fixture
def dovecot(lonja: Any, tmp_path: Path) -> Iterator[Any]:
    """A real Dovecot with an empty mailbox."""
    program = os.environ.get("LONJA_DOVECOT") or shutil.which("dovecot")
    if program is None:
        pytest.fail("Falta Dovecot: sudo apt install dovecot-imapd, o LONJA_TEST_SKIP_DOVECOT=1")
    # Its sockets must be reachable by the unprivileged user that answers the door.
    run = Path(tempfile.mkdtemp(prefix="dovecot"))
    run.chmod(0o755)
    port, mails = free_port(), run / "Maildir"
    user = getpass.getuser()
    # It refuses to serve the mail of root.
    owner = "nobody" if user == "root" else user
    for name in ("", "new", "cur", "tmp"):
        (mails / name).mkdir()
        if owner != user:
            shutil.chown(mails / name, owner)
    (tmp_path / "dovecot.conf").write_text(
        f"""base_dir = {run}
log_path = {tmp_path}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {user}
default_login_user = {owner}
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {owner}
mail_gid = {grp.getgrgid(pwd.getpwnam(owner).pw_gid).gr_name}
mail_location = maildir:{mails}
passdb {{
  driver = static
  args = password={DOVECOT_PASSWORD}
}}
userdb {{
  driver = static
  args = home={run}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
    )
    process = subprocess.Popen(
        [program, "-F", "-c", str(tmp_path / "dovecot.conf")], stderr=subprocess.DEVNULL
    )
    for _attempt in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    mailbox = make_mailbox(port)
    mailbox.set_password(DOVECOT_PASSWORD)

    def put(raw: bytes) -> None:
        arrived = mails / "new" / f"{time.time_ns()}.M1.aqui"
        arrived.write_bytes(raw)
        if owner != user:
            shutil.chown(arrived, owner)

    yield mailbox, put
    process.terminate()
    process.wait(timeout=10)
    shutil.rmtree(run, ignore_errors=True)
