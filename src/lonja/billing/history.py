"""The verbs of billing in words, for timelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lonja.activity.models import Event
from lonja.billing.models import Invoice

VERBS: dict[str, tuple[Any, str]] = {
    "billing.draft_created": (_("preparó un borrador de factura"), "file-plus"),
    "billing.draft_deleted": (_("borró un borrador de factura"), "trash"),
    "billing.draft_restored": (_("recuperó un borrador de factura"), "arrow-back-up"),
    "billing.issued": (_("emitió la factura"), "file-check"),
    "billing.sent": (_("envió la factura a %(to)s"), "send"),
    "billing.payment_registered": (_("registró un cobro de %(amount)s del %(on)s"), "coin-euro"),
    "billing.payment_undone": (_("deshizo el cobro de %(amount)s del %(on)s"), "arrow-back-up"),
    "billing.series_created": (_("creó una serie"), "list-numbers"),
    "billing.series_changed": (_("cambió una serie"), "list-numbers"),
    "billing.series_continued": (_("continuó la serie desde %(last)s"), "list-numbers"),
}


@dataclass(frozen=True)
class Told:
    who: str
    what: str
    icon: str
    at: Any


def history_of(invoice: Invoice) -> list[Told]:
    """What happened to an invoice, the last first."""
    events = Event.objects.filter(target_type="billing.invoice", target_id=invoice.pk)
    told = []
    for event in events.order_by("-id")[:50]:
        sentence, icon = VERBS.get(event.verb, (_("hizo un cambio"), "history"))
        text = str(sentence)
        try:
            text = text % event.data
        except KeyError:
            text = text.split(" %(")[0]
        told.append(Told(event.actor_name, text, icon, event.at))
    return told
