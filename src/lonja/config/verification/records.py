"""VERI*FACTU chains: every huella computed again from the stored XML, every link followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.billing.models import Invoice
from lonja.billing.regimes import active_regime
from lonja.config.verification.problems import BrokenRecord, Problem
from lonja.fiscal.audit import audit
from lonja.fiscal.models import Chain, Record, RecordState


def check_chain(chain: Chain, checked: Counter[str]) -> tuple[list[Problem], BrokenRecord | None]:
    """Audit a chain to its first broken record, or to its end and its head."""
    report = audit(chain)
    checked["records"] += report.checked
    if report.ok:
        return [], None
    broken = BrokenRecord(
        organisation=chain.organisation.slug,
        chain=str(chain),
        position=int(report.broken_at or 0),
        number=report.number,
        code=report.code,
        message=str(report.message),
    )
    where = _("registro %(position)s (%(number)s)") % {
        "position": broken.position,
        "number": broken.number,
    }
    return [Problem(f"record_{report.code}", where, broken.message)], broken


def check_queue(chain: Chain) -> Iterator[Problem]:
    """What is marked as settled has the agency's verdict, and what comes next has not."""
    unsettled = Record.objects.filter(
        chain=chain, state__in=(RecordState.PENDING, RecordState.SENT)
    )
    behind = unsettled.filter(position__lte=chain.settled_position).order_by("position").first()
    if behind is not None:
        text = _("El registro consta como resuelto y nunca tuvo respuesta de la AEAT.")
        yield Problem("record_forgotten", str(behind.number), text)
    following = Record.objects.filter(chain=chain, position=chain.settled_position + 1)
    if following.exclude(state__in=(RecordState.PENDING, RecordState.SENT)).exists():
        text = _("La cola de envío no empieza en el primer registro sin respuesta.")
        yield Problem("queue_behind", str(chain), text)


def check_missing_records() -> Iterator[Problem]:
    """Every issued invoice of a company under a regime has its record of alta."""
    for company in Company.objects.all():
        if active_regime(company) is None:
            continue
        recorded = Record.objects.filter(operation="alta").values("invoice_id")
        missing = (
            Invoice.objects.filter(company=company).exclude(number="").exclude(pk__in=recorded)
        )
        for number in missing.order_by("pk").values_list("number", flat=True).iterator():
            yield Problem("record_missing", number, _("La factura no tiene registro."))
