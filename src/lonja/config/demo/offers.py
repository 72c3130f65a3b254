"""The ofertas of the year: those behind the quotes, and those that have none yet.

They have their own dice: an oferta more changes nothing of the money of the story.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from lonja.config.demo.story import Year
from lonja.parties.models import Party
from lonja.sales.actions.offer_moves import lose_opportunity, move_opportunity, win_opportunity
from lonja.sales.actions.opportunities import create_opportunity, ensure_pipeline, open_stages
from lonja.sales.models import LossReason, Opportunity, Quote
from lonja.tasks.actions.tasks import NewTask, create_task
from lonja.tasks.models import Reason, State

TITLES = [
    ("Climatización de la planta baja", 1_840_000),
    ("Aerotermia para seis viviendas", 4_260_000),
    ("Renovar la enfriadora de la azotea", 3_180_000),
    ("Mantenimiento de doce locales", 1_320_000),
    ("Conductos de la sala de exposición", 890_000),
    ("Sustituir la caldera de gasóleo", 1_475_000),
    ("Ventilación de la cocina", 560_000),
    ("Control a distancia de tres sedes", 740_000),
    ("Cámara frigorífica del almacén", 2_310_000),
    ("Fotovoltaica y aerotermia de la nave", 6_850_000),
    ("Purificación del aire de las aulas", 985_000),
    ("Suelo radiante del vestíbulo", 1_120_000),
    ("Recuperador de calor del gimnasio", 1_690_000),
    ("Deshumidificación de la piscina", 2_040_000),
]
LOST = ["Precio", "Eligió a otro proveedor", "No tiene presupuesto", "No responde"]


def write(year: Year) -> None:
    """Ofertas without presupuesto, on their day; those of presupuestos come with them."""
    rng = Random(2033)  # noqa: S311 - the same story every time, nothing secret
    ensure_pipeline(year.company)
    people = [*year.leads, *year.clients[8:40]]
    for n, (title, cents) in enumerate(TITLES):
        party = people[(n * 5) % len(people)]
        age = rng.choice((3, 6, 9, 14, 20, 27, 35, 48))
        day = year.today - timedelta(days=age)
        year.on(day, 9, _begin, year, party, title, cents, n, rng.random())
    for n in range(24):
        title, cents = TITLES[rng.randrange(len(TITLES))]
        party = people[(n * 3 + 1) % len(people)]
        day = year.first_day + timedelta(days=rng.randint(5, 290))
        fate = rng.choices(["won", "lost"], [38, 62])[0]
        year.on(day, 9, _old, year, party, title, cents * rng.randint(4, 12) // 10, fate, rng)
    year.on(year.today, 8, _next_steps, year)


def of_quote(year: Year, party: Party, title: str) -> Opportunity:
    """The oferta from which a presupuesto will be made."""
    return create_opportunity(
        company=year.company, party=party, title=title, by=year.members[1], agent=year.members[1]
    )


def sent(year: Year, offer: Opportunity) -> None:
    """Its presupuesto is with the customer."""
    move_opportunity(offer, open_stages(year.company)[2], by=year.members[1])


def signed(year: Year, quote: Quote) -> None:
    if quote.opportunity is not None:
        win_opportunity(quote.opportunity, by=None, quote=quote)


def refused(year: Year, quote: Quote) -> None:
    offer = quote.opportunity
    if offer is not None:
        name = LOST[quote.pk % len(LOST)]
        reason = LossReason.objects.get(company=year.company, name=name)
        lose_opportunity(offer, by=year.members[1], reason=reason)


def _begin(year: Year, party: Party, title: str, cents: int, n: int, luck: float) -> None:
    agent = year.members[n % len(year.members)]
    offer = create_opportunity(
        company=year.company,
        party=party,
        title=title,
        by=agent,
        amount_cents=cents,
        expected_on=year.today + timedelta(days=10 + 7 * n),
    )
    later = year.company.today() + timedelta(days=2)
    for place in range(1, 1 + min(3, int(luck * 4.5))):
        year.on_or_never(later, _advance, year, offer, place)
        later += timedelta(days=4)


def _advance(year: Year, offer: Opportunity, place: int) -> None:
    move_opportunity(offer, open_stages(year.company)[place], by=year.members[1])


def _old(year: Year, party: Party, title: str, cents: int, fate: str, rng: Random) -> None:
    offer = create_opportunity(
        company=year.company, party=party, title=title, by=year.members[1], amount_cents=cents
    )
    day = year.company.today()
    reached = 3 if fate == "won" else rng.randint(0, 3)
    for place in range(1, reached + 1):
        day += timedelta(days=rng.randint(2, 9))
        year.on(day, 10, _advance, year, offer, place)
    day += timedelta(days=rng.randint(3, 20))
    year.on(day, 11, _close, year, offer, fate, rng.choice(LOST))


def _close(year: Year, offer: Opportunity, fate: str, why: str) -> None:
    by = year.members[1]
    if fate == "won":
        win_opportunity(offer, by=by, quote=None)
    else:
        reason = LossReason.objects.get(company=year.company, name=why)
        lose_opportunity(offer, by=by, reason=reason)


def _next_steps(year: Year) -> None:
    """What there is to do about some of them: late, today, later, and nothing about the rest."""
    reason = Reason.objects.filter(name="Visita comercial").first()
    state = State.objects.filter(name="Pendiente").first()
    if reason is None or state is None:
        return
    now = year.company.now_local()
    moments: list[Any] = [-26, 4, 50, None, 120, 5, -50, None, 200, 75]
    for n, offer in enumerate(Opportunity.objects.open().order_by("pk")):
        hours = moments[n % len(moments)]
        if hours is None:
            continue
        create_task(
            NewTask(
                reason=reason,
                state=state,
                subject=f"Seguir la oferta {offer.number}",
                company=offer.company,
                party=offer.party,
                agent=offer.agent,
                origin_type="sales.opportunity",
                origin_id=offer.pk,
                origin_label=offer.number,
                due_at=now + timedelta(hours=hours),
                due_has_time=True,
            ),
            by=year.members[1],
            at=now,
        )
