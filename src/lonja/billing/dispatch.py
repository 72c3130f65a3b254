"""Whether the mail of an invoice leaves, when, and with whose permission."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Q
from django.urls import NoReverseMatch
from django.utils import timezone

from lonja.accounts.bulk import insert_rows
from lonja.accounts.models import Company, Membership
from lonja.accounts.schedule import calendar_for
from lonja.accounts.scope import current_organisation_id
from lonja.billing.hooks import attachments_of
from lonja.billing.models import CustomerLink, FollowUp, Invoice, SendingRule, SendWhen
from lonja.billing.sending import Composers, mail_for
from lonja.billing.working_days import next_working_day
from lonja.kit.worktime import Calendar
from lonja.mail import Attach, bulk_queue_mail
from lonja.parties.models import Party
from lonja.ui.urls import global_url

APPROVE = "mail.approve"


@dataclass(frozen=True)
class Departure:
    """When a mail leaves. `zone`: where its hour was said; empty when nobody chose one."""

    at: datetime
    zone: str = ""
    hold: bool = False


class Rules:
    """The sending rules of some companies and clients, read once."""

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        wanted = list(invoices)
        self._rows: dict[tuple[int, int | None], SendingRule] = {}
        self._calendars: dict[int, Calendar] = {}
        self._roots: dict[int, int] = {}
        if not wanted:
            return
        companies = {invoice.company_id for invoice in wanted}
        self._roots = {one.party_id: one.party.root_id for one in wanted}
        parties = set(self._roots.values())
        rows = SendingRule.objects.filter(
            Q(party__isnull=True) | Q(party_id__in=parties), company_id__in=companies
        )
        self._rows = {(row.company_id, row.party_id): row for row in rows}

    def company(self, company: Company) -> SendingRule:
        """The rule of a company; the usual one when it never said."""
        place = (company.pk, None)
        rule = self._rows.get(place)
        if rule is None:
            rule = self._rows[place] = SendingRule(company_id=company.pk)
        rule.company = company
        return rule

    def of(self, invoice: Invoice) -> SendingRule:
        """The rule of the client, or of the company."""
        party_id = self._roots.get(invoice.party_id, invoice.party_id)
        own = self._rows.get((invoice.company_id, party_id))
        if own is None:
            return self.company(invoice.company)
        own.company = invoice.company
        return own

    def calendar(self, company: Company) -> Calendar:
        """When the company works; asked only for who sends on working days."""
        if company.pk not in self._calendars:
            self._calendars[company.pk] = calendar_for(company)
        return self._calendars[company.pk]


def rule_of(company: Company, party: Party | None = None) -> SendingRule:
    """The rule saved for that client (or for the company), or a new one with what applies."""
    found = SendingRule.objects.filter(company=company, party=party).first()
    if found is None:
        found = SendingRule(company=company, party=party)
    found.company = company
    return found


def hour_of(rule: SendingRule, now: datetime, calendar: Calendar) -> Departure:
    """The next working day of the company at the hour of the rule."""
    zone = rule.zone_info
    day = next_working_day(now.astimezone(zone).date(), calendar)
    return Departure(datetime.combine(day, rule.hour, tzinfo=zone), str(zone))


def depart(
    invoice: Invoice,
    rules: Rules,
    *,
    by: Membership | None,
    now: datetime,
    send: bool | None,
    at: datetime | None = None,
    zone: str = "",
) -> Departure | None:
    """When its mail leaves, or None when it does not.

    `send` None: as the rule of the client or the company says. A chosen `at` wins over the rule.
    Held when the company wants somebody to approve and `by` is not one who may.
    """
    rule = rules.of(invoice)
    if send is False or (send is None and rule.send_when == SendWhen.MANUAL):
        return None
    if at is not None:
        chosen = Departure(at, zone or str(invoice.company.zone))
    elif rule.send_when == SendWhen.WORKDAY:
        chosen = hour_of(rule, now, rules.calendar(invoice.company))
    else:
        chosen = Departure(now)
    needs = rules.company(invoice.company).needs_approval
    hold = needs and (by is None or not by.can(APPROVE))
    return Departure(chosen.at, chosen.zone, hold)


# --- the customer's page ------------------------------------------------------------------------


def link_url(token: str, base_url: str = "") -> str:
    """The address a customer opens; empty when the installation does not know its own address."""
    base = settings.PUBLIC_URL or base_url
    if not base:
        return ""
    try:
        return f"{base}{global_url('portal:invoice', token)}"
    except NoReverseMatch:
        return ""


def link_columns(invoice: Invoice, rule: SendingRule, now: datetime) -> dict[str, Any]:
    return {
        "company_id": invoice.company_id,
        "party_id": invoice.party_id,
        "invoice_id": invoice.pk,
        "with_account": rule.with_account,
        "expires_at": now + timedelta(days=rule.link_days),
    }


def live_link(invoice: Invoice) -> CustomerLink | None:
    """The newest link of an invoice that opens."""
    rows = CustomerLink.objects.filter(
        invoice=invoice, revoked_at=None, expires_at__gt=timezone.now()
    )
    return rows.order_by("-pk").first()


def open_link(invoice: Invoice, rules: Rules | None = None) -> CustomerLink:
    """The link of an invoice that opens, made if there is none."""
    found = live_link(invoice)
    if found is not None:
        return found
    rules = rules or Rules([invoice])
    columns = link_columns(invoice, rules.company(invoice.company), timezone.now())
    return CustomerLink.make(current_organisation_id(), **columns)


# --- a batch ------------------------------------------------------------------------------------


def mails_of(
    departures: Sequence[tuple[Invoice, Departure, Sequence[str]]],
    rules: Rules,
    *,
    by: Membership | None,
    now: datetime,
    base_url: str = "",
    extra: Mapping[int, Sequence[Attach]] | None = None,
    composers: Composers | None = None,
) -> list[dict[str, Any]]:
    """The mails of invoices just issued, ready for `bulk_queue_mail`, and their links written.

    `extra`: the files beside the PDF of each (`hooks.attachments_of`).
    """
    organisation_id = current_organisation_id()
    composers = composers or Composers()
    links: list[dict[str, Any]] = []
    mails: list[dict[str, Any]] = []
    has_page = bool(link_url("x", base_url))
    for invoice, departure, emails in departures:
        url = ""
        if has_page:
            columns = link_columns(invoice, rules.company(invoice.company), now)
            token, row = CustomerLink.row(organisation_id, **columns)
            links.append(row)
            url = link_url(token, base_url)
        beside = (extra or {}).get(invoice.pk, ())
        mail = mail_for(invoice, emails, link=url, composers=composers, extra=beside)
        if mail is not None:
            mails.append({**mail, **as_mail(departure, by)})
    insert_rows(CustomerLink, links)
    return mails


class Asked(Protocol):
    """What is asked of the mail of an invoice that is being issued (`actions.issue.Pending`)."""

    invoice: Invoice
    send: bool | None
    emails: Sequence[str]
    send_at: datetime | None
    zone: str


@dataclass(slots=True)
class Leaving:
    """What `leave` found out, for the mails that `queue` writes."""

    rules: Rules
    going: list[tuple[Invoice, Departure, Sequence[str]]]
    by: Membership | None
    now: datetime
    composers: Composers
    beside: Callable[[], Mapping[int, Sequence[Attach]]]

    def queue(self, issued: Iterable[Invoice], base_url: str = "") -> None:
        """Write the mails of those that were issued after all. Asks the database nothing of most
        of them."""
        done = {id(invoice) for invoice in issued}
        going = [one for one in self.going if id(one[0]) in done]
        if going:
            bulk_queue_mail(
                mails_of(
                    going,
                    self.rules,
                    by=self.by,
                    now=self.now,
                    base_url=base_url,
                    extra=self.beside(),
                    composers=self.composers,
                )
            )


def leave(batch: Sequence[Asked], *, by: Membership | None, now: datetime) -> Leaving:
    """Which of them leave by mail and when, before anything is locked; it is put on the invoice
    too, unsaved."""
    asked = [one for one in batch if one.send is not False]
    leaving = Leaving(Rules(one.invoice for one in asked), [], by, now, Composers(), dict)
    for one in asked:
        invoice = one.invoice
        if not (one.emails or invoice.party.mail_addresses):
            continue
        departure = depart(
            invoice, leaving.rules, by=by, now=now, send=one.send, at=one.send_at, zone=one.zone
        )
        if departure is not None:
            invoice.mailed_at = now
            leaving.going.append((invoice, departure, one.emails))
            leaving.composers.of(invoice).read()
    leaving.beside = attachments_of([invoice for invoice, _departure, _emails in leaving.going])
    return leaving


def as_mail(departure: Departure, by: Membership | None) -> dict[str, Any]:
    """The keys of `queue_mail` that say when."""
    return {
        "not_before": departure.at,
        "zone": departure.zone,
        "hold": departure.hold,
        "asked_by": by,
    }


def forget_bounce(invoice: Invoice) -> None:
    """It is sent again: the old bounce is history."""
    FollowUp.objects.filter(invoice=invoice, bounced_at__isnull=False).update(
        bounced_at=None, bounce_reason=""
    )
