"""A shop with a catalogue, a tarifa and a client of Marcos, and a telephone that sells there."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from lonja.catalogue.models import PartyPriceList, PriceList, PriceListItem, Product
from lonja.field.models import FieldDelivery, FieldSnapshot
from lonja.field.prices import amounts, priced, totals
from lonja.parties.models import Contact, Party
from lonja.sales.tests.house import a_drawing

STROKES = {
    "v": 1,
    "pointer": "pen",
    "device": {"w": 340, "h": 190, "dpr": 2},
    "strokes": [[[10, 10, 0, 0.2, None, None], [40, 60, 20, 0.7, 12, -4]]],
}


def furnish(agent: Any) -> dict[str, Any]:
    """Products, a tarifa with a tramo, and a client of that agent."""
    split = Product.objects.create(
        code="SPL-35", name="Split inverter 3,5 kW A+++", price=Decimal("720"), unit="ud.",
        family="Splits", kind="product", cost=Decimal("410"),
    )  # fmt: skip
    work = Product.objects.create(
        code="INS-01", name="Instalación y puesta en marcha", price=Decimal("180"),
        family="Instalación",
    )  # fmt: skip
    plan = Product.objects.create(
        code="MAN-P", name="Plan de mantenimiento Plus", price=Decimal("35"), kind="subscription",
        family="Servicios",
    )  # fmt: skip
    tarifa = PriceList.objects.create(name="Hostelería")
    PriceListItem.objects.create(price_list=tarifa, product=split, unit_price=Decimal("689"))
    PriceListItem.objects.create(
        price_list=tarifa, product=split, min_quantity=10, unit_price=Decimal("649.5")
    )
    client = Party.objects.create(
        name="Hotel Mirador de la Bahía, S.L.", trade_name="Hotel Mirador de la Bahía",
        nif="B12345674", city="Dénia", email="compras@mirador.example", phone="+34960000001",
        address="Av. del Puerto, 14", postcode="03700", agent=agent,
    )  # fmt: skip
    Contact.objects.create(party=client, name="Carmen Roselló", is_main=True)
    PartyPriceList.objects.create(party=client, price_list=tarifa)
    return {
        "split": split, "work": work, "plan": plan, "tarifa": tarifa, "client": client
    }  # fmt: skip


class Telephone:
    """A device as its application talks to the server, with the clock it has."""

    def __init__(self, door: Any, clock_ahead: timedelta = timedelta(0)) -> None:
        self.door, self.clock_ahead = door, clock_ahead
        self.uuid = ""
        self.data: dict[str, Any] = {}
        self.snapshot = self.digest = ""
        self.sync()

    def now(self) -> Any:
        return timezone.now() + self.clock_ahead

    def post(self, path: str, data: Any) -> Any:
        body = data if isinstance(data, str | bytes) else json.dumps(data)
        return self.door.post(path, body, content_type="application/json")

    def sync(self) -> Any:
        answer = self.post(
            "/campo/sincronizacion/",
            {
                "device": self.uuid,
                "name": "Teléfono de pruebas",
                "have": self.digest,
                "clock": self.now().isoformat(),
            },
        )
        if answer.status_code == 200:
            told = answer.json()
            self.uuid, self.digest = told["device"], told["digest"]
            self.snapshot = told["snapshot"]
            self.data = told.get("data", self.data)
        return answer

    def client(self, pk: int) -> dict[str, Any]:
        return next(one for one in self.data["clients"] if one["id"] == pk)

    def make(self, party: Any, lines: list[tuple[Any, Any]], **more: Any) -> dict[str, Any]:
        """A delivery as the application makes it, priced with the copy it has."""
        known = self.client(party.pk) if party is not None else {}
        asked = [
            {
                "product": product.pk,
                "quantity": str(quantity),
                "discount_pct": "0",
                "optional": False,
                "chosen": True,
                "section": "",
            }
            for product, quantity in lines
        ]
        data = {
            "key": str(uuid.uuid4()),
            "snapshot": self.snapshot,
            "reference": "3F7K",
            "title": "",
            "email": "",
            "global_discount_pct": "0",
            "client": {"id": party.pk if party else None, "new": None},
            "lines": asked,
            "made_at_device": self.now().isoformat(),
            "signature": None,
            **more,
        }
        return self.seen(data, known)

    def seen(self, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """Put on it what the screen says it costs."""
        cart = {
            "price_list": known.get("list"),
            "surcharge": known.get("surcharge", False),
            "tax_category": known.get("tax", ""),
            "global_discount_pct": data["global_discount_pct"],
            "lines": data["lines"],
        }
        on = timezone.localdate()
        data["seen"] = amounts(totals(priced(self.data["prices"], cart, on), cart))
        data["terms"] = {name: cart[name] for name in ("price_list", "surcharge", "tax_category")}
        return data

    def deliver(self, data: dict[str, Any]) -> Any:
        sent = {"sent_at_device": self.now().isoformat(), **data, "device": self.uuid}
        return self.post("/campo/entrega/", sent)

    def decide(self, data: dict[str, Any], kind: str, choice: str) -> Any:
        return self.post(
            "/campo/decision/",
            {
                "device": self.uuid,
                "key": data["key"],
                "kind": kind,
                "choice": choice,
                "strokes": (data["signature"] or {}).get("strokes"),
            },
        )


def signature(**more: Any) -> dict[str, Any]:
    picture = base64.b64encode(a_drawing()).decode()
    return {
        "name": "Carmen Roselló",
        "nif": "12345678Z",
        "image": f"data:image/png;base64,{picture}",
        "strokes": STROKES,
        "consents": {"accept": True},
        "at_device": timezone.now().isoformat(),
        "seen_sha256": "0" * 64,
        **more,
    }


def long_ago(phone: Telephone, days: int) -> None:
    """As if the telephone had been told its prices so many days before."""
    FieldSnapshot.objects.filter(digest=phone.snapshot).update(
        confirmed_at=timezone.now() - timedelta(days=days)
    )


def only() -> FieldDelivery:
    return FieldDelivery.objects.get()
