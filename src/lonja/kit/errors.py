"""The one error a person can mend."""


class Refused(Exception):
    """Something the person asked for cannot be done, and they can mend it.

    ``code`` is a stable English word to quote and to test; ``message`` is the Spanish text to
    show, and also ``str(error)``. ``field`` names the form field at fault; ``fields`` maps several
    field names to their own texts. Anything that is not a ``Refused`` is a bug and should be loud.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str = "",
        fields: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return str(self.message)

    def __repr__(self) -> str:
        return f"Refused({self.code!r}, {str(self.message)!r})"
