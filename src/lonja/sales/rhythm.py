"""How often quotes are sent, opened and signed, and what each signature took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone

from lonja.mail.models import MailStatus, OutgoingMail
from lonja.sales.models import Quote, QuoteContact, QuoteStatus
from lonja.sales.suggestions import MAIL_KINDS
from lonja.tasks.models import InteractionKind

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

WEEKS = 12
WINDOW = timedelta(days=90)


@dataclass(frozen=True)
class Rhythm:
    """Of the quotes a member may see. `by_week`: sent in each of the last WEEKS, this one last."""

    by_week: list[int]
    sent: int
    opened: int
    signed: int
    efforts: Decimal | None  # calls and mails for each signed quote; None: nothing signed

    @property
    def this_week(self) -> str:
        return str(self.by_week[-1])

    @property
    def efforts_text(self) -> str:
        return str(self.efforts).replace(".", ",")

    @property
    def opened_pct(self) -> int | None:
        return round(self.opened * 100 / self.sent) if self.sent else None

    @property
    def signed_pct(self) -> int | None:
        return round(self.signed * 100 / self.sent) if self.sent else None


def rhythm_of(member: Membership, now: datetime) -> Rhythm:
    """The last 90 days (by the day it was sent or signed) and the weeks since twelve ago."""
    mine = Quote.objects.visible_to(member)
    today = timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    sent = mine.filter(sent_at__gte=now - WINDOW).aggregate(
        sent=Count("pk"),
        opened=Count("pk", filter=Q(first_viewed_at__isnull=False)),
        signed=Count("pk", filter=Q(accepted_at__isnull=False)),
    )
    moments = mine.filter(sent_at__gte=timezone.make_aware(_midnight(first)))
    weeks = Counter(
        (timezone.localdate(at) - first).days // 7
        for at in moments.values_list("sent_at", flat=True)
        if at is not None
    )
    return Rhythm(
        by_week=[weeks.get(n, 0) for n in range(WEEKS)],
        sent=sent["sent"],
        opened=sent["opened"],
        signed=sent["signed"],
        efforts=_efforts(mine.filter(status=QuoteStatus.ACCEPTED, accepted_at__gte=now - WINDOW)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _efforts(signed: object) -> Decimal | None:
    """Calls and mails, of the program and written down, for each of those quotes."""
    ids = signed.values("pk")  # type: ignore[attr-defined]
    count = signed.count()  # type: ignore[attr-defined]
    if not count:
        return None
    spoken = QuoteContact.objects.filter(
        quote__in=ids,
        interaction__undone_at=None,
        interaction__kind__in=(InteractionKind.CALL, InteractionKind.MAIL),
    ).count()
    mails = OutgoingMail.objects.filter(
        about_type="sales.quote", about_id__in=ids, kind__in=MAIL_KINDS
    ).exclude(status=MailStatus.CANCELLED)
    return (Decimal(spoken + mails.count()) / count).quantize(Decimal("0.1"))
