"""Secrets at rest: AES-256-GCM bound to the place where they are stored (R36)."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class BrokenSecret(ValueError):
    """The stored secret cannot be opened: altered, moved, or its key is missing."""


def seal(text: str, place: str) -> str:
    """Encrypt text for a place (`model.field:organisation:id`); the result names its key."""
    key_id, key = list(settings.KEYS.encryption_keys.items())[-1]
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}${base64.b64encode(nonce + sealed).decode()}"


def unseal(token: str, place: str) -> str:
    """Decrypt what `seal` made for the same place. Raises BrokenSecret."""
    key_id, _dollar, body = token.partition("$")
    key = settings.KEYS.encryption_keys.get(key_id)
    if key is None:
        raise BrokenSecret(f"Falta la clave {key_id}")
    try:
        raw = base64.b64decode(body, validate=True)
        return AESGCM(key).decrypt(raw[:12], raw[12:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise BrokenSecret("El secreto guardado no se puede leer") from error
