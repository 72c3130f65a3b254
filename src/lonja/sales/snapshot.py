"""A quote as plain data: what is frozen when it is sent, and its amounts.

The editor, the preview, the public page, the PDF and the signature all read a snapshot, so that
they cannot differ. Numbers are text (exact decimals), dates ISO.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NotRequired, TypedDict

from lonja.documents.branding import initials
from lonja.documents.figures import SPANISH
from lonja.documents.figures import Figures as Writing
from lonja.kit.languages import DEFAULT, known
from lonja.kit.money import from_cents, round_cents, to_cents
from lonja.sales.choices import Quantities, plain, settled, taken_keys
from lonja.sales.models import Quote, QuoteLine
from lonja.sales.paces import pace
from lonja.tax.categories import category
from lonja.tax.documents import TaxLine
from lonja.tax.totals import TaxGroup, Totals, compute_totals, line_net


class SnapshotTax(TypedDict):
    """How a line is taxed, resolved on the day of the quote."""

    tax: str
    regime: str
    qualification: str | None
    exemption: str | None
    rate: str | None
    surcharge: str | None
    label: str  # «IVA 21 %», «Exenta (art. 20 LIVA)»


class SnapshotLine(TypedDict):
    key: int  # 1, 2, 3… in the order of the document; what the customer ticks
    product_id: int | None
    concept: str
    detail: str
    quantity: str
    unit: str
    unit_price: str
    discount_pct: str
    tax_category: str
    tax: SnapshotTax
    optional: bool
    chosen: bool
    unit_of_time: str  # "" once, else day, week, month, quarter, year
    every: int
    # Versions sent before November 2026 have none of these: read them with `get`.
    section: NotRequired[str]
    section_detail: NotRequired[str]
    group: NotRequired[str]  # the customer chooses one of the lines with the same name
    min_quantity: NotRequired[str | None]  # both None: the quantity is fixed
    max_quantity: NotRequired[str | None]
    tiers: NotRequired[list[list[str]]]  # [from quantity, unit price, discount] of the tarifa


class SnapshotIssuer(TypedDict):
    name: str
    legal_name: str
    nif: str
    tagline: str
    initials: str
    accent: str
    address: list[str]
    email: str
    phone: str
    website: str
    registry: str
    logo_id: int | None


class SnapshotRecipient(TypedDict):
    name: str
    nif: str
    address: list[str]
    is_person: bool
    country: NotRequired[str]
    id_type: NotRequired[str]


class QuoteSnapshot(TypedDict):
    """The whole content of a version (`QuoteVersion.content`)."""

    number: str
    version: int
    title: str
    created_on: str
    valid_until: str
    greeting: str
    conditions: str
    contact_name: str
    agent_name: str
    agent_email: str
    global_discount_pct: str
    service_starts_on: str | None
    service_time: str
    issuer: SnapshotIssuer
    recipient: SnapshotRecipient
    lines: list[SnapshotLine]
    language: NotRequired[str]  # of the customer; versions before November 2026 are in Spanish
    deposit_pct: NotRequired[str]  # of the one-off total, tax included; «0»: none
    price_list: NotRequired[str]


def take(quote: Quote, lines: Iterable[QuoteLine]) -> QuoteSnapshot:
    """The snapshot of a quote with these lines (saved or not), as it is now.

    Raises Refused when a tax category does not exist or has no rate on the day of the quote.
    """
    company, party, agent = quote.company, quote.party, quote.agent
    return {
        "language": known(party.language),
        "number": quote.number,
        "version": quote.version,
        "title": quote.title,
        "created_on": quote.created_on.isoformat(),
        "valid_until": quote.valid_until.isoformat(),
        "greeting": quote.greeting,
        "conditions": quote.conditions,
        "contact_name": quote.contact_name,
        "agent_name": agent.name if agent else "",
        "agent_email": agent.user.email if agent else "",
        "global_discount_pct": plain(quote.global_discount_pct),
        "service_starts_on": (
            quote.service_starts_on.isoformat() if quote.service_starts_on else None
        ),
        "service_time": quote.service_time.strftime("%H:%M"),
        "issuer": {
            "name": company.display_name,
            "legal_name": company.legal_name,
            "nif": company.nif,
            "tagline": company.tagline,
            "initials": initials(company.display_name),
            "accent": company.accent,
            "address": company.address_lines,
            "email": company.email,
            "phone": company.phone,
            "website": company.website,
            "registry": company.registry,
            "logo_id": company.logo_id,
        },
        "recipient": {
            "name": party.name,
            "nif": party.nif,
            "address": party.address_lines,
            "is_person": party.kind == "consumer",
            "country": party.country,
            "id_type": party.id_type,
        },
        "lines": [_line(key, line, quote) for key, line in enumerate(lines, 1)],
        "deposit_pct": plain(quote.deposit_pct),
        "price_list": quote.price_list.name if quote.price_list else "",
    }


def _line(key: int, line: QuoteLine, quote: Quote) -> SnapshotLine:
    kind = category(quote.party.tax_category or line.tax_category)
    on = quote.created_on
    surcharge = kind.surcharge_on(on) if quote.party.surcharge else None
    rate = kind.rate_on(on)
    return {
        "key": key,
        "product_id": line.product_id,
        "concept": line.concept,
        "detail": line.detail,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "discount_pct": plain(line.discount_pct),
        "tax_category": line.tax_category,
        "tax": {
            "tax": kind.tax,
            "regime": kind.regime,
            "qualification": kind.qualification,
            "exemption": kind.exemption,
            "rate": None if rate is None else plain(rate),
            "surcharge": None if surcharge is None else plain(surcharge),
            "label": kind.label_on(on),
        },
        "optional": line.optional or bool(line.group),
        "chosen": line.chosen or not (line.optional or line.group),
        "unit_of_time": line.unit_of_time,
        "every": line.every if line.unit_of_time else 1,
        "section": line.section,
        "section_detail": line.section_detail,
        "group": line.group,
        "min_quantity": None if line.min_quantity is None else plain(line.min_quantity),
        "max_quantity": None if line.max_quantity is None else plain(line.max_quantity),
        "tiers": list(line.tiers),
    }


@dataclass(frozen=True)
class Part:
    """The amounts of the lines that are paid at the same pace (`unit` empty: once)."""

    unit: str
    every: int
    keys: tuple[int, ...]
    totals: Totals

    @property
    def monthly_base(self) -> Decimal:
        """Net of tax, for an average month, rounded to cents."""
        per_month = {
            "day": Decimal(365) / 12,
            "week": Decimal(52) / 12,
            "month": Decimal(1),
            "quarter": Decimal(1) / 3,
            "year": Decimal(1) / 12,
        }[self.unit]
        return round_cents(self.totals.base_total * per_month / self.every)


@dataclass(frozen=True)
class Figures:
    """Amounts of a snapshot with some optional lines chosen."""

    nets: dict[int, Decimal]  # every line, chosen or not, after its own discount
    lines: tuple[SnapshotLine, ...]  # with the quantities asked, and the price of their tramo
    chosen: frozenset[int]
    once: Part | None
    recurring: tuple[Part, ...]
    deposit: Decimal  # what is asked on acceptance, tax included; zero when nothing is

    @property
    def base_cents(self) -> int:
        return to_cents(self.once.totals.base_total) if self.once else 0

    @property
    def total_cents(self) -> int:
        return to_cents(self.once.totals.total) if self.once else 0

    @property
    def recurring_base_cents(self) -> int:
        return sum(to_cents(part.totals.base_total) for part in self.recurring)

    @property
    def recurring_monthly_cents(self) -> int:
        return sum(to_cents(part.monthly_base) for part in self.recurring)

    @property
    def parts(self) -> list[Part]:
        """What is paid once, if anything, and what is paid time after time."""
        return [*([self.once] if self.once else []), *self.recurring]

    @property
    def headline(self) -> str:
        """What is said at a glance, tax included: «4.375,36 €», «42,35 € al mes», or both."""
        return self.headline_in(SPANISH)

    def headline_in(self, write: Writing) -> str:
        parts = [write.money(from_cents(self.total_cents))] if self.once else []
        parts += [
            f"{write.money(part.totals.total)} {pace(part.unit, part.every)}"
            for part in self.recurring
        ]
        return " + ".join(parts) or write.money(0)


def figures(
    snapshot: QuoteSnapshot,
    chosen: Collection[int] | None = None,
    quantities: Quantities | None = None,
) -> Figures:
    """The amounts with those optional lines (keys; None: the ones ticked by default) and those
    quantities (key → quantity, where the customer may change it).

    The compulsory lines are always in. Raises Refused `group_choice` (two of a group chosen) or
    `quantity_limits`; see `lonja.sales.choices`.
    """
    snapshot = settled(snapshot, quantities)
    lines = snapshot["lines"]
    taken = taken_keys(snapshot, chosen)
    discount = Decimal(snapshot["global_discount_pct"]) or None
    groups: dict[tuple[str, int], list[SnapshotLine]] = {}
    for line in lines:
        if line["key"] in taken:
            groups.setdefault((line["unit_of_time"], line["every"]), []).append(line)
    parts = [
        Part(
            unit,
            every,
            tuple(line["key"] for line in members),
            compute_totals([tax_line(line) for line in members], global_discount_pct=discount),
        )
        for (unit, every), members in groups.items()
    ]
    order = {"month": 0, "quarter": 1, "year": 2, "week": 3, "day": 4}
    recurring = sorted((p for p in parts if p.unit), key=lambda p: (order[p.unit], p.every))
    once = next((part for part in parts if not part.unit), None)
    deposit_pct = Decimal(snapshot.get("deposit_pct", "0"))
    return Figures(
        nets={line["key"]: line_net(tax_line(line)) for line in lines},
        lines=tuple(lines),
        chosen=frozenset(taken),
        once=once,
        recurring=tuple(recurring),
        deposit=_deposit(lines, once, deposit_pct),
    )


def deposit_bases(
    lines: Iterable[SnapshotLine], once: Part, pct: Decimal
) -> list[tuple[str, Decimal]]:
    """(tax category of its first line, base of the deposit in cents) of each way of being taxed."""
    bases = []
    members = [line for line in lines if line["key"] in once.keys]
    for group in once.totals.groups:
        line = next(one for one in members if _taxed_as(one, group))
        bases.append((line["tax_category"], round_cents(group.base * pct / 100)))
    return bases


def _taxed_as(line: SnapshotLine, group: TaxGroup) -> bool:
    one = tax_line(line)
    return (one.tax, one.regime, one.qualification, one.exemption, one.rate, one.surcharge) == (
        *(group.tax, group.regime, group.qualification, group.exemption),
        *(group.rate, group.surcharge_rate),
    )


def _deposit(lines: Sequence[SnapshotLine], once: Part | None, pct: Decimal) -> Decimal:
    """Tax included, as the invoice of the deposit will compute it."""
    if once is None or not pct:
        return Decimal(0)
    members = [line for line in lines if line["key"] in once.keys]
    parts = []
    for group in once.totals.groups:
        taxed = tax_line(next(one for one in members if _taxed_as(one, group)))
        base = round_cents(group.base * pct / 100)
        parts.append(replace(taxed, quantity=Decimal(1), unit_price=base, discounts=()))
    return compute_totals(parts).total


def tax_line(line: SnapshotLine) -> TaxLine:
    tax = line["tax"]
    discount = Decimal(line["discount_pct"])
    return TaxLine(
        Decimal(line["quantity"]),
        Decimal(line["unit_price"]),
        discounts=(discount,) if discount else (),
        tax=tax["tax"],
        regime=tax["regime"],
        qualification=tax["qualification"],
        exemption=tax["exemption"],
        rate=None if tax["rate"] is None else Decimal(tax["rate"]),
        surcharge=None if tax["surcharge"] is None else Decimal(tax["surcharge"]),
        description=line["concept"],
    )


def language_of(snapshot: QuoteSnapshot) -> str:
    """The language in which its customer reads."""
    return snapshot.get("language", DEFAULT)


def day(text: str) -> date:
    return date.fromisoformat(text)
