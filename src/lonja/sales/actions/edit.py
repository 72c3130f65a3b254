"""Making and changing quotes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.activity.models import Event
from lonja.catalogue.pricing import price_list_of, warning_of
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.sales import snapshot as snapshots
from lonja.sales.actions.locking import locked_quote
from lonja.sales.actions.opportunities import follow_quotes
from lonja.sales.actions.pricing import price_lines, refuse_bad_lines, refuse_withdrawn
from lonja.sales.actions.signers import set_signers
from lonja.sales.models import PublicLink, Quote, QuoteCounter, QuoteLine, QuoteStatus
from lonja.sales.policy import MOST_LINES, settings_of, too_many_lines

EDITABLE = (
    "title",
    "valid_until",
    "agent",
    "contact_name",
    "email",
    "greeting",
    "conditions",
    "global_discount_pct",
    "price_list",
    "deposit_pct",
    "probability_pct",
    "expected_on",
    "service_starts_on",
    "service_time",
    "party",
)
LINE_FIELDS = (
    "product",
    "concept",
    "detail",
    "quantity",
    "unit",
    "unit_price",
    "discount_pct",
    "tax_category",
    "optional",
    "chosen",
    "every",
    "unit_of_time",
    "section",
    "section_detail",
    "group",
    "min_quantity",
    "max_quantity",
)
# Autosave writes every two seconds; the history says once in ten minutes who was editing.
QUIET = timedelta(minutes=10)


@transaction.atomic
def create_quote(*, company: Company, party: Party, by: Membership | None, **fields: Any) -> Quote:
    """A draft with its number (P2026/0001), of the agent who makes it, with the tarifa of the
    client and the usual terms of the company (`QuoteSettings`)."""
    today = company.today()
    usual = settings_of(company)
    name, email = reader_of(party)
    fields.setdefault("agent", by or party.agent)
    fields.setdefault("contact_name", name)
    fields.setdefault("email", email)
    fields.setdefault("conditions", usual.conditions)
    fields.setdefault("deposit_pct", usual.deposit_pct)
    if "price_list" not in fields:
        tarifa = price_list_of(party, company)
        fields["price_list"] = tarifa if tarifa and tarifa.retired_at is None else None
    quote = Quote.objects.create(
        company=company,
        party=party,
        number=QuoteCounter.take(company, today.year),
        created_on=today,
        valid_until=fields.pop("valid_until", None) or today + timedelta(days=usual.valid_days),
        created_by=by,
        **fields,
    )
    record(by, "sales.quote_created", quote, number=quote.number)
    return quote


def reader_of(party: Party) -> tuple[str, str]:
    """(name, e-mail) of whom a quote of the client is for."""
    main = party.contacts.filter(is_main=True).first() or party.contacts.first()
    return main.name if main else "", (main.email if main else "") or party.email


@transaction.atomic
def save_quote(
    quote: Quote,
    *,
    fields: dict[str, Any],
    lines: Sequence[dict[str, Any]],
    edited: int,
    by: Membership,
) -> Quote:
    """Write a draft: its fields (EDITABLE) and its lines in order, with their amounts.

    A line with a product and `untouched` takes the price of the tarifa for its quantity; the others
    keep the price they bring. Changing the client changes the tarifa, the contact and the e-mail,
    each unless another is given too, and takes the quote out of the oferta of the other client.
    `edited` is the count the screen was opened with: if somebody saved meanwhile it raises
    Refused("quote_changed"). A sent quote raises Refused("quote_not_draft").
    """
    if len(lines) > MOST_LINES:
        raise too_many_lines()
    quote = locked_quote(quote)
    refuse_unless_draft(quote)
    if quote.edited != edited:
        who = quote.edited_by.name if quote.edited_by else "Lonja"
        at = quote.updated_at.astimezone(quote.company.zone)
        raise Refused(
            "quote_changed",
            _(
                "%(who)s guardó cambios a las %(at)s. Lo tuyo sigue aquí: copia lo que necesites y "
                "recarga la página para ver los suyos."
            )
            % {"who": who, "at": f"{at:%H:%M}"},
        )
    moved = "party" in fields and fields["party"].pk != quote.party_id
    same = {
        name
        for name in ("price_list", "contact_name", "email")
        if fields.get(name, getattr(quote, name)) == getattr(quote, name)
    }
    for name in EDITABLE:
        if name in fields:
            setattr(quote, name, fields[name])
    left = _move_to_client(quote, same, by) if moved else None
    refuse_bad_percents(quote)
    if quote.valid_until < quote.created_on:
        message = _("La validez termina antes de la fecha del presupuesto (%(date)s).")
        raise Refused(
            "quote_validity",
            message % {"date": f"{quote.created_on:%d/%m/%Y}"},
            field="valid_until",
        )
    rows = [
        QuoteLine(quote=quote, position=n, **{k: v for k, v in line.items() if k in LINE_FIELDS})
        for n, line in enumerate(lines, 1)
    ]
    refuse_bad_lines(rows)
    refuse_withdrawn(quote, rows)
    price_lines(quote, rows, [bool(line.get("untouched")) for line in lines])
    write_amounts(quote, rows)
    quote.edited += 1
    quote.edited_by = by
    quote.save()
    quote.lines.all().delete()
    QuoteLine.objects.bulk_create(rows)
    for offer_id in {quote.opportunity_id, left}:
        if offer_id is not None:
            follow_quotes(offer_id)
    _record_edit(quote, by)
    return quote


def _move_to_client(quote: Quote, same: set[str], by: Membership) -> int | None:
    """Another client: its tarifa and reader, where nobody gave others, without the signers of the
    first and out of its oferta, whose id is returned."""
    if quote.signers.exists():
        set_signers(quote, [], by=by)
    if "price_list" in same:
        quote.price_list = price_list_of(quote.party, quote.company)
    name, email = reader_of(quote.party)
    if "contact_name" in same:
        quote.contact_name = name
    if "email" in same:
        quote.email = email
    left = quote.opportunity_id
    quote.opportunity, quote.alternative = None, ""
    return left


def refuse_bad_percents(quote: Quote) -> None:
    for name, text in (
        ("global_discount_pct", _("El descuento tiene que estar entre 0 y 100 %.")),
        ("deposit_pct", _("El anticipo tiene que estar entre 0 y 100 %.")),
    ):
        if not 0 <= getattr(quote, name) <= 100:
            raise Refused("quote_percent", text, field=name)


def write_amounts(quote: Quote, rows: Sequence[QuoteLine]) -> None:
    """Put the totals (lonja.tax) on the quote and its lines, without saving."""
    numbers = snapshots.figures(snapshots.take(quote, rows))
    for key, row in enumerate(rows, 1):
        row.net_cents = int(numbers.nets[key].scaleb(2))
    quote.base_cents = numbers.base_cents
    quote.total_cents = numbers.total_cents
    quote.recurring_base_cents = numbers.recurring_base_cents
    quote.recurring_monthly_cents = numbers.recurring_monthly_cents


def _record_edit(quote: Quote, by: Membership) -> None:
    last = (
        Event.objects.filter(target_type="sales.quote", target_id=quote.pk).order_by("-id").first()
    )
    fresh = last is not None and last.at > timezone.now() - QUIET and last.actor_id == by.pk
    if not (fresh and last.verb in ("sales.quote_edited", "sales.quote_created")):
        record(by, "sales.quote_edited", quote, total_cents=quote.total_cents)


def refuse_unless_draft(quote: Quote) -> None:
    if quote.status != QuoteStatus.DRAFT:
        raise Refused(
            "quote_not_draft",
            _(
                "El presupuesto %(number)s ya se envió y no se puede cambiar. Crea una versión "
                "nueva para modificarlo."
            )
            % {"number": quote.number},
        )


@transaction.atomic
def duplicate_quote(quote: Quote, *, by: Membership) -> Quote:
    """A new draft with the same client and lines, dated today and at today's prices.

    A price put by hand stays, and is compared with today's tarifa. A tarifa that is over gives way
    to that of the client; products no longer offered come in as plain lines with their price.
    """
    today = quote.company.today()
    tarifa = quote.price_list
    over = tarifa is not None and (tarifa.retired_at is not None or warning_of(tarifa, today))
    copy = create_quote(
        company=quote.company,
        party=quote.party,
        by=by,
        title=quote.title,
        contact_name=quote.contact_name,
        email=quote.email,
        greeting=quote.greeting,
        conditions=quote.conditions,
        global_discount_pct=quote.global_discount_pct,
        deposit_pct=quote.deposit_pct,
        probability_pct=quote.probability_pct,
        service_time=quote.service_time,
        **({} if over else {"price_list": tarifa}),
    )
    rows, untouched = [], []
    for line in quote.lines.select_related("product"):
        line.pk, line.quote = None, copy
        if line.product is not None and not line.product.is_active:
            line.product = None
        untouched.append(line.product is not None and not line.price_by_hand)
        rows.append(line)
    price_lines(copy, rows, untouched)
    write_amounts(copy, rows)
    copy.save()
    QuoteLine.objects.bulk_create(rows)
    record(by, "sales.quote_duplicated", copy, source=quote.number)
    return copy


@transaction.atomic
def new_version(quote: Quote, *, by: Membership) -> Quote:
    """Open a sent, rejected or signed quote for changes: it becomes the draft of version n + 1.

    The earlier link stops working (it says that there is a newer one). A signed version keeps its
    signature and its PDF untouched. Raises Refused("quote_started") once the service began.
    """
    quote = locked_quote(quote)
    if quote.service_started_at is not None:
        raise Refused(
            "quote_started",
            _(
                "El servicio de %(number)s ya está de alta. Para ofrecer algo más, duplica el "
                "presupuesto."
            )
            % {"number": quote.number},
        )
    quote.move_to(QuoteStatus.DRAFT)
    quote.version += 1
    quote.edited += 1
    quote.edited_by = by
    quote.accepted_at = quote.rejected_at = None
    quote.reject_reason = ""
    quote.first_viewed_at = quote.last_viewed_at = None
    quote.views = 0
    today = quote.company.today()
    if quote.valid_until < today:
        quote.valid_until = today + timedelta(days=settings_of(quote.company).valid_days)
    quote.save()
    if quote.opportunity_id is not None:
        follow_quotes(quote.opportunity_id)
    PublicLink.objects.filter(quote=quote, revoked_at=None).update(revoked_at=timezone.now())
    record(by, "sales.quote_reopened", quote, version=quote.version)
    return quote
