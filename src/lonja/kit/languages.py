"""The languages in which documents and mails for customers are written."""

from __future__ import annotations

# Each by its own name: whoever chooses one reads it.
LANGUAGES: dict[str, str] = {
    "es": "Español",
    "ca": "Català",
    "gl": "Galego",
    "eu": "Euskara",
    "en": "English",
}
DEFAULT = "es"


def known(code: str) -> str:
    """That language if documents are written in it, else Spanish: «va» is written as «ca»."""
    code = (code or "").replace("_", "-").split("-")[0].lower()
    code = {"va": "ca", "val": "ca"}.get(code, code)
    return code if code in LANGUAGES else DEFAULT
