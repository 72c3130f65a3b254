"""«Alta del servicio»: the task a signature leaves to the back office when it starts nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Company, Membership
from lonja.kit.errors import Refused
from lonja.sales.models import Quote, SigningSettings
from lonja.tasks.actions.config import first_configuration
from lonja.tasks.actions.tasks import NewTask, complete, create_task
from lonja.tasks.models import Priority, Reason, ReasonState, State, StateKind, Task


@house()
def ask_for_start(quote: Quote, *, at: datetime, why: str = "") -> Task:
    """The open task that asks to start the service of a signed quote, made if there is none."""
    reason = start_reason(quote.company)
    open_one = (
        Task.objects.filter(
            origin_type="sales.quote", origin_id=quote.pk, reason=reason, closed_at=None
        )
        .order_by("id")
        .first()
    )
    if open_one is not None:
        return open_one
    words = {"number": quote.number, "client": quote.party.display_name}
    text = _("Se ha firmado y no lleva fecha de inicio: elige cuándo empieza y la factura saldrá.")
    if why:
        text = _("No se ha podido dar de alta solo: %(why)s") % {"why": why}
    return create_task(
        NewTask(
            reason=reason,
            state=_first_state(reason),
            subject=_("Dar de alta el servicio de %(number)s (%(client)s)") % words,
            company=quote.company,
            description=f"<p>{escape(text)}</p>",
            party=quote.party,
            agent=quote.agent or quote.party.agent,
            origin_type="sales.quote",
            origin_id=quote.pk,
            origin_label=quote.number,
            due_at=at,
            priority=Priority.HIGH,
        ),
        by=None,
        at=at,
    )


def no_longer_asked(quote: Quote, *, by: Membership | None, at: datetime) -> None:
    """The service began: the open task that asked for it is done. One whose motivo does not let it
    be closed from where it is stays, for a person to see."""
    kept = SigningSettings.objects.filter(company=quote.company).first()
    if kept is None or kept.start_reason_id is None:
        return
    asked = Task.objects.filter(
        origin_type="sales.quote",
        origin_id=quote.pk,
        reason_id=kept.start_reason_id,
        closed_at=None,
    )
    for task in asked.order_by("id"):
        try:
            with transaction.atomic():
                complete(task, by=by, at=at)
        except Refused:
            continue


@house()
def start_reason(company: Company) -> Reason:
    """The motivo of those tasks, made the first time with every state in use."""
    kept, _fresh = SigningSettings.objects.get_or_create(company=company)
    if kept.start_reason is not None and kept.start_reason.is_active:
        return kept.start_reason
    first_configuration(company, None)
    name = _("Alta del servicio")
    reason = Reason.objects.filter(name=name).first()
    if reason is not None and not reason.is_active:  # somebody does without it
        reason = Reason.objects.active().first()
    if reason is None:
        reason = Reason.objects.create(name=name, position=Reason.objects.count())
        for state in State.objects.active():
            ReasonState.objects.create(reason=reason, state=state)
    kept.start_reason = reason
    kept.save(update_fields=["start_reason"])
    return reason


def _first_state(reason: Reason) -> State:
    """The open state it begins in."""
    cells = ReasonState.objects.active().select_related("state").filter(reason=reason)
    states = sorted((cell.state for cell in cells), key=lambda one: one.position)
    return next((one for one in states if one.kind == StateKind.OPEN), states[0])
