"""The card «Envío» of an invoice follows by itself what becomes of it."""

from __future__ import annotations

from django.utils import timezone

from lonja.billing.actions.customer import record_open
from lonja.billing.actions.send import send_invoice
from lonja.billing.models import Invoice


def test_the_card_is_answered_only_when_something_happened(
    as_lucia, issued, lucia, django_assert_max_num_queries
):
    one = issued("100")
    send_invoice(one, by=lucia)
    page = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert f'data-poll="/clima-levante/facturas/{one.pk}/vivo/"' in page
    asked = {"HX-Request": "true"}
    first = as_lucia.get(f"/facturas/{one.pk}/vivo/", headers=asked)
    assert 'id="vivo-envio"' in first.content.decode()
    asked["If-None-Match"] = first.headers["ETag"]
    with django_assert_max_num_queries(13):
        same = as_lucia.get(f"/facturas/{one.pk}/vivo/", headers=asked)
    assert (same.status_code, same.content) == (304, b"")
    record_open(one, at=timezone.now())
    fresh = as_lucia.get(f"/facturas/{one.pk}/vivo/", headers=asked)
    assert fresh.status_code == 200
    assert "<b>Abierta</b>" in fresh.content.decode()


def test_asked_by_a_browser_it_goes_to_the_page(as_lucia, issued):
    one = issued("100")
    assert as_lucia.get(f"/facturas/{one.pk}/vivo/").url.endswith(f"/facturas/{one.pk}/")


def test_of_another_house_there_is_nothing(as_nuria, issued, lonja):
    one: Invoice = issued("100")
    answer = as_nuria.get(f"/facturas/{one.pk}/vivo/", headers={"HX-Request": "true"})
    assert answer.status_code == 404
