"""«Alta del servicio»: a signed quote becomes plans that invoice themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.sales.actions.deposit import asks_deposit
from lonja.sales.actions.handover import no_longer_asked
from lonja.sales.actions.locking import locked_again
from lonja.sales.choices import settled
from lonja.sales.models import Quote
from lonja.sales.paces import frequency
from lonja.sales.signing import signature_in_force
from lonja.sales.snapshot import QuoteSnapshot, SnapshotLine, figures
from lonja.subscriptions.actions.plans import start_plan
from lonja.subscriptions.models import Plan, WhenDue

Pace = tuple[str, int]  # unit of time ("" once) and every how many


@transaction.atomic
def start_service(
    quote: Quote,
    *,
    by: Membership | None,
    starts_on: date,
    send_time: time,
    paces: Mapping[int, Pace] | None = None,
    when_due: str = "send",
    until: date | None = None,
    emails: Sequence[str] = (),
) -> list[Plan]:
    """Make one plan for each pace of the signed lines, the first invoice on `starts_on`.

    `paces` (line key → unit and every) replaces what the quote says. With an advance (signed or
    billed), what is paid once is left as a draft, from which it is deducted. Done once for each
    quote: again it gives the same plans. Raises Refused: `quote_not_signed`, `start_in_the_past`,
    or what `start_plan` refuses.
    """
    quote = locked_again(quote.pk)
    if quote.service_started_at is not None:
        return plans_of(quote)
    signature = signature_in_force(quote)
    if signature is None:
        raise Refused(
            "quote_not_signed",
            _("El presupuesto %(number)s aún no está firmado.") % {"number": quote.number},
        )
    if starts_on < quote.company.today():
        raise Refused(
            "start_in_the_past",
            _("El servicio no puede empezar antes de hoy: la primera factura se emite ese día."),
            field="starts_on",
        )
    snapshot: QuoteSnapshot = settled(signature.version.content, signature.asked)
    once_due = WhenDue.DRAFT if asks_deposit(quote, signature) else when_due
    plans = []
    for pace, lines in groups(snapshot, signature.chosen_lines, paces).items():
        unit, every = pace
        plans.append(
            start_plan(
                company=quote.company,
                party=quote.party,
                name=_name(snapshot, lines, pace),
                lines=[_plan_line(line) for line in lines],
                unit=unit or "once",
                every=every,
                anchor=starts_on,
                send_time=send_time,
                until=until if unit else None,
                discount_pct=Decimal(snapshot["global_discount_pct"]),
                when_due=when_due if unit else once_due,
                emails=list(emails),
                origin=quote,
                by=by,
            )
        )
    quote.service_started_at = timezone.now()
    quote.service_starts_on, quote.service_time = starts_on, send_time
    quote.save()
    record(
        by,
        "sales.service_started",
        quote,
        starts_on=starts_on.isoformat(),
        plans=[plan.pk for plan in plans],
    )
    no_longer_asked(quote, by=by, at=quote.service_started_at)
    return plans


def groups(
    snapshot: QuoteSnapshot,
    chosen: Sequence[int],
    paces: Mapping[int, Pace] | None = None,
) -> dict[Pace, list[SnapshotLine]]:
    """The signed lines by the pace at which they will be invoiced."""
    taken = figures(snapshot, chosen).chosen
    grouped: dict[Pace, list[SnapshotLine]] = {}
    for line in snapshot["lines"]:
        if line["key"] not in taken:
            continue
        pace = (line["unit_of_time"], line["every"])
        if paces is not None and line["key"] in paces:
            pace = paces[line["key"]]
        grouped.setdefault(pace if pace[0] else ("", 1), []).append(line)
    return grouped


def plans_of(quote: Quote) -> list[Plan]:
    """The plans that this quote started."""
    return list(Plan.objects.filter(origin_type="sales.quote", origin_id=quote.pk).order_by("id"))


def _name(snapshot: QuoteSnapshot, lines: Sequence[SnapshotLine], pace: Pace) -> str:
    """Unlike for each pace: the name makes the alta of a quote repeatable."""
    what = lines[0]["concept"] if len(lines) == 1 else snapshot["title"] or snapshot["number"]
    tail = f" · {frequency(*pace)}"
    return what[: 160 - len(tail)] + tail


def _plan_line(line: SnapshotLine) -> dict[str, Any]:
    return {
        "product_id": line["product_id"],
        "concept": line["concept"],
        "detail": line["detail"],
        "quantity": Decimal(line["quantity"]),
        "unit": line["unit"],
        "unit_price": Decimal(line["unit_price"]),
        "discount_pct": Decimal(line["discount_pct"]),
        "tax_category": line["tax_category"],
    }
