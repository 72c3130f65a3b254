"""Series of a company."""

from __future__ import annotations

from lonja.accounts.models import Company
from lonja.billing.models import Series


def ensure_series(company: Company) -> Series:
    """The default series of a company for ordinary invoices, made if it has none.

    The second company of an organisation gets its own; numbers are correlative inside each.
    """
    series = Series.objects.filter(company=company, use="ordinary").order_by("pk").first()
    if series is None:
        series = Series.objects.create(
            company=company, code="F", name="Ventas", use="ordinary", is_default=True
        )
    return series
