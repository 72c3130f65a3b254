"""What rooms above add to invoices: downloads, files of the mail, zips. (The cards of its page are
`ui.registry.object_panel`.)

Each room registers in its `apps.ready()`, before any page is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lonja.billing.models import Invoice
from lonja.files.models import StoredFile
from lonja.mail import Attach


@dataclass(frozen=True)
class Download:
    """An entry of «Descargar» on the page of an issued invoice; `url_name` takes its id."""

    label: Any
    url_name: str
    args: tuple[Any, ...] = ()
    icon: str = "file-code"
    order: int = 100


@dataclass(frozen=True)
class Archive:
    """Many invoices in a zip: `make(invoice, data)` gives the file of each, or raises Refused.

    `form` asks for `data` before.
    """

    code: str
    label: Any
    icon: str
    permission: str
    file_name: Any
    make: Callable[[Invoice, Mapping[str, str]], StoredFile]
    form: Any = None


Files = Mapping[int, Sequence[Attach]]
Extra = Callable[[Sequence[Invoice]], Callable[[], Files]]
Check = Callable[[Invoice], None]
Issued = Callable[[Sequence[Invoice]], None]


@dataclass
class _Registered:
    downloads: list[Download] = field(default_factory=list)
    archives: dict[str, Archive] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)


_known = _Registered()


def download(
    label: Any, url_name: str, *args: Any, icon: str = "file-code", order: int = 100
) -> None:
    """Add an entry to «Descargar»."""
    _known.downloads.append(Download(label, url_name, args, icon, order))


def downloads() -> list[Download]:
    return sorted(_known.downloads, key=lambda one: one.order)


def archive(one: Archive) -> None:
    """Add an action to the list that gives many invoices in a zip."""
    _known.archives[one.code] = one


def archives() -> dict[str, Archive]:
    return dict(_known.archives)


def extra_attachments(extra: Extra) -> None:
    """Add files to the mail of invoices.

    `extra(invoices)` is asked once for a whole batch, before anything is locked: it looks up what
    their clients want. What it gives is called once the invoices are written, and says what to
    attach by invoice id, with `Attach.later`; it makes nothing yet.
    """
    _known.extras.append(extra)


def attachments_of(invoices: Sequence[Invoice]) -> Callable[[], dict[int, list[Attach]]]:
    """What gives, once they are written, what is attached beside the PDF, by invoice id."""
    asked = [extra(invoices) for extra in _known.extras] if invoices else []

    def found() -> dict[int, list[Attach]]:
        files: dict[int, list[Attach]] = {}
        for one in asked:
            for pk, its in one().items():
                files.setdefault(pk, []).extend(its)
        return files

    return found


def before_issue(check: Check) -> None:
    """Have `check(invoice)` called with each draft about to be issued, before anything is locked;
    what it raises (Refused) stops that one. It must ask the database nothing of most of them."""
    _known.checks.append(check)


def refuse_unless_allowed(invoice: Invoice) -> None:
    """Raises what a room above refuses."""
    for check in _known.checks:
        check(invoice)


def on_issued(fn: Issued) -> None:
    """Have `fn(invoices)` called with what was just issued, in the same transaction. It must ask
    the database nothing of most of them."""
    _known.issued.append(fn)


def tell_issued(invoices: Sequence[Invoice]) -> None:
    for fn in _known.issued:
        fn(invoices)
