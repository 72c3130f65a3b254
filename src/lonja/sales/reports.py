"""Reads about quotes: search, the client's tab, the steps of one, the weighted forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lonja.accounts.textsearch import filter_text
from lonja.activity.labels import Told, hidden_verbs, told
from lonja.activity.models import Event
from lonja.billing.models import Invoice
from lonja.documents.figures import SPANISH
from lonja.documents.figures import Figures as Writing
from lonja.kit.text import search_text
from lonja.mail.models import OutgoingMail
from lonja.sales.choices import groups_of, is_fractional, limits, limits_text, plain
from lonja.sales.models import Quote, QuoteStatus, Signature
from lonja.sales.paces import pace
from lonja.sales.paper import quantity_text
from lonja.sales.snapshot import Figures, QuoteSnapshot
from lonja.sales.weighted import in_force, offers_by_month
from lonja.ui.formats import money

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.subscriptions.models import Plan
    from lonja.ui.registry import Hit


def find_quotes(member: Membership, text: str, limit: int) -> list[Hit]:
    """For the palette: by number, title, client or NIF."""
    from lonja.ui.registry import Hit

    rows = Quote.objects.visible_to(member).select_related("party")
    found = filter_text(rows, search_text(text)[:100]) if text else rows
    return [
        Hit(
            f"{quote.number} · {quote.title}" if quote.title else quote.number,
            f"{quote.party.display_name} · {amount_text(quote)}",
            reverse("sales:quote", args=[quote.pk]),
            "file-text",
        )
        for quote in found.order_by("-created_on", "-pk")[:limit]
    ]


def amount_text(quote: Quote) -> str:
    """«4.375,36 €», «35,00 €/mes» (without tax) or both."""
    only_recurring = not quote.total_cents and quote.recurring_base_cents
    parts = [] if only_recurring else [money(quote.total_cents)]
    if quote.recurring_monthly_cents:
        parts.append(_("%(amount)s/mes") % {"amount": money(quote.recurring_monthly_cents)})
    return " + ".join(parts)


def amount_cell(quote: Quote) -> SafeString:
    return format_html('<span class="tn nowrap">{}</span>', amount_text(quote))


def expiring(rows: QuerySet) -> QuerySet:
    """Those that wait for an answer and end within seven days."""
    today = timezone.localdate()
    return rows.filter(
        status__in=[QuoteStatus.DRAFT, QuoteStatus.SENT],
        valid_until__gte=today,
        valid_until__lte=today + timedelta(days=7),
    )


@dataclass(frozen=True)
class Badge:
    label: str
    tone: str


def state_badge(quote: Quote, today: date) -> Badge:
    """What the state is called: «Visto» is a sent quote that was opened, «Caducado» a late one."""
    if quote.is_expired(today):
        return Badge(_("Caducado"), "mut")
    if quote.status == QuoteStatus.SENT and quote.views:
        return Badge(_("Visto"), "acc")
    tone = {
        QuoteStatus.DRAFT: "mut",
        QuoteStatus.SENT: "info",
        QuoteStatus.ACCEPTED: "ok",
        QuoteStatus.REJECTED: "bad",
    }[QuoteStatus(quote.status)]
    return Badge(str(quote.get_status_display()), tone)


@dataclass(frozen=True)
class Step:
    label: str
    at: datetime | None
    current: bool = False


def steps(quote: Quote, billed_at: datetime | None = None) -> list[Step]:
    """Creado › Enviado › Visto › Firmado › Facturado (or Rechazado), with when each happened."""
    reached = [
        (_("Creado"), quote.created_at),
        (_("Enviado"), quote.sent_at if quote.status != QuoteStatus.DRAFT else None),
        (_("Visto"), quote.first_viewed_at),
    ]
    if quote.status == QuoteStatus.REJECTED:
        reached.append((_("Rechazado"), quote.rejected_at))
    else:
        reached += [(_("Firmado"), quote.accepted_at), (_("Facturado"), billed_at)]
    last = max(n for n, (_label, at) in enumerate(reached) if at is not None)
    return [Step(label, at, n == last) for n, (label, at) in enumerate(reached)]


def billed_at(invoices: Sequence[Invoice]) -> datetime | None:
    """When the first invoice that came of it was issued."""
    return min((one.issued_at for one in invoices if one.issued_at), default=None)


def history(quote: Quote, member: Membership, limit: int = 60) -> list[Told]:
    events = (
        Event.objects.filter(target_type="sales.quote", target_id=quote.pk)
        .exclude(verb__in=hidden_verbs(member))
        .order_by("-id")
    )
    return [told(event) for event in events[:limit]]


def last_refusal(quote: Quote) -> str:
    """Why the alta did not follow the signature, while it has not."""
    if quote.status != QuoteStatus.ACCEPTED or quote.service_started_at is not None:
        return ""
    event = (
        Event.objects.filter(
            target_type="sales.quote", target_id=quote.pk, verb="sales.start_refused"
        )
        .order_by("-id")
        .first()
    )
    return event.data.get("reason", "") if event else ""


def signatures(quote: Quote) -> list[Signature]:
    """Every signature of the quote, the newest version first, with its signed PDF if made."""
    return list(
        Signature.objects.filter(version__quote=quote)
        .select_related("version")
        .prefetch_related("documents__pdf")
        .order_by("-version__version")
    )


def mails(quote: Quote) -> list[OutgoingMail]:
    """Its last mails, without the notices to ourselves."""
    rows = OutgoingMail.objects.filter(about_type="sales.quote", about_id=quote.pk)
    rows = rows.exclude(kind="sales.notice")
    return list(rows.order_by("-id")[:10])


def line_texts(
    content: QuoteSnapshot, numbers: Figures | None, write: Writing = SPANISH
) -> list[dict[str, Any]]:
    """The lines of a version as screens show them: amount, quantity, pace, whether it is in, and
    what the customer may change of it."""
    if numbers is None:
        return []
    firsts = {name: rows[0]["key"] for name, rows in groups_of(content).items()}
    told = []
    for line in numbers.lines:
        low, high = limits(line)
        group = line.get("group", "")
        told.append(
            {
                **line,
                "amount": write.money(numbers.nets[line["key"]]),
                "how": quantity_text(line, write),
                "pace": pace(line["unit_of_time"], line["every"]),
                "on": line["key"] in numbers.chosen,
                "group": group,
                "group_first": bool(group) and firsts[group] == line["key"],
                "field": f"opcion-{firsts[group]}" if group else "opcion",
                "changes": low is not None,
                "low": low,
                "high": high if line.get("max_quantity") is not None else None,
                "min": plain(low) if low is not None else "",
                "max": plain(high) if line.get("max_quantity") is not None else "",
                "step": "any" if is_fractional(line) else "1",
                "limits": limits_text(line, write) if low is not None else "",
            }
        )
    return told


def section_texts(
    lines: list[dict[str, Any]], numbers: Figures | None, write: Writing = SPANISH
) -> list[dict[str, Any]]:
    """Those lines by section: title, detail, what the lines that are in come to, lines."""
    sections: list[dict[str, Any]] = []
    for line in lines:
        title, detail = line.get("section", ""), line.get("section_detail", "")
        if not sections or sections[-1]["title"] != title:
            sections.append(
                {
                    "n": len(sections),
                    "mark": line["key"],  # the same whoever looks: `n` counts what is shown
                    "title": title,
                    "detail": detail,
                    "lines": [],
                    "paces": {},
                }
            )
        sections[-1]["lines"].append(line)
        if line["on"] and numbers is not None:
            paces = sections[-1]["paces"]
            paces[line["pace"]] = paces.get(line["pace"], Decimal(0)) + numbers.nets[line["key"]]
    for section in sections:
        sums = [f"{write.money(net)} {name}".strip() for name, net in section.pop("paces").items()]
        section["subtotal"] = " + ".join(sums) or write.money(0)
    return sections


def invoices_of(plans: Sequence[Plan]) -> list[Invoice]:
    """The latest invoices of the plans a quote started."""
    return list(
        Invoice.objects.filter(obligations__plan__in=plans).order_by("-issued_on", "-id")[:12]
    )


def open_count(member: Membership, party_id: int) -> int:
    """Quotes of a client still to be answered."""
    rows = Quote.objects.visible_to(member).filter(
        party_id=party_id, status__in=[QuoteStatus.DRAFT, QuoteStatus.SENT]
    )
    return rows.count()


def waiting(member: Membership) -> tuple[int, bool]:
    """For the side bar: signed quotes whose service nobody started yet."""
    rows = Quote.objects.visible_to(member).filter(
        status=QuoteStatus.ACCEPTED, service_started_at=None
    )
    return rows.count(), True


def weighted_by_month(member: Membership, months: Sequence[date]) -> dict[date, int]:
    """Cents without tax that the open quotes may bring in each month (first days, in order).

    A sent quote in force counts its base × probability in the month it is expected (or expires);
    its recurring part counts each month from then on. Open ofertas that no such quote speaks for
    count their own amount; of the alternatives of an oferta only the dearest counts.
    """
    if not months:
        return {}
    rows = (
        in_force(Quote.objects.visible_to(member), timezone.localdate())
        .annotate(month=TruncMonth(Coalesce("expected_on", "valid_until")))
        .values("month")
        .annotate(
            once=Sum(F("base_cents") * F("probability_pct")),
            monthly=Sum(F("recurring_monthly_cents") * F("probability_pct")),
        )
        .order_by("month")
    )
    weighted = dict.fromkeys(months, 0)
    for row in rows:
        start = max(row["month"], months[0])  # what was expected earlier is expected now
        for month in months:
            if month == start:
                weighted[month] += row["once"] or 0
            if month >= start:
                weighted[month] += row["monthly"] or 0
    for month, cents in offers_by_month(member, months).items():
        if month in weighted:
            weighted[month] += cents
    return {month: (value + 50) // 100 for month, value in weighted.items()}
