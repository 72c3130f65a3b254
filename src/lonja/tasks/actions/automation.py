"""Rules that act by themselves: once for each occasion, with a log, and never in circles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import speaking_to
from lonja.accounts.models import Company
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.mail import queue_mail
from lonja.tasks import reports
from lonja.tasks.actions import tasks as acts
from lonja.tasks.models import (
    AutomationRule,
    AutomationRun,
    Outcome,
    Priority,
    Reason,
    State,
    Task,
)
from lonja.tasks.triggers import Subject, trigger

# A rule does at most this much each time it looks; the rest waits for the next time.
AT_ONCE = 200
# Rules that touch the same task more than this in a month are going round in circles.
MOST_TIMES, CIRCLE = 5, timedelta(days=30)
CREATE, MOVE, NOTIFY = "create", "move", "notify"


def actions() -> list[tuple[str, str]]:
    """What a rule may do."""
    return [
        (CREATE, _("Crear una tarea")),
        (MOVE, _("Cambiar la tarea de estado")),
        (NOTIFY, _("Avisar por correo a quien la lleva")),
    ]


def would_act_on(rule: AutomationRule, *, at: datetime) -> list[Subject]:
    """What the rule would act on now, without doing anything: for the test run and for the real
    one."""
    known = trigger(rule.trigger)
    if known is None:
        return []
    done = set(
        AutomationRun.objects.filter(rule=rule).values_list("target_type", "target_id", "occasion")
        if rule.pk
        else ()
    )
    found = []
    for subject in known.find(rule.days, at, AT_ONCE * 5):
        if subject.since < rule.since or (subject.type, subject.id, subject.occasion) in done:
            continue
        if known.about_tasks and rule.pk and _made_by(subject.id, rule.pk):
            continue
        found.append(subject)
        if len(found) >= AT_ONCE:
            break
    return found


def _made_by(task_id: int, rule_id: int) -> bool:
    return Task.objects.filter(pk=task_id, made_by_rule=rule_id).exists()


def run_all(*, at: datetime) -> int:
    """Every rule that is on. Returns how many times they acted."""
    rules = list(AutomationRule.objects.active().filter(is_on=True).order_by("pk"))
    return sum(run(rule, at=at) for rule in rules)


def run(rule: AutomationRule, *, at: datetime) -> int:
    """One rule. Running it again at once does nothing more: the log says what it did already."""
    acted = 0
    for subject in would_act_on(rule, at=at):
        try:
            with transaction.atomic():
                log = AutomationRun.objects.create(
                    rule=rule,
                    target_type=subject.type,
                    target_id=subject.id,
                    target_label=subject.label[:160],
                    occasion=subject.occasion,
                    outcome=Outcome.DONE,
                    at=at,
                )
                try:
                    with transaction.atomic():
                        _refuse_circles(rule, subject, at)
                        log.task, log.note = _act(rule, subject, at)
                        acted += 1
                except Refused as error:
                    log.outcome, log.note = Outcome.REFUSED, str(error)
                log.note = log.note[:300]
                log.save(update_fields=["task", "note", "outcome"])
        except IntegrityError:  # another worker has just done it
            continue
    return acted


def _refuse_circles(rule: AutomationRule, subject: Subject, at: datetime) -> None:
    if subject.type != "tasks.task":
        return
    times = AutomationRun.objects.filter(
        target_type=subject.type, target_id=subject.id, at__gte=at - CIRCLE, outcome=Outcome.DONE
    ).exclude(occasion=subject.occasion, rule=rule)
    if times.count() >= MOST_TIMES:
        raise Refused(
            "circle",
            _("Las reglas ya la han tocado %(n)s veces en 30 días: parece un bucle y se deja.")
            % {"n": MOST_TIMES},
        )


def _act(rule: AutomationRule, subject: Subject, at: datetime) -> tuple[Task | None, str]:
    if rule.action == CREATE:
        task = _create(rule, subject, at)
        return task, _("Creó %(code)s, que gestiona %(name)s") % {
            "code": task.code,
            "name": task.manager_name or _("nadie"),
        }
    if rule.action == MOVE:
        return _move(rule, subject, at)
    return None, _notify(rule, subject, at)


def _create(rule: AutomationRule, subject: Subject, at: datetime) -> Task:
    reason = Reason.objects.active().filter(pk=rule.data.get("reason")).first()
    if reason is None:
        raise Refused("reason_off", _("El motivo de la regla ya no está en uso."))
    state = reports.first_state(reason)
    if state is None:
        raise Refused("reason_empty", _("El motivo de la regla no tiene ningún estado."))
    company = subject.company or Company.objects.order_by("pk").first()
    if company is None:
        raise Refused("no_company", _("La organización no tiene empresa."))
    day = at.astimezone(company.zone) + timedelta(days=int(rule.data.get("due_days") or 0))
    due = day.replace(hour=23, minute=59, second=0, microsecond=0)
    return acts.create_task(
        acts.NewTask(
            reason=reason,
            state=state,
            subject=filled(str(rule.data.get("subject") or rule.name), subject),
            company=company,
            party=subject.party,
            agent=subject.agent,
            origin_type=subject.type,
            origin_id=subject.id,
            origin_label=subject.label,
            due_at=due,
            priority=int(rule.data.get("priority") or Priority.NORMAL),
            rule_id=rule.pk,
        ),
        by=None,
        at=at,
    )


def filled(text: str, subject: Subject) -> str:
    """The subject of the rule with {origen} and {cliente} in their place."""
    client = subject.party.display_name if subject.party is not None else ""
    words = text.replace("{origen}", subject.label).replace("{cliente}", client)
    return clean_line(words)[:160]


def _move(rule: AutomationRule, subject: Subject, at: datetime) -> tuple[Task, str]:
    task = Task.objects.filter(pk=subject.id).first() if subject.type == "tasks.task" else None
    state = State.objects.active().filter(pk=rule.data.get("state")).first()
    if task is None or state is None:
        raise Refused("move_impossible", _("La tarea o el estado ya no existen."))
    acts.change_state(task, state, by=None, at=at)
    return task, _("Pasó a «%(state)s»") % {"state": state}


def _notify(rule: AutomationRule, subject: Subject, at: datetime) -> str:
    agent = subject.agent
    if agent is None or not agent.is_active:
        raise Refused("nobody", _("No hay a quién avisar: no tiene agente con acceso."))
    with speaking_to(agent):
        queue_mail(
            to=[agent.user.email],
            subject=filled(str(rule.data.get("subject") or rule.name), subject),
            text=_("%(rule)s\n\n%(label)s\n") % {"rule": rule.name, "label": subject.label},
            key=f"tasks.rule:{rule.pk}:{subject.type}:{subject.id}:{subject.occasion}",
        )
    return _("Avisó a %(name)s") % {"name": agent.name}


@transaction.atomic
def save_rule(rule: AutomationRule, *, by: Any, at: datetime, past: bool) -> AutomationRule:
    """Keep a rule. `past`: it also answers what already was so; otherwise only from now on."""
    fresh = rule.pk is None
    known = trigger(rule.trigger)
    if rule.action == MOVE and (known is None or not known.about_tasks):
        raise Refused(
            "move_needs_task",
            _("Solo se puede cambiar de estado cuando la regla espera algo de una tarea."),
            field="action",
        )
    if past:
        rule.since = datetime(2000, 1, 1, tzinfo=at.tzinfo)
    elif fresh or rule.since.year == 2000:
        rule.since = at
    if fresh:
        rule.created_by = by
    rule.save()
    record(by, "tasks.rule_saved", rule, name=rule.name)
    return rule


@transaction.atomic
def switch_rule(rule: AutomationRule, on: bool, *, by: Any) -> AutomationRule:
    rule.is_on = on
    rule.save(update_fields=["is_on"])
    record(by, "tasks.rule_on" if on else "tasks.rule_off", rule, name=rule.name)
    return rule
