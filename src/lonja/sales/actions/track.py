"""What the customer does with the page of a quote, written down as it happens.

Nothing the quote is or says depends on a robot: its rows are only shown apart (R32).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import speaking_to
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.activity.notices import notify
from lonja.mail import queue_mail
from lonja.mail.models import Bounce, OutgoingMail
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, Quote, QuoteStatus, QuoteVisit, Verdict
from lonja.sales.robots import CERTAIN, MANY_SECONDS, Around, Look, judge

# Silence of this long ends a visit: what comes later is another.
SAME_VISIT = timedelta(minutes=30)
# Above this, what a page tells is not believed nor kept.
MOST_SECONDS = 4 * 3600
MOST_NAMES = 60
MOST_VISITS = 2000
# In `Membership.preferences`: the notice comes by mail too.
WANTS_MAIL = "quote_viewing_mail"


def record_look(link: PublicLink, *, look: Look, at: datetime) -> QuoteVisit | None:
    """The page was asked for. Until its script tells that it is in front of somebody, a robot."""
    return _seen(link, look, at)


def record_view(
    link: PublicLink, *, visitor: Visitor, at: datetime, look: Look | None = None
) -> QuoteVisit | None:
    """The page is in front of somebody: count the visit if it is a person's, once for half an hour.

    Without `look`, the script of the page told it. None when the quote does not wait for an answer.
    """
    return _seen(link, look or Look(ip=visitor.ip, agent=visitor.device, runs=True), at)


def record_section(
    link: PublicLink,
    *,
    look: Look,
    at: datetime,
    sections: Mapping[str, int],
    options: Mapping[str, Mapping[str, Any]] | None = None,
    downloads: int = 0,
) -> QuoteVisit | None:
    """Add what was seen since the last word: seconds by section, options looked at and changed.

    `options`: key of the line → {"s": seconds, "n": changes, "on": bool}. Seconds beyond the time
    that really passed are not believed.
    """
    return _seen(
        link, replace(look, runs=True), at, sections, options or {}, downloads=min(downloads, 1)
    )


def confirm_visit(link: PublicLink, *, visitor: Visitor, at: datetime) -> QuoteVisit | None:
    """They answered: whoever it seemed, it was a person."""
    return _seen(link, Look(ip=visitor.ip, agent=visitor.device, pressed=True), at)


@transaction.atomic
def _seen(
    link: PublicLink,
    look: Look,
    at: datetime,
    sections: Mapping[str, int] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    downloads: int = 0,
) -> QuoteVisit | None:
    quote = Quote.objects.locked(link.quote_id)
    if quote.status != QuoteStatus.SENT or not link.is_live(at):
        return None
    visit = _visit(quote, link, look, at)
    if visit is None:
        return None
    if visit.verdict == Verdict.HUMAN and not (look.runs or look.pressed):
        return visit  # a request alone says nothing of a person, and writes nothing (R32)
    if sections is not None:
        _add(visit, sections, options or {}, link, at)
    else:
        visit.requests += 1
    visit.last_at = at
    was = visit.verdict
    if visit.pk is None or was == Verdict.ROBOT:
        _judge(quote, visit, look)
    if downloads and visit.verdict == Verdict.HUMAN:
        visit.downloads += downloads
    visit.save()
    if visit.verdict == Verdict.HUMAN:
        _count(quote, visit, at, is_new=was != Verdict.HUMAN)
        if downloads:
            _downloaded(quote, visit)
    return visit


def _visit(quote: Quote, link: PublicLink, look: Look, at: datetime) -> QuoteVisit | None:
    """The visit this request belongs to: the same device and network or, for people, the same
    device (a phone that leaves the Wi-Fi). A new one is not saved yet."""
    team = look.team
    recent = QuoteVisit.objects.filter(link=link, last_at__gte=at - SAME_VISIT)
    recent = recent.filter(device=look.device).order_by("-id")
    ours = [row for row in recent[:20] if (row.verdict == Verdict.TEAM) == team]
    for row in ours:
        if row.network == look.network and (row.agent in ("", look.agent[:200])):
            return row
    for row in ours:
        if row.verdict == Verdict.HUMAN and judge(look, Around()).verdict == Verdict.HUMAN:
            return row
    if QuoteVisit.objects.filter(quote=quote)[:MOST_VISITS].count() >= MOST_VISITS:
        return None
    return QuoteVisit(
        quote=quote,
        link=link,
        version=quote.version,
        device=look.device,
        network=look.network,
        started_at=at,
        last_at=at,
        verdict=Verdict.ROBOT,
    )


def _judge(quote: Quote, visit: QuoteVisit, look: Look) -> None:
    rule = judge(look, Around())
    if rule.code not in CERTAIN:
        rule = judge(look, _around(quote, visit))
    # A page asked for again says less than one that was shown.
    if visit.pk is not None and rule.code == "silent":
        return
    visit.verdict, visit.reason = rule.verdict, rule.code
    visit.agent = look.agent[:200] if rule.verdict == Verdict.ROBOT else ""
    if rule.verdict == Verdict.HUMAN:
        devices = QuoteVisit.objects.filter(quote=quote).human().order_by("id")
        first = devices.values_list("device", flat=True).first()
        visit.elsewhere = first is not None and first != visit.device


def _around(quote: Quote, visit: QuoteVisit) -> Around:
    """What happened around the first request of the visit: a scanner asks at once, however long its
    browser stays on the page."""
    at = visit.started_at
    mails = OutgoingMail.objects.filter(
        about_type="sales.quote",
        about_id=quote.pk,
        kind__in=("sales.quote", "sales.reminder"),
        sent_at__lte=at,
    )
    left = mails.order_by("-sent_at").values_list("sent_at", flat=True).first()
    links = 0
    if visit.network:
        span = timedelta(seconds=MANY_SECONDS)
        near = QuoteVisit.objects.filter(
            network=visit.network, started_at__range=(at - span, at + span)
        )
        links = len(set(near.values_list("link_id", flat=True)[:50]) | {visit.link_id})
    return Around((at - left).total_seconds() if left else None, links)


def _add(
    visit: QuoteVisit,
    sections: Mapping[str, int],
    options: Mapping[str, Mapping[str, Any]],
    link: PublicLink,
    at: datetime,
) -> None:
    """Add seconds and changes, never more seconds than have passed since the visit began."""
    passed = min(int((at - visit.started_at).total_seconds()) + 2, MOST_SECONDS)
    left = max(0, passed - visit.seconds)
    seen = dict(visit.sections)
    told = {name[:40]: max(0, int(value)) for name, value in sections.items() if value > 0}
    for name, value in list(told.items())[:MOST_NAMES]:
        if name in seen or len(seen) < MOST_NAMES:
            value = min(value, left)
            seen[name] = seen.get(name, 0) + value
    visit.seconds += min(left, sum(told.values()))
    visit.sections = seen
    known = {str(line["key"]) for line in link.version.content["lines"]}
    chosen = {key: dict(value) for key, value in visit.options.items()}
    for key, option in options.items():
        if key not in known:
            continue
        row = chosen.setdefault(key, {"s": 0, "n": 0})
        row["s"] = min(row["s"] + max(0, int(option.get("s", 0))), passed)
        row["n"] = min(row["n"] + max(0, int(option.get("n", 0))), 999)
        if "on" in option:
            row["on"] = bool(option["on"])
    visit.options = chosen


def _count(quote: Quote, visit: QuoteVisit, at: datetime, *, is_new: bool) -> None:
    quote.last_viewed_at = at
    if is_new:
        quote.views += 1
        quote.first_viewed_at = quote.first_viewed_at or at
    quote.save(update_fields=["views", "first_viewed_at", "last_viewed_at"])
    if not is_new:
        return
    verb = "sales.quote_forwarded" if visit.elsewhere else "sales.quote_viewed"
    record(None, verb, quote, ip=visit.network, device=str(visit))
    _tell_viewing(quote, visit)


def _downloaded(quote: Quote, visit: QuoteVisit) -> None:
    if visit.downloads == 1:
        record(None, "sales.quote_downloaded", quote, ip=visit.network, device=str(visit))


def _tell_viewing(quote: Quote, visit: QuoteVisit) -> None:
    """A notice to whoever follows it, once for each visit."""

    def said() -> str:
        text = _("%(who)s está viendo %(number)s")
        if visit.elsewhere:
            text = _("Alguien más está viendo %(number)s de %(who)s (%(device)s)")
        return text % {"who": who_reads(quote), "number": quote.number, "device": str(visit)}

    key = f"sales.viewing:{visit.pk}"
    told = followers(quote)
    notify(told, "sales.viewing", said, about=quote, key=key)
    # A quote is followed by one person at most: its agent, or who made it.
    for one in told:
        if not one.is_active or not one.preferences.get(WANTS_MAIL):
            continue
        with speaking_to(one):
            words = {"said": said(), "client": quote.party.display_name, "device": str(visit)}
            queue_mail(
                to=[one.user.email],
                subject=words["said"],
                text=_("%(said)s (%(client)s, %(device)s). Es buen momento para llamar.") % words,
                about=quote,
                company=quote.company,
                kind="sales.notice",
                key=key,
            )


def mail_bounced(mail: OutgoingMail, bounce: Bounce) -> None:
    """The mail of a quote came back for good: history, and a notice to whoever follows it."""
    if mail.about_type != "sales.quote" or mail.kind == "sales.notice" or not bounce.is_hard:
        return
    quote = Quote.objects.filter(pk=mail.about_id).first()
    if quote is None:
        return
    record(None, "sales.quote_bounced", quote, to=bounce.recipient, reason=bounce.reason)
    notify(
        followers(quote),
        "sales.bounced",
        lambda: (
            _("El correo de %(number)s no llegó a %(to)s: corrige la dirección")
            % {"number": quote.number, "to": bounce.recipient}
        ),
        about=quote,
        key=f"sales.bounced:{bounce.pk}",
    )


def followers(quote: Quote) -> list[Membership]:
    """Whom to tell about a quote: its agent, or who made it when it has none."""
    pk = quote.agent_id or quote.created_by_id
    return list(Membership.objects.select_related("user").filter(pk=pk)) if pk else []


def who_reads(quote: Quote) -> str:
    """«Carmen», or the client when no person is named."""
    first = quote.contact_name.split(" ")[0]
    return first or quote.party.display_name
