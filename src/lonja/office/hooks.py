"""Things other rooms do when an organisation gets a company, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lonja.accounts.models import Company, Membership

CompanyHook = Callable[["Company", "Membership | None"], object]
_company_created: list[CompanyHook] = []


def on_company_created(function: CompanyHook) -> None:
    """Have `function(company, by)` called inside the transaction that makes a company.

    What it returns is not used. Billing makes its series here. Registered in `apps.ready()`.
    """
    if function not in _company_created:
        _company_created.append(function)


def company_created(company: Company, by: Membership | None) -> None:
    for function in _company_created:
        function(company, by)
