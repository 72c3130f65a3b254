"""The texts of the floors that know nothing of Django, in the language of whoever reads.

Spanish as they are written, until somebody says how to translate them (`accounts` does).
"""

from __future__ import annotations

from collections.abc import Callable


def _as_written(text: str) -> str:
    return text


_translate: Callable[[str], str] = _as_written


def translate_with(function: Callable[[str], str]) -> None:
    """From now on texts go through that function: Django's gettext."""
    global _translate
    _translate = function


def _(text: str) -> str:
    """The text in the language of the moment. «%(name)s» is filled in afterwards."""
    return _translate(text)


def gettext_noop(text: str) -> str:
    """The same text: only marked, to be translated where it is shown. Looking a text up costs as
    much as checking a line."""
    return text
