"""What goes wrong and is put right: rectificativas, a month of albaranes and an advance.

It throws no dice: what happens here changes nothing of the rest of the story.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.credits import apply_credit
from lonja.billing.actions.deduct import deduct_advance
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.notes import run_month, save_note
from lonja.billing.models import (
    Correction,
    Credit,
    CreditChoice,
    DeliveryNote,
    DeliveryNoteLine,
    Invoice,
    InvoiceLine,
    MonthlyRecap,
)
from lonja.config.demo.story import Year
from lonja.kit.dates import add_months
from lonja.parties.models import Party

HOTEL, WORKSHOP, CLINIC, CAFE, BAKERY = 1, 2, 3, 4, 5  # places in `Year.clients`
USED = 30_250  # cents of the credit of the returned machines that the next invoice takes


def write(year: Year) -> None:
    """Put it all on the calendar, in the weeks before today."""
    _returned(year)
    _too_dear(year)
    _too_many_hours(year)
    _albaranes(year)
    _advance(year)


def _weekday(day: date) -> date:
    """That day, or the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _ago(year: Year, days: int) -> date:
    return _weekday(year.today - timedelta(days=days))


def _issued(year: Year, draft: Invoice, *, send: bool = True) -> Invoice:
    """Issue a draft; whoever pays it, and when, is said here and not thrown."""
    year.never_paid.add(draft.pk)
    return issue_invoice(draft, by=year.members[-1], send=send)


def _sold(year: Year, party: Party, *codes: tuple[str, int, str]) -> Invoice:
    """An invoice of today: code, quantity and price of each line."""
    today = year.company.today()
    invoice = Invoice(
        company=year.company,
        party=party,
        issued_on=today,
        due_on=party.due_on(today, year.company.payment_terms_days),
        payment_method=party.payment_method,
        agent_id=party.agent_id,
        message=year.company.invoice_message,
    )
    lines = [
        InvoiceLine(**year.line(code, number, Decimal(price))) for code, number, price in codes
    ]
    return _issued(year, save_draft(invoice, lines, by=year.members[-1]))


def _correct(
    year: Year,
    original: Invoice,
    cause: str,
    how: Correction,
    reason: str,
    quantity: int,
    price: str = "",
    choice: str = CreditChoice.KEEP,
) -> Invoice:
    """Its first line alone, with another quantity (and price); the rest stays right."""
    original.refresh_from_db()
    on = year.company.today()
    by = year.members[-1]
    draft = start_correction([original], CAUSES[cause], correction=how, reason=reason, on=on, by=by)
    draft.credit_choice = choice
    first, *rest = draft.lines.order_by("position")
    first.quantity = Decimal(quantity)
    if price:
        first.unit_price = Decimal(price)
    lines = [first, *rest] if how == Correction.SUBSTITUTION else [first]
    return _issued(year, save_draft(draft, lines, by=by))


def _returned(year: Year) -> None:
    """The hotel gives two machines back; part of its credit pays the next work."""
    hotel = year.clients[HOTEL]
    kept: dict[str, Invoice] = {}

    def sell() -> None:
        kept["sold"] = _sold(year, hotel, ("CLI-170", 6, "200"), ("CLI-180", 2, "735"))

    def give_back() -> None:
        reason = "Devolución de 2 equipos"
        kept["back"] = _correct(year, kept["sold"], "return", Correction.DIFFERENCES, reason, -2)

    def sell_again() -> None:
        following = _sold(year, hotel, ("VEN-220", 1, "1490"), ("REP-530", 2, "155"))
        credit = Credit.objects.get(invoice=kept["back"])
        apply_credit(credit, following, amount=USED, by=year.members[1])

    year.exactly(_ago(year, 81), 10, 20, sell)
    year.exactly(_ago(year, 52), 12, 10, lambda: year.pay(kept["sold"]))
    year.exactly(_ago(year, 25), 11, 5, give_back)
    year.exactly(_ago(year, 17), 10, 40, sell_again)


def _too_dear(year: Year) -> None:
    """And was charged more than agreed: that credit waits."""
    hotel = year.clients[HOTEL]
    kept: dict[str, Invoice] = {}

    def sell() -> None:
        kept["sold"] = _sold(year, hotel, ("SER-610", 10, "42"))

    def lower() -> None:
        reason = "Error en el precio por hora"
        _correct(year, kept["sold"], "price", Correction.DIFFERENCES, reason, -10, "15")

    year.exactly(_ago(year, 64), 9, 35, sell)
    year.exactly(_ago(year, 36), 12, 25, lambda: year.pay(kept["sold"]))
    year.exactly(_ago(year, 10), 16, 15, lower)


def _too_many_hours(year: Year) -> None:
    """The clinic was billed nine hours and they were six: the whole invoice again, corrected, and
    it pays the difference less."""
    clinic = year.clients[CLINIC]
    kept: dict[str, Invoice] = {}

    def sell() -> None:
        kept["sold"] = _sold(
            year, clinic, ("SER-610", 9, "42"), ("REP-510", 1, "386"), ("SER-630", 1, "28")
        )

    def put_right() -> None:
        reason = "Se facturaron 9 horas y fueron 6"
        how, apply = Correction.SUBSTITUTION, CreditChoice.APPLY
        _correct(year, kept["sold"], "price", how, reason, 6, choice=apply)

    def pay() -> None:
        kept["sold"].refresh_from_db()
        year.pay(kept["sold"])

    year.exactly(_ago(year, 40), 13, 5, sell)
    year.exactly(_ago(year, 34), 9, 50, put_right)
    year.exactly(_ago(year, 14), 12, 30, pay)


def _albaranes(year: Year) -> None:
    """What the workshop took in a month goes in one recapitulativa; the café's month is still
    running."""
    this = year.today.replace(day=1)
    before = add_months(this, -1)
    workshop, cafe = year.clients[WORKSHOP], year.clients[CAFE]

    def agree() -> None:
        for party in (workshop, cafe):
            MonthlyRecap.objects.create(company=year.company, party=party)

    def deliver(party: Party, number: int, code: str, quantity: int) -> None:
        note = DeliveryNote(
            company=year.company,
            party=party,
            delivered_on=year.company.today(),
            reference=f"Pedido {240 + number}",
        )
        lines = [
            DeliveryNoteLine(**year.line(code, quantity)),
            DeliveryNoteLine(**year.line("SER-630")),
        ]
        save_note(note, lines, by=year.members[-1])

    def gather() -> None:
        agreement = MonthlyRecap.objects.select_related("company", "party").get(party=workshop)
        run = run_month(agreement, before, by=year.members[-1])
        assert run is not None and run.invoice_id is not None  # noqa: S101
        year.never_paid.add(run.invoice_id)

    year.exactly(before, 9, 15, agree)
    taken = [(2, "REP-550", 4), (9, "REP-560", 6), (16, "REP-540", 12), (23, "REP-530", 2)]
    for number, (after, code, quantity) in enumerate(taken):
        day = _weekday(before + timedelta(days=after))
        year.exactly(day, 11, 30, deliver, workshop, number, code, quantity)
    year.exactly(min(this + timedelta(days=2), year.today), 10, 10, gather)
    for number, (after, code, quantity) in enumerate([(4, "REP-540", 6), (12, "REP-560", 2)], 4):
        day = _weekday(min(this + timedelta(days=after), year.today))
        year.exactly(day, 12, 45, deliver, cafe, number, code, quantity)


def _advance(year: Year) -> None:
    """The bakery pays an advance of its work, and the final invoice takes it off."""
    bakery = year.clients[BAKERY]
    kept: dict[str, Invoice] = {}

    def ask() -> None:
        today = year.company.today()
        row = {**year.line("CLI-140"), "product_id": None, "quantity": Decimal(1)}
        row |= {"concept": "Anticipo del 40 % de la climatización del obrador", "unit": ""}
        row["unit_price"] = Decimal("1540")
        advance = Invoice(
            company=year.company,
            party=bakery,
            issued_on=today,
            due_on=today,
            payment_method=bakery.payment_method,
            agent_id=bakery.agent_id,
        )
        draft = save_draft(advance, [InvoiceLine(**row)], by=year.members[-1])
        kept["advance"] = _issued(year, draft)

    def finish() -> None:
        today = year.company.today()
        invoice = Invoice(
            company=year.company,
            party=bakery,
            issued_on=today,
            due_on=bakery.due_on(today, year.company.payment_terms_days),
            payment_method=bakery.payment_method,
            agent_id=bakery.agent_id,
        )
        rows = [year.line("CLI-140", 1), year.line("SER-610", 38), year.line("SER-640")]
        by = year.members[-1]
        draft = save_draft(invoice, [InvoiceLine(**row) for row in rows], by=by)
        deduct_advance(draft, kept["advance"], by=by)
        _issued(year, draft, send=False)  # left for later: it is in «No enviadas»

    year.exactly(_ago(year, 58), 9, 25, ask)
    year.exactly(_ago(year, 56), 12, 20, lambda: year.pay(kept["advance"]))
    year.exactly(_ago(year, 6), 17, 30, finish)
