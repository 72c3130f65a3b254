"""Writing down what the agency answered, or that it did not."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import insert_rows
from lonja.activity import record_many
from lonja.billing.models import Invoice
from lonja.fiscal.actions.notice import refresh_notice
from lonja.fiscal.models import (
    Chain,
    Channel,
    Record,
    RecordState,
    Result,
    Submission,
    SubmissionState,
)
from lonja.fiscal.models.sending import packed
from lonja.fiscal.transport import Reply
from lonja.fiscal.verifactu import codes
from lonja.fiscal.verifactu.answers import CORRECT, WITH_ERRORS, WRONG, Answer, Fault, Line
from lonja.fiscal.verifactu.records import day

Backoff = Callable[[int], timedelta]
LARGEST = 1000
_UNSETTLED = (RecordState.PENDING, RecordState.SENT)
_OPERATIONS = {"alta": "Alta", "anulacion": "Anulacion"}
_STATES = {
    CORRECT: RecordState.ACCEPTED,
    WITH_ERRORS: RecordState.ACCEPTED_WITH_ERRORS,
    WRONG: RecordState.REJECTED,
}
# EstadoRegistroDuplicado. An alta that was annulled later had been accepted before.
_DUPLICATES = {
    "Correcta": RecordState.ACCEPTED,
    "AceptadaConErrores": RecordState.ACCEPTED_WITH_ERRORS,
    "Anulada": RecordState.ACCEPTED,
}


@dataclass(frozen=True)
class Verdict:
    """The state a record ends in."""

    state: RecordState
    code: str = ""
    text: str = ""
    adopted: bool = False


def settle(
    submission: Submission, answer: Answer | Fault, reply: Reply, *, backoff: Backoff
) -> Submission:
    """Write the answer to a submission: each record to its state, the pace to the channel."""
    if isinstance(answer, Fault):
        return _faulted(submission, answer, reply, backoff)
    now = timezone.now()
    with transaction.atomic():
        taken = _still_ours(submission)
        if taken is None:
            return submission
        submission, channel = taken
        verdicts = _verdicts(submission, answer)
        _write(submission, verdicts, answer)
        submission.state = SubmissionState.ANSWERED
        submission.answered_at, submission.http_status = now, reply.status
        submission.outcome, submission.csv = answer.outcome, answer.csv
        submission.wait_seconds, submission.answer = answer.wait, packed(reply.body)
        submission.save()
        _went_well(channel, answer.wait, reply.skew, now)
        _advance(submission)
        _clear_failure(channel)
        channel.save()
        refresh_notice()
    return submission


def _still_ours(submission: Submission) -> tuple[Submission, Channel] | None:
    """The submission and its channel, locked; None when somebody took over meanwhile."""
    channel = Channel.objects.select_for_update().get(pk=submission.channel_id)
    fresh = Submission.objects.select_for_update().get(pk=submission.pk)
    fresh.channel = channel
    return (fresh, channel) if fresh.state == SubmissionState.SENDING else None


def _verdicts(submission: Submission, answer: Answer) -> dict[int, tuple[Verdict, Line]]:
    """The verdict on each record that the answer names. Two records of one invoice (an alta and
    its subsanación) are told apart by their order."""
    lines: dict[tuple[str, str, str], deque[Line]] = defaultdict(deque)
    for line in answer.lines:
        lines[line.key].append(line)
    rows = Record.objects.filter(pk__in=submission.record_ids).order_by("position")
    resent = set(submission.resent_ids)
    found = {}
    for pk, operation, number, issued_on in rows.values_list(
        "pk", "operation", "number", "issued_on"
    ):
        waiting = lines.get((_OPERATIONS[operation], number, day(issued_on)))
        if waiting:
            line = waiting.popleft()
            found[pk] = (verdict_on(line, was_sent=pk in resent), line)
    return found


def verdict_on(line: Line, *, was_sent: bool) -> Verdict:
    """What a line of an answer means for its record. `was_sent`: it had left before and its
    answer was lost, so that «duplicate» and «already annulled» mean that it arrived."""
    if line.outcome != WRONG:
        return Verdict(_STATES[line.outcome], line.code, line.text)
    if line.code == "3000" and was_sent and line.duplicate_state in _DUPLICATES:
        state = _DUPLICATES[line.duplicate_state]
        return Verdict(state, line.duplicate_code, line.duplicate_text, adopted=True)
    if line.code == "3001":
        return Verdict(RecordState.ACCEPTED, "" if was_sent else line.code, adopted=was_sent)
    return Verdict(RecordState.REJECTED, line.code, line.text)


def _write(
    submission: Submission, verdicts: dict[int, tuple[Verdict, Line]], answer: Answer
) -> None:
    now = timezone.now()
    groups: dict[tuple[Verdict, str], list[int]] = defaultdict(list)
    for pk, (verdict, _line) in verdicts.items():
        csv = answer.csv if verdict.state != RecordState.REJECTED and not verdict.adopted else ""
        groups[(verdict, csv)].append(pk)
    for (verdict, csv), ids in groups.items():
        Record.objects.filter(pk__in=ids).update(
            state=verdict.state,
            csv=csv,
            error_code=verdict.code,
            error_text=verdict.text[:1500],
            settled_at=now,
        )
    insert_rows(
        Result,
        [
            {
                "submission_id": submission.pk,
                "record_id": pk,
                "outcome": line.outcome,
                "code": line.code,
                "text": line.text,
                "duplicate_state": line.duplicate_state,
                "adopted": verdict.adopted,
                "at": now,
            }
            for pk, (verdict, line) in verdicts.items()
        ],
    )
    _tell({pk: verdict for pk, (verdict, _line) in verdicts.items()})


def _tell(verdicts: dict[int, Verdict]) -> None:
    """The history of an invoice tells when its record is not simply accepted."""
    odd = [pk for pk, verdict in verdicts.items() if verdict.state != RecordState.ACCEPTED]
    invoice_of = dict(Record.objects.filter(pk__in=odd).values_list("pk", "invoice_id"))
    invoices = Invoice.objects.in_bulk(set(invoice_of.values()))
    record_many(
        None,
        "fiscal.answered",
        [
            (
                invoices[invoice_of[pk]],
                {"state": verdicts[pk].state.value, "code": verdicts[pk].code},
            )
            for pk in odd
        ],
    )


def _went_well(channel: Channel, wait: int | None, skew: int | None, now: datetime) -> None:
    if wait is not None:
        channel.wait_seconds = wait
    channel.wait_until = now + timedelta(seconds=channel.wait_seconds)
    channel.retry_at = channel.lease_until = None
    channel.failures = 0
    channel.problem_code = channel.problem = ""
    channel.last_ok_at = now
    channel.batch_size = min(LARGEST, channel.batch_size * 2)
    if skew is not None:
        channel.clock_skew_seconds = skew


def _advance(submission: Submission) -> None:
    """Move the mark of what is settled up to the first record that is not."""
    chain = Chain.objects.get(pk=submission.chain_id)
    rows = Record.objects.filter(chain=chain, position__gt=chain.settled_position)
    first = rows.filter(state__in=_UNSETTLED).order_by("position")
    position = first.values_list("position", flat=True).first()
    if position is None:
        last = rows.order_by("-position").values_list("position", flat=True).first()
        position = (last or chain.settled_position) + 1
    Chain.objects.filter(pk=chain.pk).update(settled_position=position - 1)


def _clear_failure(channel: Channel) -> None:
    """The failure is over when none of the records it delayed is left (fiscal-rules §4)."""
    if channel.failing_since is None:
        return
    left = Record.objects.filter(
        chain__nif=channel.nif,
        chain__environment=channel.environment,
        state__in=_UNSETTLED,
        created_at__lte=channel.last_failure_at or channel.failing_since,
    )
    waiting = Chain.objects.filter(nif=channel.nif, environment=channel.environment)
    if not any(chain.waiting for chain in waiting) or not left.exists():
        channel.failing_since = channel.last_failure_at = None


def stand_back(
    submission: Submission,
    state: SubmissionState,
    code: str,
    text: str,
    *,
    backoff: Backoff,
    body: bytes = b"",
    status: int | None = None,
) -> Submission:
    """Write that a submission failed, and when to try again."""
    now = timezone.now()
    with transaction.atomic():
        taken = _still_ours(submission)
        if taken is None:
            return submission
        submission, channel = taken
        submission.state, submission.answered_at = state, now
        submission.error_code, submission.error_text = code, text[:1500]
        submission.http_status, submission.answer = status, packed(body)
        submission.save()
        if state != SubmissionState.LOST:
            _back_to_the_queue(submission)
        channel.failures += 1
        channel.failing_since = channel.failing_since or now
        channel.last_failure_at = now
        channel.problem_code, channel.problem = code, text[:500]
        channel.lease_until = None
        channel.retry_at = now + backoff(channel.failures)
        channel.wait_until = now + timedelta(seconds=channel.wait_seconds)
        channel.save()
        refresh_notice()
    return submission


def _back_to_the_queue(submission: Submission) -> None:
    """Nothing was processed: those that had not left before are as they were."""
    fresh = set(submission.record_ids) - set(submission.resent_ids)
    Record.objects.filter(pk__in=fresh).update(state=RecordState.PENDING)


def _faulted(submission: Submission, fault: Fault, reply: Reply, backoff: Backoff) -> Submission:
    """A whole submission refused. When one record may be to blame, smaller ones look for it."""
    code = fault.code or "fault"
    if code not in codes.ONE_IS_WRONG:
        return stand_back(
            submission,
            SubmissionState.FAULT,
            code,
            fault.text,
            backoff=backoff,
            body=reply.body,
            status=reply.status,
        )
    now = timezone.now()
    with transaction.atomic():
        taken = _still_ours(submission)
        if taken is None:
            return submission
        submission, channel = taken
        submission.state, submission.answered_at = SubmissionState.FAULT, now
        submission.error_code, submission.error_text = code, fault.text
        submission.http_status, submission.answer = reply.status, packed(reply.body)
        submission.save()
        _back_to_the_queue(submission)
        _went_well(channel, None, reply.skew, now)
        if submission.count == 1:
            Record.objects.filter(pk__in=submission.record_ids).update(
                state=RecordState.REJECTED,
                error_code=code,
                error_text=fault.text[:1500],
                settled_at=now,
            )
            _tell({submission.record_ids[0]: Verdict(RecordState.REJECTED, code, fault.text)})
            _advance(submission)
            channel.batch_size = 1
        else:
            channel.batch_size = max(1, submission.count // 2)
        channel.problem_code = code
        channel.problem = _("La AEAT no admite un registro del envío: se busca cuál.")
        channel.save()
        refresh_notice()
    return submission
