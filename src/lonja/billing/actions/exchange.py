"""Facturas en sustitución de simplificadas (F3): receipts exchanged for a full invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing.actions.correct import reference_to
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.named import exchanged_by
from lonja.billing.kinds import SUBSTITUTE, kind_of
from lonja.billing.left import Left, left_of, lines_left
from lonja.billing.models import Invoice, ReferenceRole, Status
from lonja.kit.errors import Refused
from lonja.parties.models import Party


def refuse_unless_receipts(receipts: Sequence[Invoice]) -> None:
    """Raises Refused unless they are issued simplificadas that can go in one full invoice."""
    if not receipts:
        raise Refused("substitutes_missing", _("Elige los tiques que se cambian."))
    first = receipts[0]
    for one in receipts:
        kind = kind_of(one.kind)
        if one.status != Status.ISSUED or kind.legal != "F2":
            raise Refused(
                "substitutes_full",
                _("%(number)s no es una factura simplificada emitida: no hace falta cambiarla.")
                % {"number": one},
            )
        full = exchanged_by([one.pk])
        if full is not None:
            raise Refused(
                "already_exchanged",
                _("El tique %(number)s ya se cambió por la factura %(full)s.")
                % {"number": one.number, "full": full.number},
            )
        settings = ("company_id", "currency", "exchange_rate", "surcharge", "prices_include_tax")
        if any(getattr(one, name) != getattr(first, name) for name in settings):
            raise Refused(
                "exchange_unlike",
                _(
                    "%(one)s y %(other)s no llevan la misma moneda, el mismo recargo o los "
                    "impuestos puestos de la misma forma. Cámbialos por separado."
                )
                % {"one": first.number, "other": one.number},
            )


@transaction.atomic
def start_exchange(
    receipts: Sequence[Invoice], party: Party, *, on: date, by: Membership | None
) -> Invoice:
    """The draft of the F3 of those receipts for a client. No more tax is due: it adds up to what
    is left of them, rectificativas counted. Raises Refused."""
    refuse_unless_receipts(receipts)
    first = receipts[0]
    left = left_of(receipts)
    if left.is_nothing or left.total_cents <= 0:
        raise Refused(
            "nothing_left", _("Esos tiques se rectificaron enteros: no queda nada que cambiar.")
        )
    days = {one.operation_on or one.issued_on for one in receipts}
    day = days.pop() if len(days) == 1 else None
    # Several receipts have rounded the tax of each: with it inside the prices the sum is exact.
    gross = first.prices_include_tax or len(receipts) > 1
    if gross and not first.prices_include_tax:
        left = _gross(left)
    invoice = Invoice(
        company=first.company,
        party=party,
        kind=SUBSTITUTE,
        issued_on=on,
        operation_on=day,
        due_on=on,
        payment_method=first.payment_method,
        currency=first.currency,
        exchange_rate=first.exchange_rate,
        prices_include_tax=gross,
        surcharge=first.surcharge,
        message=first.company.invoice_message,
    )
    lines = lines_left(
        left,
        sign=1,
        surcharge=first.surcharge,
        day=day,
        whole=gross and not first.prices_include_tax,
    )
    references = [reference_to(one, ReferenceRole.SUBSTITUTES) for one in receipts]
    return save_draft(invoice, lines, references=references, by=by)


def _gross(left: Left) -> Left:
    """The same amounts with the tax inside."""
    from lonja.kit.money import from_cents

    left.own = {key: from_cents(sum(cents)) for key, cents in left.groups.items()}
    return left
