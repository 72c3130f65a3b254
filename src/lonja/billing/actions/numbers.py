"""After a restore: issuing goes on once the last numbers really issued are known."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import current_organisation_id
from lonja.activity import record
from lonja.billing.models import SeriesYear
from lonja.kit.errors import Refused


def counters_in_use() -> list[SeriesYear]:
    """The counters that have issued, by series and the latest year first."""
    rows = SeriesYear.objects.select_related("series__company").filter(next_number__gt=1)
    return list(rows.order_by("series__company_id", "series__code", "-year"))


@transaction.atomic
def confirm_last_numbers(last: Mapping[int, int], *, by: Membership | None) -> list[SeriesYear]:
    """Let the organisation in scope issue again. `last` maps the id of a counter to the last
    number really issued; a counter left out goes on from where it is.

    Numbers skipped are told in the history, which `lonja verify` reads. Raises Refused, and changes
    nothing, when a number is behind the counter.
    """
    counters = counters_in_use()
    for counter in counters:
        issued = counter.next_number - 1
        told = last.get(counter.pk, issued)
        if told < issued:
            raise Refused(
                "number_behind",
                _(
                    "%(series)s %(year)s: la copia ya llega al %(printed)s; el último no puede ser "
                    "anterior."
                )
                % {
                    "series": counter.series.code,
                    "year": counter.year,
                    "printed": counter.series.number_for(counter.year, issued),
                },
                field=f"last_{counter.pk}",
            )
        if told > issued:
            data = {"from": counter.next_number, "to": told, "year": counter.year}
            record(by, "billing.numbers_skipped", counter.series, **data)
            counter.next_number = told + 1
            counter.save(update_fields=["next_number"])
    Organisation.objects.filter(pk=current_organisation_id()).update(issuing_blocked_reason="")
    return counters
