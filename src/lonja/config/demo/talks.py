"""What was talked about with the clients in the year: calls, visits, mails and notes.

They have their own dice: a call more changes nothing of the rest of the story.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from lonja.config.demo.story import Year
from lonja.parties.models import Contact, Party
from lonja.tasks.actions.interactions import log_interaction
from lonja.tasks.models import CallResult, InteractionKind

# What each kind says.
CALLS = [
    "Pregunta cuándo toca la próxima revisión. Le digo que la semana que viene.",
    "Quiere cambiar el filtro de la máquina de la entrada.",
    "Llaman por el ruido del compresor: mandamos a Pilar mañana.",
    "Consulta por la última factura. Aclarado.",
    "Le explico el contrato completo; le interesa para el otro local.",
    "Pide que vayamos antes de las nueve.",
]
VISITS = [
    "Medidas tomadas de la sala de máquinas. Faltan los planos.",
    "Revisado el equipo de la cocina con el encargado; todo en orden.",
    "Visita con el arquitecto: quieren conductos vistos.",
]
MAILS = [
    "Enviado el certificado de legionela que pidió la gestoría.",
    "Nos mandan los planos del segundo piso.",
    "Confirmado el cambio de fecha de la revisión.",
]
NOTES = [
    "Mejor llamar por la tarde.",
    "La llave del cuarto la tiene el conserje.",
    "Cambian de administrador en enero.",
]
SILENT = (CallResult.NO_ANSWER, CallResult.MESSAGE, CallResult.CALL_BACK)


def write(year: Year) -> None:
    """Put them on the calendar: three or four a week, more with the biggest clients, and some in
    the last days."""
    rng = Random(1912)  # noqa: S311 - the same story every time, nothing secret
    days = (year.today - year.first_day).days
    for _n in range(180):
        _plan(year, rng, rng.randint(20, days - 1))
    for back in (1, 1, 2, 3, 3, 4, 6):
        _plan(year, rng, days - back)


def _plan(year: Year, rng: Random, after: int) -> None:
    day = year.first_day + timedelta(days=after)
    day -= timedelta(days=max(0, day.weekday() - 4))
    place = min(rng.randrange(60), rng.randrange(60))
    kind = rng.choices(list(InteractionKind), [60, 16, 8, 16])[0]
    result = rng.choice(SILENT) if rng.random() < 0.3 else CallResult.TALKED
    words = {"call": CALLS, "visit": VISITS, "note": NOTES, "mail": MAILS}[kind.value]
    text = "" if kind == InteractionKind.CALL and result != CallResult.TALKED else rng.choice(words)
    minutes = rng.randint(20, 90) if kind == InteractionKind.VISIT else rng.randint(2, 18)
    member = rng.choice(year.members)
    hour, minute = rng.randint(9, 17), rng.randint(0, 59)

    def talk() -> None:
        party: Party = year.clients[place % len(year.clients)]
        contact = Contact.objects.filter(party=party).order_by("pk").first()
        log_interaction(
            party,
            kind.value,
            text=text,
            by=member,
            at=year.company.now_local(),
            result=result.value,
            minutes=minutes if result == CallResult.TALKED else None,
            contact=contact,
        )

    year.exactly(day, hour, minute, talk)
