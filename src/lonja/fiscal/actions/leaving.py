"""Leaving VERI*FACTU at the end of a year (FechaFinVeriFactu), or staying."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.fiscal.actions.sending import locked_channel


@transaction.atomic
def set_leaving(company: Company, leaves: bool, *, by: Membership | None) -> date | None:
    """Have the submissions say that the company leaves on 31 December of this year, or that it
    does not. The choice of VERI*FACTU binds until that day (RD 1007/2023, art. 16). Returns it."""
    channel = locked_channel(company, company.nif, settings.VERIFACTU_ENVIRONMENT)
    channel.leaves_on = date(company.today().year, 12, 31) if leaves else None
    channel.save(update_fields=["leaves_on"])
    record(by, "fiscal.leaving", company, leaves=leaves)
    return channel.leaves_on
