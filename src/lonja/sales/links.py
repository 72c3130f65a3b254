"""The address of a private link."""

from __future__ import annotations

from urllib.parse import quote as escaped

from django.conf import settings

from lonja.ui.urls import global_url


def link_url(token: str, base_url: str = "") -> str:
    """The whole address that a customer opens. The installation's public address wins."""
    return f"{settings.PUBLIC_URL or base_url}{global_url('portal:quote', token)}"


def whatsapp_url(text: str) -> str:
    """Opens WhatsApp with a text to choose whom to send it to."""
    return f"https://wa.me/?text={escaped(text)}"
