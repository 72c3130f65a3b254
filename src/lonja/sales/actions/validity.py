"""Before a quote expires: reminding the customer, and giving more time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.activity.models import Event
from lonja.documents.figures import writing_to
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.mail.outbox import queue_mail
from lonja.sales import paper
from lonja.sales import snapshot as snapshots
from lonja.sales.actions.send import expires_at, live_link, send_quote
from lonja.sales.links import link_url
from lonja.sales.models import PublicLink, Quote, QuoteStatus
from lonja.sales.paper_totals import tax_name
from lonja.sales.policy import settings_of

MOST_DAYS = 366


@transaction.atomic
def extend_validity(quote: Quote, *, until: date, by: Membership | None) -> Quote:
    """Let a draft or a sent quote be answered until a later day. The same day again is nothing.

    What was sent does not change (the PDF keeps its date): the link lives longer, and the page
    says the new day. Raises Refused: `quote_state`, `validity_earlier`, `validity_far`.
    """
    quote = Quote.objects.locked(quote)
    if quote.status not in (QuoteStatus.DRAFT, QuoteStatus.SENT):
        raise Refused(
            "quote_state",
            _("El presupuesto %(number)s ya está contestado.") % {"number": quote.number},
        )
    if until == quote.valid_until:
        return quote
    today = quote.company.today()
    if until < max(quote.valid_until, today):
        raise Refused(
            "validity_earlier",
            _("Elige un día posterior al %(date)s.")
            % {"date": format_date(max(quote.valid_until, today))},
            field="until",
        )
    if until > today + timedelta(days=MOST_DAYS):
        raise Refused("validity_far", _("Elige un día de los próximos doce meses."), field="until")
    before, quote.valid_until = quote.valid_until, until
    quote.edited += 1  # an editor that is open would write the earlier day again
    quote.edited_by = by
    quote.save(update_fields=["valid_until", "edited", "edited_by", "updated_at"])
    PublicLink.objects.filter(quote=quote, version__version=quote.version, revoked_at=None).update(
        expires_at=expires_at(quote)
    )
    record(
        by,
        "sales.quote_extended",
        quote,
        until=format_date(until),
        before=format_date(before),
    )
    return quote


def resend(quote: Quote, *, by: Membership | None) -> PublicLink:
    """Mail the link again to whom it was sent. Raises Refused as `send_quote`, or `quote_state`
    for one that was not sent and `email_missing` when nobody is known."""
    if quote.status != QuoteStatus.SENT:
        raise Refused(
            "quote_state",
            _("%(number)s no está enviado y pendiente de respuesta.") % {"number": quote.number},
        )
    link = live_link(quote)
    to = [link.signer_email] if link.signer_email else addresses_of(quote)
    return send_quote(quote, by=by, to=to, base_url=base_of(quote))


def addresses_of(quote: Quote) -> list[str]:
    """Whom the version in force was mailed to, or who would be."""
    sent = _last(quote, "sales.quote_sent", data__version=quote.version)
    if sent is not None and sent.data.get("to"):
        return list(sent.data["to"])
    return quote.party.quote_emails or ([quote.email] if quote.email else [])


def base_of(quote: Quote) -> str:
    """How the installation was reached when the quote was published (jobs have no request)."""
    published = _last(quote, "sales.quote_published")
    return settings.PUBLIC_URL or (published.data.get("base", "") if published else "")


def _last(quote: Quote, verb: str, **more: Any) -> Event | None:
    rows = Event.objects.filter(target_type="sales.quote", target_id=quote.pk, verb=verb, **more)
    return rows.order_by("-id").first()


def remind_due(company: Company, today: date) -> int:
    """Remind the customers of the quotes about to expire, once for each day of the settings; again
    when they were given more time. Returns how many mails were queued."""
    rules = settings_of(company)
    days = sorted({int(day) for day in rules.reminder_days if 0 < int(day) < 100})
    if not rules.reminders_on or not days:
        return 0
    rows = Quote.objects.filter(
        company=company,
        status=QuoteStatus.SENT,
        valid_until__gte=today,
        valid_until__lte=today + timedelta(days=days[-1]),
    ).select_related("company", "party", "agent__user")
    return sum(remind(quote, days, today) for quote in rows.order_by("pk"))


@transaction.atomic
def remind(quote: Quote, days: list[int], today: date) -> bool:
    """Queue the reminder that is due today, unless the quote was answered or is too fresh.

    Of several days that came together only the nearest is sent.
    """
    quote = Quote.objects.locked(quote)
    if quote.status != QuoteStatus.SENT or quote.sent_at is None:
        return False
    left = (quote.valid_until - today).days
    due = next((day for day in days if left <= day), None)
    sent_on = quote.sent_at.astimezone(quote.company.zone).date()
    if due is None or sent_on >= quote.valid_until - timedelta(days=due):
        return False
    done = Event.objects.filter(
        target_type="sales.quote",
        target_id=quote.pk,
        verb="sales.quote_reminded",
        data__version=quote.version,
        data__days=due,
        data__valid_until=quote.valid_until.isoformat(),
    )
    if done.exists():
        return False
    link = live_link(quote)
    to = [link.signer_email] if link.signer_email else addresses_of(quote)
    if not to:
        return False
    content = link.version.content
    context = {
        "quote": quote,
        "company": quote.company,
        "greeting": paper.greeting(content),
        "url": link_url(link.token, base_of(quote)),
        "agent": quote.agent,
        "left": left,
    }
    language = snapshots.language_of(content)
    with writing_to(language) as write:
        until = write.day(quote.valid_until)
        numbers = snapshots.figures(content)
        context |= {
            "headline": numbers.headline_in(write),
            "tax": tax_name(numbers.parts),
            "valid_until": until,
        }
        queue_mail(
            to=to,
            subject=_("El presupuesto %(number)s caduca el %(date)s")
            % {"number": quote.number, "date": until},
            text=render_to_string("sales/mail/reminder.txt", context),
            html=render_to_string("sales/mail/reminder.html", context),
            reply_to=quote.agent.user.email if quote.agent else "",
            about=quote,
            company=quote.company,
            kind="sales.reminder",
            language=language,
            key=f"sales.reminder:{quote.pk}:{quote.version}:{due}:{quote.valid_until:%Y%m%d}",
        )
    record(
        None,
        "sales.quote_reminded",
        quote,
        version=quote.version,
        days=due,
        valid_until=quote.valid_until.isoformat(),
        to=to,
    )
    return True
