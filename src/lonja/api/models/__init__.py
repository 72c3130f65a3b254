from lonja.api.models.calls import IdempotentCall
from lonja.api.models.token import ApiToken
from lonja.api.models.webhooks import Delivery, DeliveryState, WebhookEndpoint

__all__ = ["ApiToken", "Delivery", "DeliveryState", "IdempotentCall", "WebhookEndpoint"]
