"""What becomes of invoices and money when two clients turn out to be the same."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lonja.parties import merging


def register() -> None:
    merging.stays(
        "billing.Invoice.party",
        "una factura emitida no cambia (RD 1619/2012): solo se mueven los borradores",
        movable=Q(number=""),
    )
    merging.stays("billing.Receipt.party", "un cobro no cambia de dueño")
    merging.stays("billing.Credit.party", "un saldo no cambia de dueño")
    merging.stays("billing.Entry.party", "los apuntes solo se añaden")
    merging.blocks(
        "billing.CashClient.party",
        _("Es el cliente de contado: no se une a otra ficha."),
    )
