"""How a quote is being read, for its page: visits of people, robots apart, seconds by section."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.activity.models import Event
from lonja.billing.models import Invoice
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.sales.models import Quote, QuoteContact, QuoteVisit, Verdict
from lonja.sales.robots import reason_words
from lonja.subscriptions.models import Plan
from lonja.tasks.models import InteractionKind
from lonja.ui.formats import duration

# What the pages of the customer measure (`data-part` in their templates) and how it is called.
SECTIONS = {
    "resumen": _("Importe y validez"),
    "conceptos": _("Conceptos"),
    "condiciones": _("Condiciones"),
    "firma": _("Página de la firma"),
}
# Of the concepts, each section that the company wrote: with the key of one of its lines.
_SECTION = "seccion-%s"
# Somebody whose page spoke within this time is still there.
WATCHING = timedelta(seconds=75)
_SHOWN = 200
_ICONS = {"call": "phone", "visit": "map-pin", "note": "note", "mail": "mail"}


@dataclass(frozen=True)
class Part:
    """A section, or an option, with the seconds somebody had it in front."""

    label: str
    seconds: int
    percent: int
    changes: int = 0
    on: bool | None = None

    @property
    def time(self) -> str:
        return seconds_text(self.seconds)


@dataclass(frozen=True)
class Visit:
    """A visit as its line says it."""

    row: QuoteVisit
    why: str
    time: str


@dataclass(frozen=True)
class Reading:
    people: list[Visit]
    robots: list[Visit]
    team: int
    parts: list[Part]
    options: list[Part]
    watching: bool
    downloads: int

    @property
    def devices(self) -> int:
        return len({visit.row.device for visit in self.people})


def seconds_text(seconds: int) -> str:
    """«45 s», «2 min 05 s», «1 h 12 min»."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return duration(timedelta(seconds=seconds))


def reading(quote: Quote, lines: Sequence[Mapping[str, Any]], now: datetime) -> Reading:
    """The last visits and what they looked at in the version in force: one query.

    `lines` are those of the version (`key`, `concept`, `optional`, `section`).
    """
    rows = list(QuoteVisit.objects.filter(quote=quote).order_by("-id")[:_SHOWN])
    people = [row for row in rows if row.verdict == Verdict.HUMAN]
    current = [row for row in people if row.version == quote.version]
    return Reading(
        people=[_told(row) for row in people],
        robots=[_told(row) for row in rows if row.verdict == Verdict.ROBOT],
        team=sum(1 for row in rows if row.verdict == Verdict.TEAM),
        parts=_parts(current, lines),
        options=_options(current, lines),
        watching=any(now - row.last_at < WATCHING for row in people),
        downloads=sum(row.downloads for row in people),
    )


def _told(row: QuoteVisit) -> Visit:
    return Visit(row, reason_words(row.reason), seconds_text(row.seconds) if row.seconds else "")


def section_names(lines: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, str]]:
    """What a page may call each section of those lines → (which one it is, its title).

    A section is lines one after another under the same heading; any of them names it, because who
    signs second sees only those that were chosen.
    """
    names: dict[str, tuple[int, str]] = {}
    number, before = 0, ""
    for line in lines:
        title = line.get("section", "")
        number += title != before
        before = title
        if title:
            names[_SECTION % line["key"]] = (number, title)
    return names


def _parts(visits: Sequence[QuoteVisit], lines: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The parts of the page that were looked at, in its order; the concepts by their sections."""
    own = section_names(lines)
    seen: dict[str | int, int] = {}
    for visit in visits:
        for name, seconds in visit.sections.items():
            place = own[name][0] if name in own else name
            seen[place] = seen.get(place, 0) + seconds
    labels: dict[str | int, str] = {}
    for name, label in SECTIONS.items():
        if name == "conceptos":
            labels |= {number: _("Sección «%s»") % title for number, title in own.values()}
            label = _("Resto de los conceptos") if own else label
        labels[name] = str(label)
    most = max(seen.values(), default=0) or 1
    return [
        Part(str(label), seen[name], round(seen[name] * 100 / most))
        for name, label in labels.items()
        if seen.get(name)
    ]


def _options(visits: Sequence[QuoteVisit], lines: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The lines the customer could choose, with how they were left the last time."""
    seen: dict[str, dict[str, Any]] = {}
    for visit in reversed(visits):
        for key, told in visit.options.items():
            row = seen.setdefault(key, {"s": 0, "n": 0, "on": None})
            row["s"] += told.get("s", 0)
            row["n"] += told.get("n", 0)
            row["on"] = told.get("on", row["on"])
    most = max((row["s"] for row in seen.values()), default=0) or 1
    names = {str(line["key"]): line["concept"] for line in lines}
    return [
        Part(names[key], row["s"], round(row["s"] * 100 / most), row["n"], row["on"])
        for key, row in seen.items()
        if key in names
    ]


def contacts_of(quote: Quote) -> list[dict[str, Any]]:
    """The calls and mails about it that people wrote down, the newest first."""
    rows = QuoteContact.objects.filter(quote=quote, interaction__undone_at=None)
    rows = rows.select_related("interaction__member__user").order_by("-interaction__at", "-id")
    return [
        {
            "icon": _ICONS[row.interaction.kind],
            "kind": row.interaction.get_kind_display(),
            "result": row.interaction.get_result_display()
            if row.interaction.kind == InteractionKind.CALL
            else "",
            "row": row.interaction,
        }
        for row in rows[:30]
    ]


def phone_of(quote: Quote) -> str:
    """The phone of the person it is for, of the main contact, or of the client."""
    people = sorted(quote.party.contacts.all(), key=lambda one: (not one.is_main, one.pk))
    named = [one for one in people if one.name == quote.contact_name]
    found = [one.phone for one in (*named, *people) if one.phone]
    return (found or [quote.party.phone])[0]


def bounced_mail(mails: Sequence[OutgoingMail]) -> OutgoingMail | None:
    """The last mail to the customer, when it did not arrive."""
    ours = [m for m in mails if m.kind != "sales.notice" and m.status != MailStatus.CANCELLED]
    last = ours[0] if ours else None
    if last is None or not (last.bounced_at or last.status == MailStatus.FAILED):
        return None
    return last


def fingerprint(quote: Quote, plans: Sequence[Plan], now: datetime) -> str:
    """Changes when something of the live part of its page does: a few looks at indexes."""
    about: dict[str, Any] = {"about_type": "sales.quote", "about_id": quote.pk}
    visits = QuoteVisit.objects.filter(quote=quote)
    last = visits.aggregate(Max("id"), Max("last_at"), Sum("seconds"), Count("id"))
    events = Event.objects.filter(target_type="sales.quote", target_id=quote.pk)
    mails = OutgoingMail.objects.filter(**about).aggregate(
        Max("id"), Max("sent_at"), Max("bounced_at"), Sum("attempts")
    )
    spoken = QuoteContact.objects.filter(quote=quote, interaction__undone_at=None)
    billed: Any = ()
    if plans:
        billed = Invoice.objects.filter(obligations__plan__in=plans).aggregate(
            Max("id"), Count("id"), Max("number"), Sum("outstanding_cents")
        )
    watched = last["last_at__max"]
    parts = (
        (quote.status, quote.version, quote.views, quote.valid_until, quote.service_started_at),
        tuple(last.values()),
        watched is not None and now - watched < WATCHING,
        events.aggregate(Max("id"))["id__max"],
        tuple(mails.values()),
        tuple(spoken.aggregate(Max("id"), Count("id")).values()),
        tuple(billed.values()) if billed else (),
        timezone.localdate(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
