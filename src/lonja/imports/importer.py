"""What a room writes to let a list of its own in: fields, and what to do with a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.text import clean_line

if TYPE_CHECKING:
    from datetime import date

    from lonja.accounts.models import Company, Membership

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"

T = TypeVar("T")


@dataclass(frozen=True)
class Field:
    """A column the importer understands.

    `synonyms` are other headings people use (Spanish, Catalan, English; case, accents and
    punctuation do not matter). `hint` tells what is expected in it.
    """

    name: str
    label: Any
    synonyms: tuple[str, ...] = ()
    required: bool = False
    hint: Any = ""
    example: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issue:
    """What is wrong (error: the row is left out) or odd (warning: it goes in) with a row."""

    row: int
    column: str
    value: str
    code: str
    message: str
    is_error: bool


class Row:
    """A row of the file: its number (the heading is 1) and its cells by field name."""

    __slots__ = ("cells", "headings", "issues", "number", "scratch")

    def __init__(self, number: int, cells: dict[str, str], headings: dict[str, str]) -> None:
        self.number = number
        self.cells = cells
        self.headings = headings
        self.issues: list[Issue] = []
        self.scratch: dict[str, Any] = {}  # of the importer, from `prepare` to `row`

    def text(self, name: str) -> str:
        """The cell, or an empty text when the file does not bring that field."""
        return self.cells.get(name, "")

    def brings(self, name: str) -> bool:
        """Whether the cell has something: an empty one leaves what we have as it is."""
        return bool(self.cells.get(name))

    def has_column(self, name: str) -> bool:
        """Whether the file has that column at all."""
        return name in self.headings

    def error(self, name: str, code: str, message: Any) -> None:
        """The row will be left out, for this reason."""
        self._note(name, code, message, True)

    def warn(self, name: str, code: str, message: Any) -> None:
        """The row goes in, and the person is told."""
        self._note(name, code, message, False)

    def line(self, name: str, longest: int) -> str:
        """The cell as one clean line; what does not fit is cut, with a notice."""
        text = clean_line(self.text(name))
        if len(text) > longest:
            self.warn(
                name,
                "text_cut",
                _("Tiene más de %(longest)s caracteres: se ha recortado.") % {"longest": longest},
            )
            text = text[:longest].rstrip()
        return text

    def read(self, name: str, parse: Callable[[str], T], *, code: str = "") -> T | None:
        """What `parse` makes of the cell; None when it is empty or refused (noted as error)."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text)
        except Refused as refused:
            self.error(name, code or refused.code, refused.message)
            return None

    @property
    def is_refused(self) -> bool:
        return any(issue.is_error for issue in self.issues)

    def _note(self, name: str, code: str, message: Any, is_error: bool) -> None:
        heading = self.headings.get(name, name)
        value = self.text(name)
        self.issues.append(Issue(self.number, heading, value[:200], code, str(message), is_error))


class Importer:
    """Base of importers. One object works through one file, batch after batch, each in a
    transaction of its own; after a crash a new object goes on from the last batch committed.

    A batch: `prepare(rows)` loads what the rows need in a few queries; `row(row)` is called for
    each, notes errors and warnings on it and returns CREATED, UPDATED or UNCHANGED (ignored when
    the row has errors); `flush()` writes everything at once. It is not called when only checking,
    so `row` must write nothing.
    """

    do_not_call_in_templates: ClassVar[bool] = True  # templates show classes, they make none
    kind: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "file-import"
    permission: ClassVar[str]
    order: ClassVar[int] = 100
    fields: ClassVar[tuple[Field, ...]]
    # What the result page links to.
    result_url: ClassVar[str] = ""
    result_label: ClassVar[Any] = ""
    batch_size: ClassVar[int] = 500

    def __init__(
        self, *, by: Membership | None, company: Company, today: date, run_id: int | None = None
    ) -> None:
        self.by = by
        self.company = company
        self.today = today
        self.run_id = run_id

    def remember(self, row: Row) -> None:
        """Take note of a row that an earlier attempt already imported (no writing)."""

    def prepare(self, rows: Sequence[Row]) -> None:
        """Load what the rows need."""

    def row(self, row: Row) -> str:
        """Check a row and keep what has to be written."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what the rows of the batch left, inside the batch's transaction."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what the rows of the batch left: it was only a check."""
        raise NotImplementedError

    @classmethod
    def field(cls, name: str) -> Field:
        return next(field for field in cls.fields if field.name == name)
