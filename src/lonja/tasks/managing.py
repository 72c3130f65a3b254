"""«Gestionado por usuario»: who manages a task, decided here and nowhere else.

1. The motivo's configuration for the state has a user: that user, not editable.
2. It has a role: that role, not editable.
3. Otherwise the qualified user, editable: the task's current manager, else the qualified one by
   fair load, else the client's agent, else whoever creates it.

A configured user who lost access cannot manage anything: it counts as «otherwise», and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.accounts.models import Membership, Role
from lonja.kit.errors import Refused
from lonja.tasks import people
from lonja.tasks.models import Reason, ReasonState, State
from lonja.ui.formats import full_date

FIXED_USER, FIXED_ROLE, OPEN_CHOICE = 1, 2, 3


@dataclass(frozen=True)
class Note:
    """Something the person should know: tone warn, info or bad, and the words."""

    tone: str
    text: str


@dataclass
class Decision:
    """Who will manage the task and by which rule; `why` says where a rule 3 choice comes from."""

    rule: int
    member: Membership | None = None
    role: str = ""
    why: str = ""
    notes: list[Note] = field(default_factory=list)
    cell: ReasonState | None = None
    team: list[people.Person] = field(default_factory=list)

    @property
    def editable(self) -> bool:
        return self.rule == OPEN_CHOICE

    @property
    def name(self) -> str:
        """The name of the person or of the role."""
        if self.member is not None:
            return self.member.name
        return str(Role(self.role).label) if self.role else ""


@dataclass(frozen=True)
class Case:
    """What is known when the question is asked."""

    by: Membership | None
    on: date
    company_id: int | None = None
    agent: Membership | None = None
    current: Membership | None = None


def cell_for(reason: Reason, state: State) -> ReasonState | None:
    """The cell of the matrix with its manager, or None when it is not configured (or not in
    use)."""
    rows = ReasonState.objects.active().select_related("manager__user", "state", "reason")
    return rows.filter(reason=reason, state=state).first()


def decide(
    reason: Reason, cell: ReasonState | None, case: Case, *, wanted: Membership | None = None
) -> Decision:
    """Who manages a task of that motivo in the state of the cell.

    `wanted` only counts in rule 3. Raises Refused("manager_unfit") when it may not manage tasks.
    """
    notes: list[Note] = []
    if cell is not None and cell.manager is not None:
        if cell.manager.is_active:
            return _fixed_user(cell, cell.manager, case)
        notes.append(
            Note(
                "warn",
                _(
                    "La configuración nombra a %(name)s, que ya no tiene acceso. Elige quién la "
                    "gestiona y cambia la configuración."
                )
                % {"name": cell.manager.name},
            )
        )
    if cell is not None and cell.manager_role:
        return _fixed_role(cell, case)
    decision = _open_choice(reason, case, wanted)
    decision.cell = cell
    decision.notes = [*notes, *decision.notes]
    return decision


def _fixed_user(cell: ReasonState, member: Membership, case: Case) -> Decision:
    (person,) = people.told([member], cell.reason, case.on)
    decision = Decision(FIXED_USER, member=member, cell=cell, team=[person])
    if person.away_until is not None:
        decision.notes.append(_away_note(person))
    return decision


def _fixed_role(cell: ReasonState, case: Case) -> Decision:
    team = people.told(people.with_role(cell.manager_role, case.company_id), cell.reason, case.on)
    decision = Decision(FIXED_ROLE, role=cell.manager_role, cell=cell, team=team)
    label = str(Role(cell.manager_role).label)
    if not team:
        text = _("Nadie tiene el rol %(role)s: no la verá nadie hasta que se lo des a alguien.")
        decision.notes.append(Note("warn", text % {"role": label}))
    elif all(person.away_until for person in team):
        text = _("Todas las personas con el rol %(role)s están ausentes.")
        decision.notes.append(Note("warn", text % {"role": label}))
    else:
        words = ngettext(
            "Lo gestionará el rol %(role)s (%(n)s persona).",
            "Lo gestionará el rol %(role)s (%(n)s personas).",
            len(team),
        )
        decision.notes.append(Note("info", words % {"role": label, "n": len(team)}))
    return decision


def _open_choice(reason: Reason, case: Case, wanted: Membership | None) -> Decision:
    fit = list(people.candidates(case.company_id))
    team = people.told(fit, reason, case.on)
    known = {person.member.pk: person for person in team}
    decision = Decision(OPEN_CHOICE, team=team)
    if wanted is not None:
        if wanted.pk not in known:
            raise Refused(
                "manager_unfit",
                _("%(name)s no puede gestionar tareas: no tiene acceso, o su rol no lo permite.")
                % {"name": wanted.name},
                field="manager",
            )
        person, decision.why = known[wanted.pk], ""
    else:
        person, decision.why = _default(team, known, case)
    if person is None:
        decision.notes.append(Note("warn", _("Nadie puede gestionar tareas en esta empresa.")))
        return decision
    decision.member = person.member
    if person.away_until is not None:
        decision.notes.append(_away_note(person))
    if any(p.is_qualified for p in team) and not person.is_qualified:
        text = _("%(name)s no está entre las personas cualificadas para este motivo.")
        decision.notes.append(Note("info", text % {"name": person.name}))
    return decision


def _default(
    team: list[people.Person], known: dict[int, Any], case: Case
) -> tuple[people.Person | None, str]:
    if case.current is not None and case.current.pk in known:
        return known[case.current.pk], _("ya la gestiona")
    person = people.fairest(team)
    if person is not None:
        return person, _("es quien menos tareas abiertas tiene de las personas cualificadas")
    if case.agent is not None and case.agent.pk in known:
        return known[case.agent.pk], _("es el agente del cliente")
    if case.by is not None and case.by.pk in known:
        return known[case.by.pk], _("es quien crea la tarea")
    here = [p for p in team if p.away_until is None] or team
    least = min(here, key=lambda p: (p.load, p.member.pk), default=None)
    return least, _("es quien menos tareas abiertas tiene")


def _away_note(person: people.Person) -> Note:
    text = _("%(name)s está ausente hasta el %(day)s.")
    return Note("warn", text % {"name": person.name, "day": full_date(person.away_until)})
