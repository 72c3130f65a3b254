"""Errors a person can mend."""

from __future__ import annotations


class Refused(Exception):
    """What was asked cannot be done, and the person can mend it.

    `code` is stable and quotable; `message` says in Spanish what happened and what to do; `field`
    or `fields` (name → message) place it on a form.
    """

    def __init__(
        self, code: str, message: str, *, field: str = "", fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.field = field
        self.fields = fields if fields is not None else ({field: str(message)} if field else {})

    def __str__(self) -> str:
        return str(self.message)
