"""Parts of the editor that only some drafts have: advances deducted, and what is corrected."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from lonja.billing import reports
from lonja.billing.actions.correct import reference_to
from lonja.billing.advances import advance_concept, deduction_lines
from lonja.billing.kinds import kind_of
from lonja.billing.left import left_of
from lonja.billing.models import (
    Correction,
    Invoice,
    InvoiceReference,
    ReferenceRole,
)
from lonja.kit.dates import format_date
from lonja.kit.money import format_eur, from_cents
from lonja.kit.text import row_id

if TYPE_CHECKING:
    from lonja.billing.views.editor_state import Editor

FIELD = "anticipo"


class Advances:
    """Earlier invoices of the client that this one deducts: their amounts as negative lines."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    @property
    def is_offered(self) -> bool:
        """Whether this kind of invoice may deduct them and the client has any."""
        invoice = self.editor.invoice
        allowed = kind_of(invoice.kind).names_recipient and kind_of(invoice.kind).starts_blank
        return allowed and bool(invoice.party_id) and bool(self.options)

    @property
    def chosen(self) -> list[InvoiceReference]:
        return [row for row in self.editor.references if row.role == ReferenceRole.ADVANCE]

    @cached_property
    def options(self) -> list[tuple[Invoice, bool]]:
        """The invoices that may be deducted, and whether each is."""
        invoice = self.editor.invoice
        if not invoice.party_id:
            return []
        taken = {row.target_id for row in self.chosen}
        rows = reports.possible_advances(self.editor.member, invoice, always=taken)
        return [(one, one.pk in taken) for one in rows]

    def asked(self, data: Any) -> list[InvoiceReference]:
        """The references to what is ticked; others are left out."""
        if data.get(f"{FIELD}s") != "1":  # the page had no such list
            return self.chosen
        ids = {int(v) for v in data.getlist(FIELD)[:50] if v.isascii() and v.isdigit()}
        if not ids or not self.editor.invoice.party_id:
            return []
        rows = reports.possible_advances(self.editor.member, self.editor.invoice, always=ids)
        return [reference_to(one, ReferenceRole.ADVANCE) for one in rows if one.pk in ids]

    def rewrite(self, data: Any) -> None:
        """Add the negative lines of what was just ticked, and take away those no longer ticked."""
        editor = self.editor
        told = map(row_id, data.getlist(f"{FIELD}_antes")[:50])
        before = {pk for pk in told if pk is not None}
        now = {row.target_id: row for row in self.chosen}
        gone = Invoice.objects.filter(pk__in=before - set(now)).values_list("number", flat=True)
        heads = [advance_concept(number) for number in gone]
        keep = [
            index
            for index, line in enumerate(editor.built)
            if not any(line.concept == head for head in heads)
        ]
        filled = editor.lines.filled
        editor.built = [editor.built[index] for index in keep]
        forms = [filled[index] for index in keep]
        for pk, row in now.items():
            if pk in before or row.target is None:
                continue
            for line in deduction_lines(row.target):
                editor.built.append(line)
                forms.append(editor.lines.written(line))
        editor.lines.forms = forms or [editor.lines.blank()]


def reference_texts(references: Iterable[InvoiceReference]) -> list[tuple[str, str, int | None]]:
    """(what it does to it, which invoice, its id if it is ours) of each, but the advances."""
    return [
        (
            str(ReferenceRole(row.role).label),
            _("%(number)s del %(day)s") % {"number": row.number, "day": format_date(row.issued_on)},
            row.target_id,
        )
        for row in references
        if row.role != ReferenceRole.ADVANCE
    ]


def correction_rows(
    invoice: Invoice, references: Iterable[InvoiceReference]
) -> list[tuple[str, str, str, str]]:
    """Before, after and difference of what a rectificativa corrects: (label, three amounts)."""
    targets = [
        row.target
        for row in references
        if row.role == ReferenceRole.CORRECTS and row.target is not None
    ]
    if not targets:
        return []
    left = left_of(targets)
    before = (left.base_cents, left.tax_cents + left.surcharge_cents, left.total_cents)
    mine = (invoice.base_cents, invoice.tax_cents + invoice.surcharge_cents, invoice.total_cents)
    replaces = invoice.correction == Correction.SUBSTITUTION
    rows = []
    for label, was, own in zip((_("Base"), _("Cuota"), _("Total")), before, mine, strict=True):
        after = own if replaces else was + own
        amounts = (format_eur(from_cents(cents)) for cents in (was, after, after - was))
        rows.append((label, *amounts))
    return rows  # type: ignore[return-value]
