"""The money of a client: the figures of its page and of the list of clients, and the filters of
that list by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.ahead import Question
from lonja.accounts.bulk import these
from lonja.accounts.models import Membership
from lonja.billing import permissions, reports
from lonja.billing.balances import credit_by_party
from lonja.billing.models import Credit, Invoice
from lonja.kit.dates import add_months
from lonja.parties.merging import family
from lonja.parties.models import Party
from lonja.parties.registry import client_filter
from lonja.ui import formats
from lonja.ui.registry import client_fact
from lonja.ui.tables import FlagFilter
from lonja.ui.tables.counts import FEW_IDS

Facts = dict[int, tuple[str, str]]


def register() -> None:
    view, payments = permissions.VIEW, permissions.PAYMENTS
    owed, credit = reports.outstanding_by_party.asked, credit_by_party.asked
    client_fact(_("Pendiente"), _outstanding, order=10, permission=view, asks=owed)
    client_fact(_("Vencido"), _overdue, order=20, permission=view, asks=_overdue_asked)
    client_fact(_("Saldo a favor"), _credit, order=30, permission=payments, asks=credit)
    client_fact(_("Facturado 12 meses"), _billed, order=40, permission=view, asks=_billed_asked)
    label = _("Plazo medio de cobro")
    client_fact(label, _collection_days, order=60, permission=payments, asks=_days_asked)
    client_filter(_Having("con-deuda", _("Con deuda"), _unpaid, permission=view), order=10)
    client_filter(_Having("con-saldo", _("Con saldo"), _credits, permission=payments), order=20)


class _Having(FlagFilter):
    """Clients that have some of the rows that the member sees, or those merged into them do."""

    def __init__(
        self, name: str, label: Any, rows: Callable[[Membership], QuerySet], **kwargs: Any
    ) -> None:
        super().__init__(name, label, **kwargs)
        self._rows = rows

    def read(self, params: QueryDict, member: Any) -> Any:
        return member if super().read(params, member) else None

    def narrow(self, queryset: QuerySet, value: Any) -> QuerySet:
        """Few clients are asked for by their ids; when they are many, walking the list in its order
        meets them soon."""
        rows = self._rows(value).order_by()
        having = Exists(rows.filter(party_id=OuterRef("pk")))
        merged = Party.objects.filter(having, merged_into__isnull=False)
        kept = list(merged.values_list("merged_into_id", flat=True))
        ids = list(rows.values_list("party_id", flat=True).distinct()[: FEW_IDS + 1])
        queryset = queryset.filter(merged_into=None)
        if len(ids) <= FEW_IDS:
            return queryset.filter(pk__in=these([*ids, *kept]))
        return queryset.filter(having | Q(pk__in=these(kept)) if kept else having)


def _unpaid(member: Membership) -> QuerySet:
    return Invoice.objects.all().visible_to(member).unpaid().filter(outstanding_cents__gt=0)


def _credits(member: Membership) -> QuerySet:
    return Credit.objects.all().visible_to(member).filter(remaining_cents__gt=0)


def _outstanding(member: Any, party_ids: Iterable[int]) -> Facts:
    return _in_euros(reports.outstanding_by_party(member, party_ids), party_ids)


def _overdue(member: Any, party_ids: Iterable[int]) -> Facts:
    found = reports.overdue_by_party(member, party_ids, timezone.localdate())
    return _in_euros(found, party_ids, tone="bad")


def _overdue_asked(member: Any, party_ids: Iterable[int]) -> Sequence[Question]:
    return reports.whole_overdue_by_party.asked(member, party_ids, today=timezone.localdate())


def _credit(member: Any, party_ids: Iterable[int]) -> Facts:
    return _in_euros(credit_by_party(member, party_ids), party_ids, tone="ok")


def _billed(member: Any, party_ids: Iterable[int]) -> Facts:
    found = reports.billed_by_party(member, party_ids, timezone.localdate())
    return _in_euros(found, party_ids)


def _billed_asked(member: Any, party_ids: Iterable[int]) -> Sequence[Question]:
    today = timezone.localdate()
    after = add_months(today, -12)
    return reports.billed_between_by_party.asked(member, party_ids, after=after, today=today)


def _collection_days(member: Any, party_ids: Iterable[int]) -> Facts:
    found = reports.collection_days_by_party(member, party_ids, timezone.localdate())
    return {
        pk: (ngettext("%(n)s día", "%(n)s días", days) % {"n": days}, "")
        for pk, days in found.items()
    }


def _days_asked(member: Any, party_ids: Iterable[int]) -> Sequence[Question]:
    after = add_months(timezone.localdate(), -12)
    return reports.paid_by_party.asked(member, parties=list(family(party_ids)), after=after)


def _in_euros(found: dict[int, int], party_ids: Iterable[int], tone: str = "") -> Facts:
    """Zero is told too; the tone is of those that have something."""
    return {
        pk: (formats.money(found.get(pk, 0)), tone if found.get(pk) else "") for pk in party_ids
    }
