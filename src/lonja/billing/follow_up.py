"""Where each invoice is on its way to the customer: one word, as column, filter and timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.ahead import Question
from lonja.accounts.prepared import Among, Prepared
from lonja.accounts.seen import how_many
from lonja.billing.models import Entry, EntryKind, FollowUp, Invoice, Status
from lonja.mail.models import MailStatus, OutgoingMail

ABOUT = "billing.invoice"
_LABELS: dict[str, tuple[Any, str]] = {
    "sin-enviar": (_("Sin enviar"), "mut"),
    "por-aprobar": (_("Por aprobar"), "warn"),
    "programada": (_("Programada"), "mut"),
    "en-cola": (_("En cola"), "info"),
    "fallida": (_("No enviada"), "bad"),
    "enviada": (_("Enviada"), "info"),
    "rebotada": (_("Rebotada"), "bad"),
    "abierta": (_("Abierta"), "acc"),
    "descargada": (_("Descargada"), "acc"),
    "pagada": (_("Pagada"), "ok"),
}
CHOICES = [(code, label) for code, (label, _tone) in _LABELS.items()]


@dataclass(frozen=True)
class Stage:
    """The furthest an invoice got; `at` when, if known."""

    code: str
    at: datetime | None = None

    @property
    def label(self) -> str:
        return str(_LABELS[self.code][0])

    @property
    def tone(self) -> str:
        return _LABELS[self.code][1]


def stage_of(
    invoice: Invoice, mails: Iterable[OutgoingMail], follow: FollowUp | None, now: datetime
) -> Stage:
    """The word for an issued invoice. A bounce nobody mended wins over having been opened: there
    is something to do about it; being paid wins over everything."""
    if invoice.outstanding_cents == 0 and invoice.charged_cents:
        return Stage("pagada")
    if follow is not None and follow.bounced_at:
        return Stage("rebotada", follow.bounced_at)
    if follow is not None and follow.downloaded_at:
        return Stage("descargada", follow.downloaded_at)
    if follow is not None and follow.opened_at:
        return Stage("abierta", follow.opened_at)
    last: dict[str, OutgoingMail] = {}
    for mail in mails:
        last[mail.status] = mail
    if MailStatus.SENT in last:
        return Stage("enviada", last[MailStatus.SENT].sent_at)
    if MailStatus.HELD in last:
        return Stage("por-aprobar", last[MailStatus.HELD].not_before)
    for status in (MailStatus.SENDING, MailStatus.QUEUED):
        if status in last:
            mail = last[status]
            return Stage("programada" if _is_later(mail, now) else "en-cola", mail.not_before)
    if MailStatus.FAILED in last:
        return Stage("fallida", last[MailStatus.FAILED].created_at)
    return Stage("sin-enviar")


def _is_later(mail: OutgoingMail, now: datetime) -> bool:
    return bool(mail.zone) and mail.not_before > now


_sent = Prepared(
    lambda: (
        OutgoingMail.objects.filter(Among("about_id", "ids"), about_type=ABOUT)
        .exclude(status=MailStatus.CANCELLED)
        .only("id", "about_id", "status", "sent_at", "not_before", "zone", "created_at")
        .order_by("id")
    )
)
_followed = Prepared(lambda: FollowUp.objects.filter(Among("invoice_id", "ids")))


def asked(invoices: Sequence[Invoice]) -> tuple[Question, Question]:
    """What `stages` asks: their mails and what happened to them."""
    ids = [invoice.pk for invoice in invoices if invoice.status == Status.ISSUED]
    return (_sent, {"ids": ids}), (_followed, {"ids": ids})


_held = Prepared(lambda: how_many(OutgoingMail.objects.filter(status=MailStatus.HELD)))


def held_count() -> int:
    """How many mails wait for somebody to let them go."""
    return _held.first()[0]


def stages(invoices: Sequence[Invoice]) -> dict[int, Stage]:
    """The stage of each issued invoice of a list."""
    sent, followed = (prepared.all(**values) for prepared, values in asked(invoices))
    mails: dict[int, list[OutgoingMail]] = defaultdict(list)
    for mail in sent:
        mails[mail.about_id or 0].append(mail)
    follows = {row.invoice_id: row for row in followed}
    now = timezone.now()
    return {
        invoice.pk: stage_of(invoice, mails[invoice.pk], follows.get(invoice.pk), now)
        for invoice in invoices
        if invoice.status == Status.ISSUED
    }


# --- the same words as conditions ---------------------------------------------------------------


def _mails(*statuses: str, **more: Any) -> Any:
    """Invoices with a mail in one of those states; looked up from each invoice."""
    return Exists(
        OutgoingMail.objects.filter(
            about_type=ABOUT, about_id=OuterRef("pk"), status__in=statuses, **more
        )
    )


def _follow(**conditions: Any) -> Any:
    return Exists(FollowUp.objects.filter(invoice=OuterRef("pk"), **conditions))


def narrow(rows: QuerySet, codes: list[str]) -> QuerySet:
    """Only the invoices in one of those stages; exactly those whose column says so."""
    now = timezone.now()
    paid = Q(outstanding_cents=0) & ~Q(charged_cents=0)
    bounced = Q(_follow(bounced_at__isnull=False))
    downloaded = Q(_follow(downloaded_at__isnull=False))
    opened = Q(_follow(opened_at__isnull=False))
    sent = Q(_mails(MailStatus.SENT))
    held = Q(_mails(MailStatus.HELD))
    waiting = Q(_mails(MailStatus.QUEUED, MailStatus.SENDING))
    later = Q(_mails(MailStatus.QUEUED, not_before__gt=now, zone__gt=""))
    failed = Q(_mails(MailStatus.FAILED))
    untouched = ~paid & ~bounced & ~downloaded & ~opened
    ours: dict[str, Callable[[], Q]] = {
        "pagada": lambda: paid,
        "rebotada": lambda: ~paid & bounced,
        "descargada": lambda: ~paid & ~bounced & downloaded,
        "abierta": lambda: ~paid & ~bounced & ~downloaded & opened,
        "enviada": lambda: untouched & sent,
        "por-aprobar": lambda: untouched & ~sent & held,
        "programada": lambda: untouched & ~sent & ~held & later,
        "en-cola": lambda: untouched & ~sent & ~held & waiting & ~later,
        "fallida": lambda: untouched & ~sent & ~held & ~waiting & failed,
        "sin-enviar": lambda: untouched & ~sent & ~held & ~waiting & ~failed,
    }
    chosen = Q()
    for code in codes:
        chosen |= ours[code]()
    return rows.filter(chosen, status=Status.ISSUED)


# --- the page of an invoice ---------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step of the way; `at` None: not yet."""

    label: str
    at: datetime | None
    note: str = ""
    tone: str = ""


def steps(invoice: Invoice, mails: list[OutgoingMail], follow: FollowUp | None) -> list[Step]:
    """Programada, enviada, rebotada, abierta, descargada, pagada, with when each was."""
    alive = [mail for mail in mails if mail.status != MailStatus.CANCELLED]
    found: list[Step] = []
    waiting = [m for m in alive if m.status in (MailStatus.QUEUED, MailStatus.HELD) and m.zone]
    if waiting:
        mail = waiting[-1]
        held = mail.status == MailStatus.HELD
        label = _LABELS["por-aprobar" if held else "programada"][0]
        found.append(Step(str(label), mail.not_before, mail.zone, "warn" if held else "info"))
    sent = [mail.sent_at for mail in alive if mail.sent_at]
    found.append(Step(str(_("Enviada")), min(sent) if sent else None))
    if follow is not None and follow.bounced_at:
        found.append(Step(str(_("Rebotada")), follow.bounced_at, follow.bounce_reason, "bad"))
    opened = follow.opened_at if follow is not None else None
    downloaded = follow.downloaded_at if follow is not None else None
    found.append(Step(str(_("Abierta")), opened, _times(follow.opens if follow else 0)))
    found.append(Step(str(_("Descargada")), downloaded, _times(follow.downloads if follow else 0)))
    found.append(Step(str(_("Pagada")), _paid_at(invoice), "", "ok"))
    return found


def _times(count: int) -> str:
    return str(_("%(n)s veces") % {"n": count}) if count > 1 else ""


def _paid_at(invoice: Invoice) -> datetime | None:
    if invoice.outstanding_cents or not invoice.charged_cents:
        return None
    rows = Entry.objects.filter(invoice=invoice).exclude(kind=EntryKind.CHARGE)
    return rows.order_by("-id").values_list("at", flat=True).first()
