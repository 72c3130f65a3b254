"""What an issued invoice adds to the balance of its customer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lonja.billing.models import Correction, Invoice, InvoiceReference, ReferenceRole
from lonja.kit.money import from_cents, round_cents, to_cents


def charge_of(invoice: Invoice, references: Sequence[InvoiceReference]) -> int:
    """Cents that the customer owes more (negative: less) because of this invoice.

    All it asks to pay but for a rectificativa «por sustitución»: its lines carry the new full
    amounts (RD 1619/2012 art. 15.5) and the customer already owed, or paid, the old ones, so only
    the difference is charged; and for a full invoice in the place of simplificadas. The old amount
    is what was left of those invoices when they are ours (`replaced_cents`); else, what the
    rectificativa itself says it replaces, with the retention on that base.
    """
    if invoice.replaced_cents:
        return invoice.payable_cents - invoice.replaced_cents
    if invoice.correction != Correction.SUBSTITUTION or invoice.corrected_base_cents is None:
        return invoice.payable_cents
    base = invoice.corrected_base_cents
    old = base + (invoice.corrected_tax_cents or 0) + (invoice.corrected_surcharge_cents or 0)
    corrected = [row for row in references if row.role == ReferenceRole.CORRECTS]
    targets = [row.target for row in corrected if row.target is not None]
    all_ours = bool(targets) and len(targets) == len(corrected)
    if all_ours and sum(target.total_cents for target in targets) == old:
        return invoice.payable_cents - sum(target.payable_cents for target in targets)
    pct = invoice.withholding_pct or Decimal(0)
    withheld = to_cents(round_cents(from_cents(base) * pct / 100))
    return invoice.payable_cents - (old - withheld)
