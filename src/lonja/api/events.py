"""What may be told to other programs: the events, and the verbs of the history they come from."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class WebhookEvent:
    """An event of the catalogue. `verbs`: the verbs of the history that are it."""

    code: str
    label: object
    verbs: tuple[str, ...] = ()


EVENTS: dict[str, WebhookEvent] = {
    event.code: event
    for event in (
        WebhookEvent("client.created", _("Se crea un cliente"), ("parties.created",)),
        WebhookEvent(
            "client.updated",
            _("Cambia un cliente"),
            (
                *("parties.updated", "parties.agent_changed", "parties.blocked"),
                *("parties.unblocked", "parties.merged", "parties.merge_undone"),
                "parties.restored",
            ),
        ),
        WebhookEvent(
            "client.archived",
            _("Se archiva un cliente, o se une a otro"),
            ("parties.archived", "parties.merged_away"),
        ),
        WebhookEvent("product.created", _("Se crea un producto"), ("catalogue.created",)),
        WebhookEvent(
            "product.updated",
            _("Cambia un producto"),
            ("catalogue.updated", "catalogue.activated", "catalogue.deactivated"),
        ),
        WebhookEvent("invoice.issued", _("Se emite una factura"), ("billing.issued",)),
        WebhookEvent("invoice.sent", _("Se envía una factura"), ("billing.sent",)),
        # Not a verb: a payment after which nothing is owed (`actions.webhooks`).
        WebhookEvent("invoice.paid", _("Una factura queda cobrada del todo")),
        WebhookEvent(
            "payment.registered", _("Se registra un cobro"), ("billing.payment_registered",)
        ),
        WebhookEvent(
            "payment.undone",
            _("Se deshace un cobro, o lo devuelve el banco"),
            ("billing.payment_undone", "billing.payment_returned"),
        ),
        WebhookEvent("quote.sent", _("Se envía un presupuesto"), ("sales.quote_published",)),
        WebhookEvent("quote.signed", _("Se firma un presupuesto"), ("sales.quote_accepted",)),
        WebhookEvent("quote.rejected", _("Se rechaza un presupuesto"), ("sales.quote_rejected",)),
        WebhookEvent("plan.started", _("Se da de alta una plantilla"), ("subscriptions.started",)),
        WebhookEvent(
            "plan.changed",
            _("Cambia, se pausa o se reanuda una plantilla"),
            ("subscriptions.changed", "subscriptions.paused", "subscriptions.resumed"),
        ),
        WebhookEvent("plan.ended", _("Se da de baja una plantilla"), ("subscriptions.ended",)),
    )
}
# Sent by hand, to try.
PING = "ping"
PAID = "invoice.paid"
# Verbs after which an invoice may owe nothing.
MAY_PAY = frozenset({"billing.payment_registered", "billing.credit_applied"})

OF_VERB: dict[str, str] = {verb: event.code for event in EVENTS.values() for verb in event.verbs}
