"""What to do next with each open quote: rules in order, the first that holds is the suggestion.

A rule is a condition of the database, so that the list, its filter, the page of the quote and the
spreadsheet cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.mail.models import MailStatus, OutgoingMail
from lonja.sales.models import Quote, QuoteContact, QuoteQuestion, QuoteVisit, Verdict
from lonja.tasks.models import InteractionKind, Task
from lonja.ui import formats

# Mails to the customer about a quote; notices to ourselves are not.
MAIL_KINDS = ("sales.quote", "sales.reminder", "sales.answer")
NOW = timedelta(minutes=2)
OFTEN = 3  # visits in a day
UNOPENED, COLD, ELSEWHERE = timedelta(days=5), timedelta(days=7), timedelta(days=3)

Condition = Callable[[datetime, date], Q]


@dataclass(frozen=True)
class Rule:
    """`words(row, now)` says it; `act` is the one-click action: mend, call, share, extend or
    nothing."""

    code: str
    label: Any
    tone: str
    act: str
    holds: Condition
    words: Callable[[Any, datetime], str]


def _days(since: datetime | None, now: datetime) -> int:
    if since is None:
        return 0
    here = timezone.get_current_timezone()
    return (now.astimezone(here).date() - since.astimezone(here).date()).days


def _ago(number: int) -> str:
    return ngettext("hace %(n)s día", "hace %(n)s días", number) % {"n": number}


def _not_spoken(since: Any) -> Q:
    """Nobody spoke with the customer after that moment."""
    return Q(last_contact_at=None) | Q(last_contact_at__lt=since)


def _expiry(row: Any, now: datetime) -> str:
    today = now.astimezone(timezone.get_current_timezone()).date()
    when = _t("hoy") if row.valid_until == today else _t("mañana")
    return _t("Caduca %(when)s: amplía la validez") % {"when": when}


RULES: tuple[Rule, ...] = (
    Rule(
        "rebotado",
        _("El correo no llegó"),
        "bad",
        "mend",
        lambda _now, _today: (
            Q(last_mail_bounced_at__isnull=False) | Q(last_mail_status=MailStatus.FAILED)
        ),
        lambda _row, _now: _t("El correo no llegó: corrige la dirección"),
    ),
    Rule(
        "pregunta",
        _("Hizo una pregunta"),
        "warn",
        "call",
        lambda _now, _today: Q(asked_at__isnull=False) & _not_spoken(F("asked_at")),
        lambda row, now: (
            _t("Preguntó %(when)s: contesta") % {"when": formats.near_date(row.asked_at).lower()}
        ),
    ),
    Rule(
        "viendo",
        _("Lo está viendo ahora"),
        "acc",
        "call",
        lambda now, _today: Q(last_viewed_at__gte=now - NOW),
        lambda _row, _now: _t("Lo está viendo ahora: llama"),
    ),
    Rule(
        "caducado",
        _("Caducado"),
        "mut",
        "extend",
        lambda _now, today: Q(valid_until__lt=today),
        lambda row, _now: (
            _t("Caducó el %(date)s: amplía la validez o ciérralo")
            % {"date": formats.full_date(row.valid_until)}
        ),
    ),
    Rule(
        "caduca",
        _("Caduca hoy o mañana"),
        "warn",
        "extend",
        lambda _now, today: Q(valid_until__lte=today + timedelta(days=1)),
        _expiry,
    ),
    Rule(
        "planeado",
        _("Con tarea pendiente"),
        "mut",
        "",
        lambda _now, _today: Q(has_task=True),
        lambda _row, _now: _t("Tiene una tarea pendiente"),
    ),
    Rule(
        "muchas-veces",
        _("Visto varias veces hoy"),
        "acc",
        "call",
        lambda _now, _today: Q(views_today__gte=OFTEN) & _not_spoken(F("last_viewed_at")),
        lambda row, _now: _t("Visto %(n)s veces hoy: llama") % {"n": row.views_today},
    ),
    Rule(
        "otra-persona",
        _("Lo vio alguien más"),
        "acc",
        "call",
        lambda now, _today: Q(elsewhere_at__gte=now - ELSEWHERE) & _not_spoken(F("elsewhere_at")),
        lambda _row, _now: _t("Lo ha abierto alguien más: pregunta quién decide"),
    ),
    Rule(
        "sin-abrir",
        _("Sin abrir desde hace 5 días"),
        "warn",
        "share",
        lambda now, _today: Q(views=0, sent_at__lte=now - UNOPENED),
        lambda row, now: (
            _t("Enviado %(ago)s sin abrir: reenvía por otro medio")
            % {"ago": _ago(_days(row.sent_at, now))}
        ),
    ),
    Rule(
        "callado",
        _("Visto y callado 7 días"),
        "warn",
        "call",
        lambda now, _today: (
            Q(views__gt=0, last_viewed_at__lte=now - COLD) & _not_spoken(now - COLD)
        ),
        lambda row, now: (
            _t("Visto %(ago)s y sin noticias: llama")
            % {"ago": _ago(_days(row.last_viewed_at, now))}
        ),
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
CHOICES = [(rule.code, rule.label) for rule in RULES]
# Those that ask for something today: the number in «Inicio» and of the tab «Piden algo».
WAITING = [rule.code for rule in RULES if rule.act and rule.code != "caducado"]


def _contacts(*kinds: str) -> QuerySet:
    return QuoteContact.objects.filter(
        quote=OuterRef("pk"), interaction__undone_at=None, interaction__kind__in=kinds
    )


def _number(rows: QuerySet, group: str, what: Any = None) -> Any:
    """How many, looked up from each row."""
    counted = rows.order_by().values(group).annotate(found=what or Count("pk")).values("found")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def facts(rows: QuerySet[Quote], now: datetime) -> QuerySet[Quote]:
    """What the rules and the columns ask of each quote, computed by the database."""
    local = now.astimezone(timezone.get_current_timezone())
    midnight = datetime.combine(local.date(), time(0), tzinfo=local.tzinfo)
    visits = QuoteVisit.objects.filter(quote=OuterRef("pk"), verdict=Verdict.HUMAN)
    mails = OutgoingMail.objects.filter(
        about_type="sales.quote", about_id=OuterRef("pk"), kind__in=MAIL_KINDS
    ).exclude(status=MailStatus.CANCELLED)
    asked = QuoteQuestion.objects.filter(quote=OuterRef("pk"), answered_at=None)
    spoken = (InteractionKind.CALL, InteractionKind.VISIT, InteractionKind.MAIL)
    last = _contacts(*spoken).order_by().values("quote").annotate(at=Max("interaction__at"))
    tasks = Task.objects.filter(origin_type="sales.quote", origin_id=OuterRef("pk"), closed_at=None)
    return rows.annotate(
        calls=_number(_contacts(InteractionKind.CALL), "quote"),
        written=_number(_contacts(InteractionKind.MAIL), "quote"),
        mailed=_number(mails, "about_id"),
        last_contact_at=Subquery(last.values("at")),
        asked_at=Subquery(asked.order_by("-id").values("asked_at")[:1]),
        views_today=_number(visits.filter(started_at__gte=midnight), "quote"),
        elsewhere_at=Subquery(
            visits.filter(elsewhere=True).order_by("-id").values("started_at")[:1]
        ),
        last_mail_status=Subquery(mails.order_by("-id").values("status")[:1]),
        last_mail_bounced_at=Subquery(mails.order_by("-id").values("bounced_at")[:1]),
        has_task=Exists(tasks),
    ).annotate(
        last_move_at=Greatest(
            Coalesce("sent_at", "created_at"),
            Coalesce("last_viewed_at", "created_at"),
            Coalesce("last_contact_at", "created_at"),
            Coalesce("asked_at", "created_at"),
        )
    )


def suggested(rows: QuerySet[Quote], now: datetime) -> QuerySet[Quote]:
    """The same quotes with `suggestion`: the code of the first rule that holds, or empty."""
    today = now.astimezone(timezone.get_current_timezone()).date()
    cases = [When(rule.holds(now, today), then=Value(rule.code)) for rule in RULES]
    return facts(rows, now).annotate(
        suggestion=Case(*cases, default=Value(""), output_field=CharField())
    )


def suggestion_of(quote: Quote, now: datetime) -> tuple[Rule, str] | None:
    """The rule and its words for an open quote; None when there is nothing to say."""
    row: Any = suggested(Quote.objects.filter(pk=quote.pk), now).get()
    rule = BY_CODE.get(row.suggestion)
    return (rule, rule.words(row, now)) if rule is not None else None
