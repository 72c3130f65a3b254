"""The chapters of the year: what is put on the calendar before it begins."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from PIL import Image, ImageDraw

from lonja.config.demo import corrections, leads, offers, talks, tasks
from lonja.config.demo.story import MRR_BEFORE, MRR_TODAY, START_PLANS, Year
from lonja.kit.dates import add_months
from lonja.parties.models import Party
from lonja.sales.actions import (
    accept_quote,
    create_quote,
    finish_acceptance,
    record_view,
    reject_quote,
    save_quote,
    send_quote,
)
from lonja.sales.evidence import Visitor
from lonja.sales.models import Quote
from lonja.subscriptions.actions import plans as planning

SERVICES = [
    ("Mantenimiento preventivo básico", 6_800),
    ("Mantenimiento preventivo completo", 12_400),
    ("Mantenimiento integral con piezas", 23_500),
    ("Control de legionela", 9_200),
    ("Mantenimiento de enfriadora", 41_000),
]
GYM, HOTEL = 42_000, 146_000  # two plans the last month is written for
REASONS = ["Precio", "Lo dejan para el año que viene", "Han elegido a otro instalador"]
VISITOR = Visitor("203.0.113.24", "Mozilla/5.0 (demostración)")


def write(year: Year) -> None:
    """Everything that happens, on its day."""
    opening_plans(year)
    for month in range(1, 12):
        ordinary_month(year, add_months(year.first_day, month))
    last_month(year)
    works(year)
    quotes(year)
    tasks.write(year)
    talks.write(year)
    offers.write(year)
    leads.write(year)
    corrections.write(year)


def _service(year: Year) -> tuple[str, int]:
    name, cents = year.rng.choices(SERVICES, [25, 34, 24, 12, 5])[0]
    return name, cents + 50 * year.rng.randint(0, 60)


def opening_plans(year: Year) -> None:
    """The plans there were when the year began."""
    rng, first = year.rng, year.first_day
    day = first - timedelta(days=3)
    year.on(day, 10, year.start, year.clients[1], "Mantenimiento integral del hotel", HOTEL, first)
    year.on(day, 10, year.start, year.clients[7], "Mantenimiento de enfriadora", GYM, first)
    for party in year.clients[8 : 8 + START_PLANS]:
        name, cents = _service(year)
        unit = rng.choices(["month", "quarter", "year"], [76, 16, 8])[0]
        anchor = first + timedelta(days=rng.choice((0, 0, 0, 14)))
        year.on(day, 11, year.start, party, name, cents, anchor, unit)


def ordinary_month(year: Year, first: date) -> None:
    """New services, changes, pauses and ends, a little more in than out."""
    rng = year.rng

    def some_day() -> date:
        return first + timedelta(days=rng.randint(1, 24))

    for _n in range(rng.choice((2, 3, 3, 4))):
        name, cents = _service(year)
        party = rng.choice(year.clients[8:])
        day = some_day()
        anchor = first + timedelta(days=14)
        if day >= anchor:
            anchor = add_months(first, 1)
        year.on(day, 10, year.start, party, name, cents, anchor)
    year.on(some_day(), 11, _grow, year)
    if rng.random() < 0.6:
        year.on(some_day(), 12, _shrink, year)
    if rng.random() < 0.7:
        year.on(some_day(), 13, _leave, year)
    if first.month % 4 == 0:
        year.on(some_day(), 14, _pause, year, add_months(first, 2))


def _pick(year: Year) -> Any:
    spared = {HOTEL, GYM}
    return year.rng.choice([p for p in year.monthly_plans() if p.monthly_cents not in spared])


def _grow(year: Year) -> None:
    plan = _pick(year)
    year.reprice(plan, plan.monthly_cents + 50 * year.rng.randint(50, 180))


def _shrink(year: Year) -> None:
    plan = _pick(year)
    year.reprice(plan, max(3_500, plan.monthly_cents - 50 * year.rng.randint(30, 90)))


def _leave(year: Year) -> None:
    small = sorted(year.monthly_plans(), key=lambda plan: plan.monthly_cents)[:20]
    plan = year.rng.choice(small)
    planning.end_plan(plan, by=year.members[1], on=year.company.today(), reason="Cierre del local")


def _pause(year: Year, until: date) -> None:
    plan = _pick(year)
    planning.pause_plan(plan, by=year.members[1], on=year.company.today())
    year.on(until, 10, _resume, year, plan)


def _resume(year: Year, plan: Any) -> None:
    planning.resume_plan(plan, by=year.members[1], on=year.company.today())


def last_month(year: Year) -> None:
    """The month that «Inicio» shows: its movements are written to the cent."""
    first = year.today.replace(day=1)
    before = first - timedelta(days=1)
    # The day before the month closes, when nothing else of the month is left to happen.
    year.on(before, 20, _reach, year, MRR_BEFORE)
    for day, hour, what, args in [
        (3, 10, year.start, (year.clients[2], "Supervisión a distancia del taller", 38_000)),
        (9, 11, year.start, (year.clients[3], "Mantenimiento integral de la clínica", 86_000)),
    ]:
        on = min(first + timedelta(days=day), year.today)
        year.on(on, hour, what, *args, on)
    year.on(first + timedelta(days=10), 12, _change_hotel, year)
    year.on(first + timedelta(days=12), 12, _enlarge, year)
    year.on(first + timedelta(days=13), 12, _gym_leaves, year)
    year.on(year.today, 17, _reach, year, MRR_TODAY)


def _change_hotel(year: Year) -> None:
    (plan,) = [plan for plan in year.monthly_plans() if plan.monthly_cents == HOTEL]
    year.reprice(plan, HOTEL - 54_750)


def _enlarge(year: Year) -> None:
    plan = _pick(year)
    year.reprice(plan, plan.monthly_cents + 31_000)


def _gym_leaves(year: Year) -> None:
    (plan,) = [plan for plan in year.monthly_plans() if plan.monthly_cents == GYM]
    planning.end_plan(plan, by=year.members[1], on=year.company.today(), reason="Traspaso")


def _reach(year: Year, target: int) -> None:
    """Bring the MRR to a figure with a few altas, or a baja if there is too much of it."""
    today = year.company.today()
    while (missing := target - year.mrr_now()) != 0:
        if missing < 0:
            plans = year.monthly_plans()
            spare = [p for p in plans if p.monthly_cents not in (HOTEL, GYM)]
            plan = min(spare, key=lambda plan: abs(plan.monthly_cents + missing))
            planning.end_plan(plan, by=year.members[1], on=today, reason="Fin de contrato")
            continue
        cents = missing if missing <= 40_000 else year.rng.randint(300, 760) * 50
        party = year.rng.choice(year.clients[8:])
        year.start(party, "Mantenimiento preventivo completo", cents, today)


def works(year: Year) -> None:
    """Jobs invoiced once, three of them late in being paid, and two drafts of today."""
    rng, day = year.rng, year.first_day
    while day < year.today:
        if day.weekday() < 5 and rng.random() < 0.52:
            party = rng.choice(year.clients[3:])
            year.on(day, 9, year.work, party, year.some_work())
        day += timedelta(days=1)
    late = [
        (year.clients[0], 38, [year.line("CAL-320", 1, Decimal("3500"))]),
        (year.clients[1], 7, [year.line("SER-650", 10)]),
        (year.clients[2], 4, [year.line("CLI-150", 1, Decimal("2500.41"))]),
    ]
    for party, days, lines in late:
        issued = year.today - timedelta(days=days + 30)
        year.on(issued, 10, lambda p=party, rows=lines: year.work(p, rows, paid=False))
    for party in year.clients[4:6]:
        year.on(year.today, 9, year.draft, party, year.some_work())


def quotes(year: Year) -> None:
    """Forty quotes: signed, waiting, rejected, out of date and half written."""
    rng = year.rng
    span = (year.today - year.first_day).days
    people = [*year.leads, *year.clients[8:40]]
    rng.shuffle(people)
    ages = {
        "signed": sorted(rng.sample(range(40, span - 20), 12)),
        "rejected": sorted(rng.sample(range(40, span - 20), 8)),
        "expired": [36, 48, 61, 90, 130],
        "sent": [2, 3, 5, 7, 9, 12, 15, 18, 22],
        "draft": [0, 0, 1, 2, 4, 6],
    }
    # Leads are still leads: only clients sign.
    clients = [party for party in people if party not in year.leads]
    rest = [*year.leads, *clients[20:]]
    for fate, days in ages.items():
        for age in days:
            party = clients.pop() if fate in ("signed", "rejected") and clients else rest.pop(0)
            rest.append(party)
            year.on(year.today - timedelta(days=age), 10, _offer, year, party, fate)


def _lines(year: Year) -> list[dict[str, Any]]:
    """A machine with its installation, and a service that goes on."""
    rng = year.rng
    machine = rng.choice(["CLI-120", "CLI-130", "CLI-140", "CLI-150", "CAL-320", "VEN-220"])
    service = rng.choice(["MAN-010", "MAN-020", "MAN-030"])
    rows: list[dict[str, Any]] = []
    for code, quantity, more in [
        (machine, rng.randint(1, 3), {}),
        ("SER-610", rng.randint(6, 16), {}),
        ("SER-640", 1, {}),
        (service, 1, {"unit_of_time": "month", "every": 1}),
        ("MAN-060", 1, {"unit_of_time": "month", "every": 1, "optional": True}),
    ]:
        line = year.line(code, quantity)
        line["product"] = year.products[code]
        rows.append({**line, **more})
    return rows


def _offer(year: Year, party: Party, fate: str) -> None:
    rng, agent = year.rng, year.members[1]
    lines = _lines(year)
    title = f"Instalación: {lines[0]['concept']}"
    offer = offers.of_quote(year, party, title)
    quote = create_quote(
        company=year.company, party=party, by=agent, title=title, opportunity=offer
    )
    today = year.company.today()
    fields = {
        "probability_pct": rng.choice((30, 50, 60, 75)),
        "expected_on": today + timedelta(days=rng.randint(10, 90)),
    }
    if fate == "signed":
        fields["service_starts_on"] = add_months(today.replace(day=1), 1) + timedelta(days=14)
    quote = save_quote(quote, fields=fields, lines=lines, edited=quote.edited, by=agent)
    if fate == "draft":
        return
    base_url = settings.PUBLIC_URL or "http://127.0.0.1:8000"
    link = send_quote(quote, by=agent, to=[party.email], base_url=base_url)
    offers.sent(year, offer)
    if fate == "expired":
        return
    soon = today + timedelta(days=1)
    if fate != "sent" or rng.random() < 0.7:
        year.on_or_never(soon, _look, year, link)
    answer = today + timedelta(days=rng.randint(2, 9))
    if fate == "signed":
        year.on(answer, 13, _sign, year, link, party)
    elif fate == "rejected":
        year.on(answer, 13, _refuse, year, quote.pk)


def _moment(year: Year) -> datetime:
    return year.company.now_local()


def _look(year: Year, link: Any) -> None:
    record_view(link, visitor=VISITOR, at=_moment(year))


def _refuse(year: Year, quote_id: int) -> None:
    quote = Quote.objects.get(pk=quote_id)
    reason = year.rng.choice(REASONS)
    offers.refused(year, reject_quote(quote, reason=reason, by=year.members[1], at=_moment(year)))


def _sign(year: Year, link: Any, party: Party) -> None:
    contact = party.contacts.first()
    signature = accept_quote(
        link,
        signer_name=contact.name if contact else party.name,
        signer_nif=party.nif,
        image=_scribble(year),
        chosen=[5] if year.rng.random() < 0.5 else [],
        consents={"accept": True},
        visitor=VISITOR,
        at=_moment(year),
    )
    finish_acceptance(signature)
    offers.signed(year, signature.version.quote)


def _scribble(year: Year) -> bytes:
    """A drawn signature: a line of one stroke that goes up and down."""
    picture = Image.new("RGBA", (420, 140))
    points = [(20 + 24 * n, 70 + year.rng.randint(-48, 48)) for n in range(16)]
    ImageDraw.Draw(picture).line(points, fill=(20, 30, 80, 255), width=4, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
