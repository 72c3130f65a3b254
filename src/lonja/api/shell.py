"""What the API says on «Inicio»."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext


def webhooks_phrase(member: Any) -> str:
    """«1 webhook desactivado por fallar», or nothing."""
    from lonja.api.models import WebhookEndpoint

    off = WebhookEndpoint.objects.filter(disabled_at__isnull=False, deleted_at=None).count()
    if not off:
        return ""
    text = ngettext(
        "%(n)s webhook desactivado por fallar", "%(n)s webhooks desactivados por fallar", off
    )
    return text % {"n": off}
