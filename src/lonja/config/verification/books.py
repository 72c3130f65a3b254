"""The books of billing and subscriptions, beyond what `lonja.billing.verify` looks at."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from lonja.billing.models import Entry, EntryKind, Invoice, InvoiceLine
from lonja.config.verification.problems import Problem
from lonja.subscriptions.models import Obligation, Outcome


def check_charges() -> Iterator[Problem]:
    """Each issued invoice has its charge in the ledger, of what it adds to the balance."""
    charges = Entry.objects.filter(kind=EntryKind.CHARGE)
    issued = Invoice.objects.exclude(number="")
    without = issued.exclude(pk__in=charges.values("invoice_id"))
    for number in without.order_by("pk").values_list("number", flat=True).iterator():
        yield Problem("charge_missing", number, _("La factura no está en el libro de saldos."))
    different = charges.exclude(amount_cents=F("invoice__charged_cents"))
    for number in different.order_by("pk").values_list("invoice__number", flat=True).iterator():
        yield Problem("charge_differs", number, _("El cargo no es el importe de la factura."))


def check_line_sums() -> Iterator[Problem]:
    """The net of an issued invoice is the sum of its lines' own."""
    sums = (
        InvoiceLine.objects.exclude(invoice__number="")
        .order_by("invoice_id")
        .values_list("invoice__number", "invoice__net_cents")
        .annotate(net=Sum("net_cents"))
        .exclude(net=F("invoice__net_cents"))
    )
    for number, _kept, _net in sums.iterator():
        yield Problem("lines_differ", number, _("Las líneas no suman el neto de la factura."))


def check_obligations() -> Iterator[Problem]:
    """Each period billed names its invoice, and each invoice of a plan one period."""
    hollow = Obligation.objects.filter(outcome=Outcome.ISSUED, invoice__isnull=True)
    for plan_id, start in hollow.values_list("plan_id", "period_start").iterator():
        yield Problem(
            "obligation_hollow", f"{plan_id} {start}", _("Periodo facturado sin factura.")
        )
    claimed = Obligation.objects.filter(invoice__isnull=False).values("invoice_id")
    loose = Invoice.objects.filter(origin_type="subscriptions.plan").exclude(pk__in=claimed)
    for number in loose.exclude(number="").values_list("number", flat=True).iterator():
        yield Problem(
            "obligation_missing", number, _("Factura de una plantilla sin su periodo anotado.")
        )
