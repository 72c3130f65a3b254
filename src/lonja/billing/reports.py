"""What home, the client's page and the invoice page ask across tables. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from django.db.models import Count, DateField, DurationField, ExpressionWrapper, F, Q, Sum

from lonja.accounts.ahead import Question
from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import Among, Prepared, Slot
from lonja.accounts.seen import Seen, how_many
from lonja.billing.kinds import codes, kind_of
from lonja.billing.models import (
    DeliveryNote,
    Entry,
    EntryKind,
    FollowUp,
    Invoice,
    InvoiceReference,
    MonthlySales,
    ReferenceRole,
    SendingRule,
    Series,
    SeriesYear,
)
from lonja.billing.terms_due import (
    BY_INVOICE,
    BY_PARTY,
    later_terms,
    moved,
    not_due_yet,
    terms_not_due,
)
from lonja.kit.dates import add_months
from lonja.mail.models import MailStatus
from lonja.parties.figures import ByParty
from lonja.parties.merging import family, family_of
from lonja.parties.models import Kind as PartyKind
from lonja.parties.models import Party
from lonja.tax.invoicing import recap_deadline

# Upper end of each age of debt, in days after it fell due; None: any later.
AGES: tuple[tuple[str, int | None], ...] = (("current", 0), ("30", 30), ("60", 60), ("more", None))

# Without what the invoices that one takes the place of had counted already.
_SOLD = F("base_cents") - F("replaced_base_cents")


@dataclass(frozen=True)
class Debt:
    """What is owed to us on a day."""

    outstanding: int
    overdue: int
    count: int
    overdue_count: int
    ages: dict[str, int]  # current, 30 (1-30 days), 60 (31-60), more


def sales_by_month(member: Membership, today: date, months: int = 12) -> list[int]:
    """Sales without tax of each of the last months, this one at the end.

    Whoever sees only its own gets its own; the rest, the totals kept when issuing.
    """
    first = add_months(today.replace(day=1), 1 - months)
    starts = [add_months(first, step) for step in range(months + 1)]
    if not member.sees_only_own:
        sales = MonthlySales.objects.visible_to(member).filter(month__gte=first)
        kept = sales.order_by().values_list("month").annotate(cents=Sum("base_cents"))
        found = dict(kept)
        return [found.get(start, 0) for start in starts[:-1]]
    # One pass with a condition a month: truncating each date would call Python on SQLite.
    invoices = Invoice.objects.visible_to(member).issued().filter(issued_on__gte=first)
    sums = {
        f"m{step}": Sum(_SOLD, filter=Q(issued_on__gte=start, issued_on__lt=end))
        for step, (start, end) in enumerate(pairwise(starts))
    }
    totals = invoices.order_by().aggregate(**sums)
    return [totals[f"m{step}"] or 0 for step in range(months)]


def debt(member: Membership, today: date) -> Debt:
    """Everything the member may see that is still to collect. Two queries: over open invoices, and
    over the terms of the overdue ones that have them."""
    rows = Invoice.objects.visible_to(member).unpaid().filter(outstanding_cents__gt=0)
    ages = {f"age_{name}": partial(_of_age, name, today) for name, _days in AGES}
    owed = later_terms(rows, today).aggregate(**moved(ages))
    total = count = late = 0
    # By day, in the order of the index: a condition for each age over each invoice takes thrice.
    days = rows.order_by().values_list("next_due_on")
    for day, cents, many in days.annotate(cents=Sum("outstanding_cents"), many=Count("pk")):
        total, count = total + cents, count + many
        if day is not None:
            owed[f"age_{_age_on(day, today)}"] += cents
            late += many if day < today else 0
    by_age = {name: owed[f"age_{name}"] for name, _days in AGES}
    return Debt(total, total - by_age["current"], count, late, by_age)


_overdue_count = Seen(Invoice, lambda rows: how_many(rows.overdue(Slot("today", DateField()))))


def overdue_count(member: Membership, today: date) -> int:
    """`debt(…).overdue_count` by itself: what «Inicio» says first."""
    return _overdue_count.count(member, today=today)


def _age_on(day: date, today: date) -> str:
    """Which of `AGES` what fell due on that day is of."""
    for name, days in AGES:
        if days is None or day >= today - timedelta(days=days):
            return name
    raise AssertionError("the last age has no end")


def _of_age(age: str, today: date, column: str) -> Q:
    """What falls due, by a column of dates, at one of `AGES`."""
    after: date | None = None
    for name, days in AGES:
        when = Q(**{f"{column}__lt": after}) if after is not None else Q()
        after = today - timedelta(days=days) if days is not None else None
        if after is not None:
            when &= Q(**{f"{column}__gte": after})
        if name == age:
            return when
    raise KeyError(age)


def oldest_overdue(member: Membership, today: date, limit: int = 3) -> list[Invoice]:
    """The invoices overdue since longest, each with what is overdue of it as `late_cents`."""
    # No join: with one, PostgreSQL starts from the clients and sorts everything.
    rows = Invoice.objects.visible_to(member).overdue(today).prefetch_related("party")
    found = list(rows.order_by("next_due_on", "pk")[:limit])
    late = {row.pk: row.outstanding_cents for row in found}
    if any(row.instalment_terms for row in found):
        shown = Invoice.objects.filter(pk__in=list(late))
        for pk, cents in not_due_yet(shown, today, BY_INVOICE).items():
            late[pk] -= cents
    for row in found:
        row.late_cents = late[row.pk]  # type: ignore[attr-defined]
    return found


_TODAY = DateField()


def _of_parties(rows: Any) -> Any:
    return rows.filter(Among("party_id", "parties")).order_by()


def _summed(rows: Any, cents: Any) -> Any:
    return _of_parties(rows).values_list("party_id").annotate(cents=cents)


# Still to collect from each; what is in its favour is `balances.credit_by_party`.
outstanding_by_party = ByParty(
    Seen(
        Invoice,
        lambda rows: _summed(
            rows.unpaid().filter(outstanding_cents__gt=0), Sum("outstanding_cents")
        ),
    )
)
# What is overdue of each on a day (`today`), if all of its terms had fallen due.
whole_overdue_by_party = ByParty(
    Seen(
        Invoice, lambda rows: _summed(rows.overdue(Slot("today", _TODAY)), Sum("outstanding_cents"))
    )
)
_later_by_party = Seen(
    Invoice,
    lambda rows: terms_not_due(
        _of_parties(rows.overdue(Slot("today", _TODAY))), Slot("today", _TODAY), BY_PARTY
    ),
)
# Billed to each after a day (`after`) and up to `today`, without tax.
billed_between_by_party = ByParty(
    Seen(
        Invoice,
        lambda rows: _summed(
            rows.issued().filter(
                issued_on__gt=Slot("after", _TODAY), issued_on__lte=Slot("today", _TODAY)
            ),
            Sum(_SOLD),
        ),
    )
)


def overdue_by_party(member: Membership, party_ids: Iterable[int], today: date) -> dict[int, int]:
    """What is overdue of each on a day, by terms, with that of those merged into it."""
    found = whole_overdue_by_party(member, party_ids, today=today)
    if not found:
        return found
    members = family(party_ids)
    for party_id, cents in _later_by_party.all(member, parties=list(members), today=today):
        found[members[party_id]] -= cents
    return found


def billed_by_party(member: Membership, party_ids: Iterable[int], today: date) -> dict[int, int]:
    """Billed to each in the twelve months up to today, without tax."""
    return billed_between_by_party(member, party_ids, after=add_months(today, -12), today=today)


def _own_entries(member: Membership) -> Any:
    rows = Entry.objects.visible_to(member)
    if member.sees_only_own:
        rows = rows.filter(invoice__agent_id__in=member.subordinate_ids())
    return rows


_took = ExpressionWrapper(F("on") - F("invoice__issued_on"), output_field=DurationField())
# (party, days from issuing to each payment added, payments) of those after a day that stand.
paid_by_party = Seen(
    Entry,
    lambda rows: (
        _of_parties(rows)
        .filter(kind=EntryKind.PAYMENT, undone_by__isnull=True, on__gt=Slot("after", _TODAY))
        .values_list("party_id")
        .annotate(took=Sum(_took), n=Count("pk"))
    ),
    see=_own_entries,
)


def collection_days_by_party(
    member: Membership, party_ids: Iterable[int], today: date
) -> dict[int, int]:
    """Average days from issuing to each payment of the last twelve months that stands."""
    members = family(party_ids)
    found = paid_by_party.all(member, parties=list(members), after=add_months(today, -12))
    days: dict[int, tuple[float, int]] = {}
    for party, spent, n in found:
        root = members.get(party, party)
        before, counted = days.get(root, (0.0, 0))
        days[root] = (before + spent.total_seconds() / 86400, counted + n)
    return {party: max(0, round(spent / n)) for party, (spent, n) in days.items()}


def next_number(series: Series, year: int) -> str:
    """The number the next invoice of the series would get."""
    counter = SeriesYear.objects.filter(series=series, year=year).first()
    return series.number_for(year, counter.next_number if counter is not None else 1)


def last_issue_date(series: Series, year: int) -> date | None:
    rows = SeriesYear.objects.filter(series=series, year=year)
    return rows.values_list("last_issued_on", flat=True).first()


def possible_advances(
    member: Membership, invoice: Invoice, *, always: Iterable[int | None] = (), limit: int = 30
) -> list[Invoice]:
    """Issued invoices of the client of a draft that it may deduct as advances, the newest first:
    in its currency, not rectificativas, and not deducted by another. `always`: ids kept anyway."""
    rows = Invoice.objects.visible_to(member).issued()
    rows = rows.filter(
        party_id__in=family_of(invoice.party.root_id),
        company_id=invoice.company_id,
        currency=invoice.currency,
        total_cents__gt=0,
        kind__in=codes(corrects=False, qualified=False, names_recipient=True),
    )
    used = InvoiceReference.objects.filter(role=ReferenceRole.ADVANCE, target__isnull=False)
    used = used.exclude(invoice_id=invoice.pk).exclude(target_id__in=list(always))
    rows = rows.exclude(pk__in=used.values("target_id"))
    return list(rows.order_by("-issued_on", "-pk")[:limit])


def relations(invoice: Invoice) -> list[tuple[ReferenceRole, str, int | None, bool]]:
    """(role, number, id if ours, whether this one names the other) of each invoice it names and of
    each issued one that names it. One query."""
    rows = InvoiceReference.objects.filter(
        Q(invoice=invoice) | Q(target=invoice, invoice__status="issued")
    ).select_related("invoice")
    found = []
    for row in rows.order_by("pk"):
        mine = row.invoice_id == invoice.pk
        number, pk = (row.number, row.target_id) if mine else (row.invoice.number, row.invoice_id)
        found.append((ReferenceRole(row.role), number, pk, mine))
    return found


def others_to_correct(member: Membership, invoice: Invoice, limit: int = 30) -> list[Invoice]:
    """Other issued invoices of the client that a rectificativa may correct with this one."""
    rows = (
        Invoice.objects.visible_to(member)
        .issued()
        .filter(
            party_id__in=family_of(invoice.party.root_id),
            company_id=invoice.company_id,
            currency=invoice.currency,
            kind__in=codes(corrects=False, gross_prices=kind_of(invoice.kind).gross_prices),
        )
    )
    return list(rows.exclude(pk=invoice.pk).order_by("-issued_on", "-pk")[:limit])


MAIL_TONES = {
    MailStatus.HELD: "warn",
    MailStatus.QUEUED: "info",
    MailStatus.SENDING: "info",
    MailStatus.SENT: "ok",
    MailStatus.FAILED: "bad",
}


@dataclass(frozen=True)
class RecapGroup:
    """Albaranes of a client and month that no invoice has, and the last day to gather them."""

    party: Party
    month: date
    count: int
    base_cents: int
    last_day: date
    days_left: int


def pending_recaps(
    member: Membership, today: date, company: Company | None = None
) -> list[RecapGroup]:
    """Pending albaranes (of a company, if told) by client and month, the most urgent first. One
    query."""
    if company is None:
        notes = _pending_notes.all(member)
    else:
        rows = DeliveryNote.objects.visible_to(member).filter(company=company)
        notes = list(_not_invoiced(rows))
    sums: dict[tuple[int, date], list[Any]] = {}
    for note in notes:
        found = sums.setdefault((note.party_id, note.month), [note.party, 0, 0])
        found[1] += 1
        found[2] += note.base_cents
    groups = []
    for (_pk, month), (party, count, base) in sums.items():
        last = recap_deadline(month, to_business=party.kind != PartyKind.CONSUMER)
        groups.append(RecapGroup(party, month, count, base, last, (last - today).days))
    return sorted(groups, key=lambda group: (group.last_day, group.party.name))


def _not_invoiced(rows: Any) -> Any:
    rows = rows.filter(invoice__isnull=True).select_related("party")
    return rows.order_by("delivered_on")[:2000]


_pending_notes = Seen(DeliveryNote, _not_invoiced)


def oldest_pending_month(company: Company, party: Party) -> date | None:
    """The first month of a client with albaranes to invoice."""
    rows = DeliveryNote.objects.filter(company=company, party=party, invoice__isnull=True)
    day = rows.order_by("delivered_on").values_list("delivered_on", flat=True).first()
    return day.replace(day=1) if day is not None else None


def told_rule(member: Membership, party: Party) -> str:
    """What «Condiciones» says of a client."""
    found = _own_rule.first(party=party.pk) or _general_rule.first()
    return (found or SendingRule()).short


def rule_asked(party: Party) -> Sequence[Question]:
    """What `told_rule` asks."""
    return (_own_rule, {"party": party.pk}), (_general_rule, {})


# Asked by every page of a client.
_own_rule = Prepared(
    lambda: (
        SendingRule.objects.filter(party_id=Slot("party"))
        .select_related("company")
        .order_by("pk")[:1]
    )
)
_general_rule = Prepared(lambda: SendingRule.objects.filter(party__isnull=True).order_by("pk")[:1])


def bounced_count(member: Membership) -> int:
    """Invoices the member may see whose mail came back and nobody has sent again."""
    return _bounced.count(member)


def _with_a_bounce(rows: Any) -> Any:
    bounced = FollowUp.objects.filter(bounced_at__isnull=False).values("invoice")
    return how_many(rows.issued().filter(pk__in=bounced))


_bounced = Seen(Invoice, _with_a_bounce)
