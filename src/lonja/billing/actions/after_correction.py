"""What becomes of the credit that a rectificativa leaves to its client."""

from __future__ import annotations

from lonja.accounts.models import Membership
from lonja.billing.actions.credits import apply_credits
from lonja.billing.models import Credit, Invoice, ReferenceRole

KEEP, APPLY = "keep", "apply"


def after_correction(invoice: Invoice, choice: str, *, by: Membership | None) -> int:
    """Do with the credit of an issued rectificativa what was chosen: `keep` leaves it as balance of
    the client (which happens by itself), `apply` spends it on what is owed of the invoices it
    corrects. Giving it back is a payment, made from its page. Returns the cents applied.
    """
    if choice != APPLY:
        return 0
    credit = Credit.objects.filter(invoice=invoice).first()
    if credit is None:
        return 0
    targets = Invoice.objects.filter(
        named_by__invoice=invoice,
        named_by__role=ReferenceRole.CORRECTS,
        outstanding_cents__gt=0,
        party_id=invoice.party_id,
    )
    left, pairs = credit.remaining_cents, []
    for target in targets.distinct().order_by("issued_on", "pk"):
        cents = min(left, target.outstanding_cents)
        if cents > 0:
            pairs.append((credit, target, cents))
            left -= cents
    if not pairs:
        return 0
    apply_credits(pairs, by=by)
    return sum(cents for _credit, _target, cents in pairs)
