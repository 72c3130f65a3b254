"""F6: a mail server that refuses, greylists, stalls and cuts, and a sender that is killed."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.config.faults.base import Actor, Fault, Outcome
from lonja.config.workbench import Missing


class Trouble:
    """Keeps every message it accepts; between the first connection and the last it misbehaves."""

    def __init__(self, fault: Fault) -> None:
        self.rng = fault.rng
        self.received: Counter[str] = Counter()
        self.first: dict[str, float] = {}
        self.bodies: dict[str, set[str]] = {}
        self.seen: set[str] = set()
        self.facts: Counter[str] = Counter()

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.rng.random() < 0.05:
            self.facts["rechazos"] += 1
            return "421 4.3.2 Vuelva más tarde"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address not in self.seen and self.rng.random() < 0.4:
            self.seen.add(address)
            self.facts["listas_grises"] += 1
            return "451 4.7.1 Lista gris"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        chance = self.rng.random()
        if chance < 0.02:
            self.facts["atascos"] += 1
            await asyncio.sleep(1.5)  # longer than the sender waits; nothing is kept
            return "451 4.3.0 Tarde"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        message_id = str(message["Message-ID"])
        self.received[message_id] += 1
        self.first.setdefault(message_id, time.time())
        self.bodies.setdefault(message_id, set()).add(str(message["Subject"]))
        if chance < 0.06:
            self.facts["cortes"] += 1
            server.transport.abort()  # accepted, and the answer never arrives
        return "250 OK"


def bad_server(fault: Fault) -> Outcome:
    """Nothing is lost; what arrives twice is no more than kills and cuts, with its Message-ID."""
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        raise Missing("Para F6 hace falta aiosmtpd: instala el grupo de desarrollo.") from None
    from lonja.mail.models import MailServer, MailStatus, OutgoingMail
    from lonja.mail.outbox import bulk_queue_mail

    mails, kills = (120, 4) if fault.small else (1000, 20)
    hour = timezone.now() + timedelta(seconds=6)  # half of them are scheduled
    organisation = plans_due(1, 1, slug=f"f6-{fault.seed}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    trouble = Trouble(fault)
    server = Controller(trouble, hostname="127.0.0.1", port=port)
    server.start()
    killed = 0
    try:
        with scope(organisation), transaction.atomic():
            MailServer.objects.create(
                host="127.0.0.1", port=port, security="none", from_address="lonja@example.com"
            )
            bulk_queue_mail(
                {
                    "to": [f"c{n}@example.com"],
                    "subject": f"Factura {n}",
                    "text": "Hola",
                    **({"not_before": hour, "zone": "Europe/Madrid"} if n % 2 else {}),
                }
                for n in range(mails)
            )
        deadline = time.monotonic() + 900
        with scope(organisation):
            while time.monotonic() < deadline:
                sender = Actor("send", 60)
                if killed < kills:
                    time.sleep(fault.rng.uniform(0.2, 1.0))
                    if sender.poll() is None:
                        sender.kill()
                        killed += 1
                sender.wait()
                waiting = OutgoingMail.objects.filter(
                    status__in=(MailStatus.QUEUED, MailStatus.SENDING)
                )
                if not waiting.exists():
                    break
                # Time passes: leases end and waits are over (no sender is alive now).
                past = timezone.now() - timedelta(seconds=1)
                tried = waiting.filter(status=MailStatus.QUEUED, attempts__gt=0)
                tried.update(not_before=past)
                waiting.filter(status=MailStatus.SENDING).update(lease_until=past)
            ours = set(OutgoingMail.objects.values_list("message_id", flat=True))
            scheduled = set(
                OutgoingMail.objects.exclude(zone="").values_list("message_id", flat=True)
            )
            unsent = OutgoingMail.objects.exclude(status=MailStatus.SENT).count()
    finally:
        server.stop()
    ids = {name.replace("@example.com>", "@lonja>") for name in trouble.received}
    repeats = sum(trouble.received.values()) - len(trouble.received)
    outcome = Outcome("F6", fault.seed)
    outcome.facts = {"correos": mails, "muertes": killed, "repetidos": repeats, **trouble.facts}
    early = [
        name
        for name, at in trouble.first.items()
        if name.replace("@example.com>", "@lonja>") in scheduled and at < hour.timestamp()
    ]
    if early:
        outcome.wrong.append(f"{len(early)} programados salieron antes de su hora")
    if lost := ours - ids:
        outcome.wrong.append(f"{len(lost)} correos perdidos")
    if unsent:
        outcome.wrong.append(f"{unsent} sin enviar")
    if repeats > killed + trouble.facts["cortes"]:
        outcome.wrong.append("más repetidos que muertes y cortes")
    if any(len(subjects) > 1 for subjects in trouble.bodies.values()):
        outcome.wrong.append("un Message-ID se usó para dos correos")
    return outcome
