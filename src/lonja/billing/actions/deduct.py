"""Deducting an advance from the draft of the invoice that comes after it."""

from __future__ import annotations

from django.db import transaction

from lonja.accounts.models import Membership
from lonja.billing.actions.correct import reference_to
from lonja.billing.actions.drafts import save_draft
from lonja.billing.advances import deduction_lines, discount_lines
from lonja.billing.models import Invoice, ReferenceRole


@transaction.atomic
def deduct_advance(draft: Invoice, advance: Invoice, *, by: Membership | None) -> bool:
    """Have a draft name an issued advance and take off what is left of it, as the editor does.

    Once: a draft that names it already is not touched, nor is an issued invoice (False). A global
    discount in per cent becomes lines, or the advance would be discounted too.
    """
    draft = Invoice.objects.select_related("company", "party").get(
        pk=Invoice.objects.locked(draft).pk
    )
    references = list(draft.references.all())
    named = {row.target_id for row in references if row.role == ReferenceRole.ADVANCE}
    if not draft.is_draft or advance.pk in named:
        return False
    lines = list(draft.lines.order_by("position", "pk"))
    lines += [*discount_lines(draft, lines), *deduction_lines(advance)]
    draft.global_discount_pct = 0
    references.append(reference_to(advance, ReferenceRole.ADVANCE))
    save_draft(draft, lines, references=references, by=by)
    return True
