"""The verbs of the API in words, for timelines."""

from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe
from lonja.api.permissions import MANAGE


def declare() -> None:
    """Teach the history to tell what is done with keys and webhooks (from `apps.ready()`)."""
    describe("api.token_created", _("creó la clave de API «%(name)s»"), "key", MANAGE)
    describe("api.token_revoked", _("revocó la clave de API «%(name)s»"), "key-off", MANAGE)
    describe("api.webhook_created", _("creó un webhook"), "webhook", MANAGE)
    describe("api.webhook_changed", _("cambió el webhook"), "webhook", MANAGE)
    describe("api.webhook_deleted", _("borró el webhook"), "webhook-off", MANAGE)
    describe("api.webhook_secret_renewed", _("cambió el secreto del webhook"), "key", MANAGE)
    describe("api.webhook_switched_on", _("volvió a activar el webhook"), "player-play", MANAGE)
    describe(
        "api.webhook_switched_off",
        _("desactivó el webhook: llevaba días fallando"),
        "webhook-off",
        MANAGE,
    )
    describe("api.webhook_resent", _("envió otra vez un aviso"), "send", MANAGE)
