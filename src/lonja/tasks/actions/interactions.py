"""Writing down what was talked about with a client."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_block
from lonja.parties.actions.leads import note_contact
from lonja.parties.models import Contact, Party
from lonja.tasks.models import Interaction, InteractionKind

# «Anular» is for mistakes just made, not for rewriting the past.
MAY_UNDO = timedelta(days=7)


@transaction.atomic
def log_interaction(
    party: Party,
    kind: str,
    *,
    text: str,
    by: Membership,
    at: datetime,
    result: str = "",
    minutes: int | None = None,
    contact: Contact | None = None,
) -> Interaction:
    """Write a call, visit, note or mail in the client's Actividad.

    A note needs its text; a mail needs what it said; the result is of calls, the minutes of calls
    and visits. Raises Refused for a moment that has not come and for a contact of another client.
    """
    text = clean_block(text)[:2000]
    if kind in (InteractionKind.NOTE, InteractionKind.MAIL) and not text:
        raise Refused("interaction_empty", _("Escribe qué se dijo."), field="text")
    if at > timezone.now() + timedelta(minutes=5):
        raise Refused(
            "interaction_future",
            _("Ese momento aún no ha llegado. Para algo por hacer, crea una tarea."),
            field="day",
        )
    if contact is not None and contact.party_id != party.pk:
        raise Refused("contact_foreign", _("Esa persona es de otro cliente."), field="contact")
    row = Interaction.objects.create(
        party=party,
        contact=contact,
        member=by,
        kind=kind,
        result=result if kind == InteractionKind.CALL else "",
        minutes=minutes if kind in (InteractionKind.CALL, InteractionKind.VISIT) else None,
        text=text,
        at=at,
    )
    if kind != InteractionKind.NOTE:
        note_contact(party, by=by)
    record(
        by,
        f"contact.{kind}",
        row,
        contact=contact.name if contact is not None else "",
        result=row.result,
        minutes=row.minutes,
        text=text,
        when=at.isoformat(),
    )
    return row


@transaction.atomic
def undo_interaction(row: Interaction, *, by: Membership, at: datetime) -> None:
    """Take back what was written by mistake; the history keeps both things.

    Raises Refused when it is somebody else's, unless they are an administrator, or too old.
    """
    row = Interaction.objects.locked(row)
    if row.undone_at is not None:
        return
    if row.member_id != by.pk and by.role != "admin":
        raise Refused("interaction_foreign", _("Lo escribió otra persona: pídele que lo anule."))
    if at - row.created_at > MAY_UNDO:
        raise Refused("interaction_old", _("Tiene más de siete días y ya no se anula."))
    row.undone_at = at
    row.save(update_fields=["undone_at"])
    record(by, f"contact.{row.kind}_undone", row, text=row.text[:100])
