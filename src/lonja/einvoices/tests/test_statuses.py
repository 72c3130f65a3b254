"""States of issued electronic invoices (RD 238/2026)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lonja.einvoices.actions.statuses import current_status, tell_status
from lonja.einvoices.models import IssuedStatus
from lonja.kit.errors import Refused


def test_a_state_is_written_with_its_day_and_shown(as_lucia, issue, lonja):
    one = issue({})
    day = lonja.company.today()
    path = f"/facturas/{one.pk}/estado-electronico/"
    data = {"status": "accepted", "on": f"{day:%d/%m/%Y}", "reason": ""}
    assert as_lucia.post(path, data).status_code == 303
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "Aceptada" in html
    assert "apuntó que el cliente la tiene como: Aceptada" in html


@pytest.mark.parametrize(
    ("status", "days", "code"),
    [
        ("accepted", -1, "status_day"),
        ("accepted", 1, "status_day"),
        ("rejected", 0, "status_reason"),
    ],
)
def test_what_cannot_be_is_refused(issue, lucia, lonja, status, days, code):
    with pytest.raises(Refused) as refused:
        tell_status(issue({}), status, lonja.company.today() + timedelta(days), by=lucia)
    assert refused.value.code == code
    assert not IssuedStatus.objects.exists()


def test_a_state_is_taken_back_and_the_one_before_holds(issue, lucia, lonja):
    one, day = issue({}), lonja.company.today()
    tell_status(one, "accepted", day, by=lucia)
    tell_status(one, "paid", day, by=lucia)
    tell_status(one, "withdrawn", day, by=lucia)
    assert current_status(one).status == "accepted"
    tell_status(one, "withdrawn", day, by=lucia)
    assert current_status(one) is None
    with pytest.raises(Refused):
        tell_status(one, "withdrawn", day, by=lucia)
    assert IssuedStatus.objects.count() == 4


def test_telling_the_same_twice_is_telling_it_once(issue, lucia, lonja):
    one, day = issue({}), lonja.company.today()
    first = tell_status(one, "paid", day, by=lucia)
    assert tell_status(one, "paid", day, by=lucia).pk == first.pk


def test_a_draft_has_no_states(lonja, lucia, hotel):
    from lonja.billing.models import Invoice

    draft = Invoice.objects.create(company=lonja.company, party=hotel)
    with pytest.raises(Refused) as refused:
        tell_status(draft, "paid", lonja.company.today(), by=lucia)
    assert refused.value.code == "not_issued"


def test_who_only_reads_writes_no_states(issue, as_marcos, as_nuria, marcos, hotel):
    hotel.agent = marcos
    hotel.save()
    one = issue({}, agent=marcos)
    path = f"/facturas/{one.pk}/estado-electronico/"
    assert as_marcos.post(path, {"status": "paid"}).status_code == 403
    assert as_nuria.post(path, {"status": "paid"}).status_code == 404
