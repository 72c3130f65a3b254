"""What is done to a tarifa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.catalogue.models import PartyPriceList, PriceList, PriceListItem, Product
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_quantity, round_to
from lonja.kit.text import clean_line, search_text
from lonja.parties.models import Party

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class PriceRow:
    """A tramo as typed: from a quantity, price (None: that of the catalogue), discount, days."""

    min_quantity: Decimal
    unit_price: Decimal | None
    discount_pct: Decimal = Decimal(0)
    valid_from: date | None = None
    valid_until: date | None = None


@transaction.atomic
def save_price_list(price_list: PriceList, *, by: Membership | None) -> PriceList:
    """Create or change a tarifa. Raises Refused: `price_list_name`, `price_list_taken`,
    `price_list_dates`. A new name goes to the cards of clients that had the old one."""
    price_list.name = clean_line(price_list.name)[:60]
    folded = search_text(price_list.name)[:120]
    if not folded:
        raise Refused("price_list_name", _("Escribe el nombre de la tarifa."), field="name")
    if PriceList.objects.filter(folded_name=folded).exclude(pk=price_list.pk).exists():
        text = _("Ya hay una tarifa «%(name)s».")
        raise Refused("price_list_taken", text % {"name": price_list.name}, field="name")
    if (
        price_list.valid_from
        and price_list.valid_until
        and price_list.valid_until < price_list.valid_from
    ):
        raise Refused(
            "price_list_dates", _("La tarifa termina antes de empezar."), field="valid_until"
        )
    is_new = price_list.pk is None
    if not is_new:
        old = PriceList.objects.locked(price_list)
        if old.name != price_list.name:
            Party.objects.filter(tariff__in=_texts_of(old)).update(tariff=price_list.name)
    price_list.save()
    verb = "catalogue.price_list_created" if is_new else "catalogue.price_list_updated"
    record(by, verb, price_list, name=price_list.name)
    return price_list


def _texts_of(price_list: PriceList) -> list[str]:
    """What the cards of clients say that is read as this tarifa («HOSTELERIA», «Hostelería»)."""
    texts = Party.objects.exclude(tariff="").values_list("tariff", flat=True).order_by().distinct()
    return [text for text in texts if search_text(text)[:120] == price_list.folded_name]


@transaction.atomic
def copy_price_list(source: PriceList, copy: PriceList, *, by: Membership | None) -> PriceList:
    """A new tarifa (`copy`, unsaved) with the prices of another, without its dates."""
    save_price_list(copy, by=by)
    rows = []
    for item in source.items.order_by("pk"):
        item.pk, item.price_list = None, copy
        rows.append(item)
    PriceListItem.objects.bulk_create(rows)
    record(by, "catalogue.price_list_copied", copy, source=source.name, prices=len(rows))
    return copy


@transaction.atomic
def raise_prices(
    price_list: PriceList, pct: Decimal, *, on: date, today: date, by: Membership | None
) -> int:
    """Change every price in force by a percentage (negative: lower) from a day on. Returns how
    many.

    Prices that already began end the day before and others begin that day; those of today or
    later are changed in place. Prices that follow the catalogue are left. Each keeps the decimals
    it had, two at least. Raises Refused: `raise_pct`, `raise_day`.
    """
    if not Decimal(-90) <= pct <= Decimal(1000) or not pct:
        raise Refused("raise_pct", _("Escribe un porcentaje entre −90 y 1000."), field="pct")
    if on < today:
        raise Refused("raise_day", _("Elige hoy o un día posterior."), field="on")
    locked = PriceList.objects.locked(price_list)
    changed: list[PriceListItem] = []
    added: list[PriceListItem] = []
    for item in locked.items.exclude(unit_price=None):
        if item.valid_until is not None and item.valid_until < on:
            continue
        price = _raised(item.unit_price, pct)  # type: ignore[arg-type]
        if on == today or (item.valid_from is not None and item.valid_from >= on):
            item.unit_price = price
        else:
            added.append(
                PriceListItem(
                    price_list=locked,
                    product_id=item.product_id,
                    min_quantity=item.min_quantity,
                    unit_price=price,
                    discount_pct=item.discount_pct,
                    valid_from=on,
                    valid_until=item.valid_until,
                )
            )
            item.valid_until = on - timedelta(days=1)
        changed.append(item)
    PriceListItem.objects.bulk_update(changed, ["unit_price", "valid_until"], batch_size=500)
    PriceListItem.objects.bulk_create(added)
    record(
        by,
        "catalogue.prices_raised",
        price_list,
        pct=str(pct),
        on=format_date(on),
        prices=len(changed),
    )
    return len(changed)


def _raised(price: Decimal, pct: Decimal) -> Decimal:
    """A price of fractions of a cent goes on being one: to the cent it could be nothing."""
    exponent = price.normalize().as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return round_to(price * (_HUNDRED + pct) / _HUNDRED, max(2, decimals))


@transaction.atomic
def set_prices(
    price_list: PriceList, product: Product, rows: Sequence[PriceRow], *, by: Membership | None
) -> None:
    """Give a product exactly these tramos; none takes it off the tarifa.

    Raises Refused: `price_empty`, `price_dates`, or `price_twice` when two tramos of the same
    quantity hold the same day.
    """
    locked = PriceList.objects.locked(price_list)
    refuse_bad_rows(rows)
    locked.items.filter(product=product).delete()
    PriceListItem.objects.bulk_create(
        PriceListItem(
            price_list=locked,
            product=product,
            min_quantity=row.min_quantity,
            unit_price=row.unit_price,
            discount_pct=row.discount_pct,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in rows
    )
    record(by, "catalogue.prices_set", locked, product=product.name, tiers=len(rows))


def refuse_bad_rows(rows: Sequence[PriceRow]) -> None:
    for row in rows:
        if row.unit_price is None and not row.discount_pct:
            raise Refused("price_empty", _("Escribe un precio o un descuento en cada tramo."))
        if row.unit_price is not None and row.unit_price < 0:
            raise Refused("price_negative", _("El precio de un tramo no puede ser negativo."))
        if row.min_quantity < 0:
            raise Refused("price_quantity", _("La cantidad de un tramo no puede ser negativa."))
        if row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            raise Refused("price_dates", _("Un tramo termina antes de empezar."))
    for n, one in enumerate(rows):
        for other in rows[n + 1 :]:
            if one.min_quantity == other.min_quantity and _overlap(one, other):
                raise Refused(
                    "price_twice",
                    _("Hay dos precios desde %(quantity)s para los mismos días.")
                    % {"quantity": format_quantity(one.min_quantity)},
                )


def _overlap(one: PriceRow, other: PriceRow) -> bool:
    return (one.valid_from or date.min) <= (other.valid_until or date.max) and (
        other.valid_from or date.min
    ) <= (one.valid_until or date.max)


@transaction.atomic
def set_retired(price_list: PriceList, retired: bool, *, by: Membership | None) -> None:
    """Stop giving its prices, or give them again. What was quoted or invoiced keeps its prices."""
    locked = PriceList.objects.locked(price_list)
    if (locked.retired_at is not None) == retired:
        return
    locked.retired_at = timezone.now() if retired else None
    locked.save(update_fields=["retired_at", "updated_at"])
    verb = "catalogue.price_list_retired" if retired else "catalogue.price_list_restored"
    record(by, verb, locked, name=locked.name)


@transaction.atomic
def assign_price_list(party: Party, price_list: PriceList, *, by: Membership | None) -> None:
    """Give a client a tarifa, in place of any other of the same company.

    The text «Tarifa» of its card follows. Raises Refused: `price_list_retired`.
    """
    party = Party.objects.locked(party)
    if price_list.retired_at is not None:
        raise Refused("price_list_retired", _("Esa tarifa está retirada. Elige otra."))
    had = PartyPriceList.objects.filter(party=party, price_list__company=price_list.company)
    had.delete()
    PartyPriceList.objects.create(party=party, price_list=price_list)
    party.tariff = price_list.name
    party.save(update_fields=["tariff"])
    record(by, "catalogue.price_list_given", party, name=price_list.name)


@transaction.atomic
def take_price_list(party: Party, price_list: PriceList, *, by: Membership | None) -> None:
    """Take a tarifa away from a client, and its name from the card. Those of other companies stay.

    Twice is once.
    """
    party = Party.objects.locked(party)
    deleted, _rows = PartyPriceList.objects.filter(party=party, price_list=price_list).delete()
    if not deleted:
        return
    if search_text(party.tariff)[:120] == price_list.folded_name:
        party.tariff = ""
        party.save(update_fields=["tariff"])
    record(by, "catalogue.price_list_taken", party, name=price_list.name)
