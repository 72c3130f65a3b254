"""Main lists ask the database as often for fifty rows as for five (reliability F13)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lonja.accounts.scope import scope
from lonja.billing.models import DeliveryNote, Invoice, Proforma, Receipt
from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.einvoices.models import ReceivedInvoice
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.sales.models import Opportunity, Quote
from lonja.subscriptions.models import BillingRun, Plan
from lonja.tasks.models import Task
from tests.architecture.factories import House
from tests.architecture.walk import ORGANISATION, pages

LISTS = {
    "parties:client_list": Party,
    "parties:lead_list": Party,
    "catalogue:product_list": Product,
    "catalogue:price_list_list": PriceList,
    "catalogue:price_item_list": PriceListItem,
    "billing:invoice_list": Invoice,
    "billing:note_list": DeliveryNote,
    "billing:proforma_list": Proforma,
    "billing:receipt_list": Receipt,
    "sales:quote_list": Quote,
    "sales:follow_list": Quote,
    "sales:opportunity_list": Opportunity,
    "subscriptions:plan_list": Plan,
    "subscriptions:run_list": BillingRun,
    "mail:outbox": OutgoingMail,
    "tasks:search": Task,
    "einvoices:received_list": ReceivedInvoice,
}


def test_every_list_is_measured():
    lists = {
        page.name.removesuffix("_bulk")
        for page in pages(ORGANISATION)
        if page.name.endswith("_list_bulk")
        or page.name in ("mail:outbox_bulk", "tasks:search_bulk")
    }
    assert lists == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_ten_times_the_rows(name, lonja, lucia, as_lucia):
    house = House(lonja, lonja.company, lucia, "Propio", foreign=False)
    path = reverse(name, urlconf=ORGANISATION)

    def queries(until: int, start: int = 1) -> int:
        with scope(lonja):
            for n in range(start, until + 1):
                house.rows.pop(LISTS[name], None)
                house.make(LISTS[name], n)
        as_lucia.get(path)  # what is asked once per process is asked now
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert as_lucia.get(path).status_code == 200
        return len(asked)

    few = queries(5)
    assert queries(50, start=6) == few
    assert few <= 45
