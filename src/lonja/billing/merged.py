"""What becomes of invoices and money when two clients turn out to be the same."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.billing.models import Application, Entry
from lonja.kit.errors import Refused
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
    merging.before_split(refuse_split)


def refuse_split(stay: Sequence[int], leave: Sequence[int]) -> None:
    """Raise Refused `merge_paid` when money of one paid what the other owed since they are one:
    apart, neither balance would be right."""
    entries = Entry.objects.filter(invoice__isnull=False)
    applied = Application.objects.all()
    crossed = (
        entries.filter(party__in=stay, invoice__party__in=leave),
        entries.filter(party__in=leave, invoice__party__in=stay),
        applied.filter(credit__party__in=stay, invoice__party__in=leave),
        applied.filter(credit__party__in=leave, invoice__party__in=stay),
    )
    if any(rows.exists() for rows in crossed):
        raise Refused(
            "merge_paid",
            gettext(
                "Desde que se unieron, un cobro o un saldo de una ha pagado facturas de la otra: "
                "ya no se pueden separar."
            ),
        )
