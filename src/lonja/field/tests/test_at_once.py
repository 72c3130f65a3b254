"""The same delivery many times at once, as a telephone whose network comes and goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from tests.cast import OrganisationClient

from lonja.field.models import FieldDelivery
from lonja.field.tests.house import Telephone, signature
from lonja.mail.models import OutgoingMail
from lonja.sales.models import Quote, Signature

pytestmark = pytest.mark.usefixtures("whole_transactions")
TIMES = 6


def at_once(phone: Telephone, marcos: Any, made: Any) -> list[int]:
    def one(_number: int) -> int:
        try:
            door = OrganisationClient(marcos)
            sent = {**made, "device": phone.uuid, "sent_at_device": made["made_at_device"]}
            answer = door.post("/campo/entrega/", sent, content_type="application/json")
            return int(answer.status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as threads:
        return list(threads.map(one, range(TIMES)))


def test_six_deliveries_at_once_are_one_signature(
    whole_transactions: None, phone: Telephone, shop: Any, marcos: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 2)], signature=signature())
    assert set(at_once(phone, marcos, made)) == {200}
    assert (Quote.objects.count(), Signature.objects.count()) == (1, 1)
    assert FieldDelivery.objects.get().state == "done"


def test_six_deliveries_at_once_are_one_mail(
    whole_transactions: None, phone: Telephone, shop: Any, marcos: Any
) -> None:
    made = phone.make(shop["client"], [(shop["split"], 2)], mail=True)
    assert set(at_once(phone, marcos, made)) == {200}
    assert (Quote.objects.count(), OutgoingMail.objects.count()) == (1, 1)
