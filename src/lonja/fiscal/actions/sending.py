"""Emptying the queue into the agency: in order, at its pace, each record to a known state (R11).

A submission has two short transactions with the network between them. The first takes the channel
for a while (a lease) and marks the records as sent; the second writes what came back. Whoever dies
in between leaves records «sent, answer unknown»: they go again unchanged, and the agency calls
duplicates those that had arrived.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Organisation
from lonja.accounts.scope import current_organisation_id
from lonja.accounts.secrets import BrokenSecret
from lonja.fiscal import transport
from lonja.fiscal.actions.notice import refresh_notice
from lonja.fiscal.actions.settling import settle, stand_back
from lonja.fiscal.certificates import tls_context
from lonja.fiscal.models import (
    Certificate,
    Chain,
    Channel,
    Record,
    RecordState,
    Submission,
    SubmissionState,
)
from lonja.fiscal.models.sending import packed
from lonja.fiscal.verifactu.answers import Unreadable, read
from lonja.fiscal.verifactu.xml import Header, envelope
from lonja.kit.errors import Refused

log = logging.getLogger("lonja.fiscal")

# Longer than the slowest answer we wait for (transport.TOTAL_SECONDS): nobody takes over sooner.
LEASE = timedelta(seconds=180)
# Wait after each failure in a row: at least every hour (Orden HAC/1177/2024, art. 17).
BACKOFF_SECONDS = (60, 120, 300, 600, 1800, 3600)
# A record older than this when it leaves is late because of something, whatever it was; the
# agency marks with 2004 those that do not say so.
LATE = timedelta(seconds=180)

UNSETTLED = (RecordState.PENDING, RecordState.SENT)


@dataclass
class Outgoing:
    """A submission ready to leave."""

    channel: Channel
    submission: Submission
    message: bytes
    certificate: tuple[bytes, str]


def send_next(nif: str, environment: str) -> Submission | None:
    """Send the next records of a taxpayer if it is time to. Returns the submission, settled.

    None when there is nothing to send or it is not time yet: somebody else is sending, the agency
    asked to wait, the last try failed a moment ago, or there is no certificate to send with.
    """
    if Organisation.objects.get(pk=current_organisation_id()).is_demo:
        return None  # invented invoices go nowhere
    outgoing = _begin(nif, environment)
    if outgoing is None:
        return None
    return _deliver(outgoing)


def _begin(nif: str, environment: str) -> Outgoing | None:
    """Take the channel and the next records. Nothing is sent here."""
    now = timezone.now()
    with transaction.atomic():
        chains = Chain.objects.filter(
            nif=nif, environment=environment, last_position__gt=F("settled_position")
        )
        chain = chains.select_related("company").order_by("pk").first()
        if chain is None:
            return None
        channel = locked_channel(chain.company, nif, environment)
        if any(at is not None and at > now for at in _times(channel)):
            return None
        _give_up_interrupted(channel, now)
        content = _certificate(channel, now)
        if content is None:
            return None
        rows = Record.objects.filter(
            chain=chain, position__gt=chain.settled_position, state__in=UNSETTLED
        ).order_by("position")
        records = list(rows.values_list("pk", "xml", "state", "created_at")[: channel.batch_size])
        if not records:
            Chain.objects.filter(pk=chain.pk).update(settled_position=chain.last_position)
            return None
        is_late = channel.failing_since is not None or records[0][3] < now - LATE
        header = Header(
            name=chain.company.legal_name, nif=nif, incident=is_late, leaves_on=channel.leaves_on
        )
        message = envelope(header, [xml.encode() for _pk, xml, _state, _at in records])
        submission = Submission.objects.create(
            channel=channel,
            chain=chain,
            record_ids=[pk for pk, *_rest in records],
            resent_ids=[pk for pk, _x, state, _at in records if state == RecordState.SENT],
            count=len(records),
            is_incident=is_late,
            url=transport.address(environment, is_seal=content.is_seal),
            sent_at=now,
            request=packed(message),
        )
        Record.objects.filter(pk__in=submission.record_ids).update(state=RecordState.SENT)
        channel.lease_until = now + LEASE
        # Whatever happens to us, nobody sends again before the pace in force.
        channel.wait_until = now + timedelta(seconds=channel.wait_seconds)
        channel.save(update_fields=["lease_until", "wait_until"])
        return Outgoing(channel, submission, message, content.content())


def _times(channel: Channel) -> tuple[datetime | None, ...]:
    return channel.lease_until, channel.wait_until, channel.retry_at


def locked_channel(company: Company, nif: str, environment: str) -> Channel:
    """The channel of a taxpayer, locked until the transaction ends; made the first time."""
    key = {"nif": nif, "environment": environment}
    if not Channel.objects.filter(**key).exists():
        Channel.objects.get_or_create(**key, defaults={"company": company})
    return Channel.objects.select_for_update().get(**key)


def _give_up_interrupted(channel: Channel, now: datetime) -> None:
    """Whoever was sending died: nobody knows whether it arrived."""
    Submission.objects.filter(channel=channel, state=SubmissionState.SENDING).update(
        state=SubmissionState.LOST,
        answered_at=now,
        error_code="interrupted",
        error_text=_("El proceso que lo enviaba se interrumpió. Se envía otra vez igual."),
    )


def _certificate(channel: Channel, now: datetime) -> Certificate | None:
    """The certificate to send with, or None with the reason on the channel."""
    found = Certificate.objects.filter(company_id=channel.company_id, is_current=True).first()
    code = text = ""
    if found is None:
        code, text = "no_certificate", _("Falta el certificado con el que enviar a la AEAT.")
    elif found.valid_until <= now:
        code, text = "certificate_expired", _("El certificado ha caducado.")
    else:
        try:
            found.content()
        except BrokenSecret:
            code = "certificate_unreadable"
            text = _("El certificado guardado no se puede leer: súbelo otra vez.")
    if not code:
        return found
    channel.problem_code, channel.problem = code, text
    channel.retry_at = now + timedelta(hours=1)
    channel.lease_until = None
    channel.save(update_fields=["problem_code", "problem", "retry_at", "lease_until"])
    refresh_notice()
    return None


def _deliver(outgoing: Outgoing) -> Submission:
    """Send, and write down what came back."""
    submission = outgoing.submission
    environment = outgoing.channel.environment
    try:
        content, password = outgoing.certificate
        context = tls_context(content, password, transport.authorities(environment))
        reply = transport.post(submission.url, outgoing.message, context)
    except transport.Unreached as problem:
        return _failed(submission, SubmissionState.UNREACHED, "unreached", str(problem))
    except (transport.CertificateRefused, Refused) as problem:
        return _failed(submission, SubmissionState.UNREACHED, "certificate_refused", str(problem))
    except transport.Lost as problem:
        return _failed(submission, SubmissionState.LOST, "lost", str(problem))
    try:
        answer = read(reply.body)
    except Unreadable as problem:
        text = _("La respuesta de la AEAT no se entiende (HTTP %(status)s): %(why)s.") % {
            "status": reply.status,
            "why": problem,
        }
        return _failed(submission, SubmissionState.LOST, "unreadable", text, reply.body)
    return settle(submission, answer, reply, backoff=backoff)


def backoff(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return timedelta(seconds=BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])


def _failed(
    submission: Submission, state: SubmissionState, code: str, text: str, body: bytes = b""
) -> Submission:
    log.warning("VERI*FACTU: %s (%s)", code, submission.pk)
    return stand_back(submission, state, code, text, backoff=backoff, body=body)


def retry_now(channel: Channel) -> None:
    """Forget our own patience: the agency's pace still holds."""
    Channel.objects.filter(pk=channel.pk).update(retry_at=None)


def state_of_queue(chain: Chain) -> dict[str, Any]:
    """How many records wait, and since when the first."""
    rows = Record.objects.filter(chain=chain, position__gt=chain.settled_position)
    first = rows.order_by("position").values_list("created_at", flat=True).first()
    return {"waiting": chain.waiting, "since": first}
