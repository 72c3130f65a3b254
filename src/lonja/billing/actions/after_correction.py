"""What becomes of the credit that a rectificativa leaves to its client."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing import permissions
from lonja.billing.actions.credits import apply_credits, refund_credit
from lonja.billing.models import Credit, CreditChoice, Invoice, ReferenceRole
from lonja.kit.errors import Refused
from lonja.parties.merging import family_of


def after_correction(invoice: Invoice, *, by: Membership | None) -> None:
    """Do with the credit of a rectificativa just issued what its draft says (`CreditChoice`), in
    the same transaction: left as balance, spent on what is owed of the invoices it corrects, or
    that and the rest given back today by the client's usual way. Raises Refused for who may not
    give money back.
    """
    if not invoice.credit_choice or invoice.charged_cents >= 0:
        return
    credit = Credit.objects.filter(invoice=invoice).select_related("company").first()
    if credit is None:
        return
    pairs = _owed(invoice, credit)
    if pairs:
        apply_credits(pairs, by=by)
    left = credit.remaining_cents - sum(cents for _credit, _target, cents in pairs)
    if invoice.credit_choice != CreditChoice.REFUND or left <= 0:
        return
    if by is not None and not by.can(permissions.SETTLE):
        raise Refused(
            "may_not_refund",
            _("Tu rol no puede devolver dinero: déjalo como saldo a favor del cliente."),
        )
    refund_credit(
        credit,
        amount=left,
        method=invoice.party.payment_method,
        on=max(credit.on, credit.company.today()),
        note=invoice.number,
        by=by,
    )


def _owed(invoice: Invoice, credit: Credit) -> list[tuple[Credit, Invoice, int]]:
    """How much of the credit goes to each invoice that it corrects."""
    targets = Invoice.objects.filter(
        named_by__invoice=invoice,
        named_by__role=ReferenceRole.CORRECTS,
        outstanding_cents__gt=0,
        party_id__in=family_of(invoice.party.root_id),
    )
    left, pairs = credit.remaining_cents, []
    for target in targets.distinct().order_by("issued_on", "pk"):
        cents = min(left, target.outstanding_cents)
        if cents > 0:
            pairs.append((credit, target, cents))
            left -= cents
    return pairs
