"""The potenciales of the year: when each came, what is known of it and how far it got."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from lonja.config.demo.story import Year
from lonja.kit.errors import Refused
from lonja.parties.actions.clients import update_client
from lonja.parties.actions.leads import discard_lead, qualify_lead, reopen_lead
from lonja.parties.models import Party

NEEDS = [
    "Quiere climatizar dos plantas antes del verano.",
    "Pide mantenimiento de cuatro equipos.",
    "Tiene una caldera de gasóleo y pregunta por la aerotermia.",
]
GIVEN_UP = ["Ya tiene contrato con otro instalador", "No contesta desde octubre"]


def write(year: Year) -> None:
    """Each came some weeks ago; about a third is qualified and two were given up."""
    for n, party in enumerate(year.leads):
        day = year.today - timedelta(days=2 + n * 5)
        at = datetime.combine(day, time(10, 7 * n % 60), tzinfo=year.company.zone)
        Party.objects.filter(pk=party.pk).update(created_at=at)
        year.on(max(day + timedelta(days=1), year.first_day), 10, _follow, year, party, n)


def _follow(year: Year, party: Party, n: int) -> None:
    party.refresh_from_db()
    by = year.members[1]
    party.notes = NEEDS[n % len(NEEDS)] if n % 2 == 0 else ""
    party.website = f"https://{party.email.partition('@')[2]}" if n % 5 == 0 else ""
    update_client(party, ["notes", "website"], by=by)
    if n % 7 == 6:
        discard_lead(party, GIVEN_UP[n // 7 % len(GIVEN_UP)], by=by)
    elif n % 3 == 0:
        try:
            qualify_lead(party, by=by)
        except Refused:
            reopen_lead(party, by=by)
    elif n % 4:
        reopen_lead(party, by=by)
