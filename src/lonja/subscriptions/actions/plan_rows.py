"""What a row of recurring services says: its columns, and what each cell means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.accounts.models import Membership
from lonja.catalogue.models import Product
from lonja.imports import Field, Row
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email, normalise
from lonja.kit.money import parse_quantity, parse_unit_price
from lonja.kit.text import clean_line, search_text
from lonja.parties.actions.identify import identify
from lonja.parties.models import Party
from lonja.subscriptions.frequency import frequency_key, parse_frequency

# literals: headings and words of other programs' lists, recognised and never shown as ours

FIELDS = (
    Field(
        "nif",
        gettext_lazy("NIF"),
        ("CIF", "NIF/CIF", "DNI", "NIF cliente", "CIF cliente", "Cliente NIF", "VAT", "Tax ID"),
        required=True,
        hint=gettext_lazy("El del cliente, que ya tiene que estar en Lonja."),
        example=("B12345674", "12345678Z"),
    ),
    Field(
        "code",
        gettext_lazy("Referencia"),
        ("Código", "Ref", "SKU", "Producto", "Servicio", "Referència", "Codi", "Code", "Reference",
         "Código producto", "Referencia producto"),
        required=True,
        hint=gettext_lazy("La del producto o servicio del catálogo."),
        example=("MP-01", "AW-12"),
    ),
    Field(
        "quantity",
        gettext_lazy("Cantidad"),
        ("Uds", "Unidades", "Quantitat", "Quantity", "Qty"),
        hint=gettext_lazy("Vacía, 1."),
        example=("1", "3,5"),
    ),
    Field(
        "price",
        gettext_lazy("Precio"),
        ("Precio unitario", "Importe", "Cuota", "Preu", "Price", "Unit price"),
        hint=gettext_lazy("Sin IVA y por unidad; vacío, el del catálogo."),
        example=("", "99,00"),
    ),
    Field(
        "frequency",
        gettext_lazy("Periodicidad"),
        ("Frecuencia", "Cada", "Periodo", "Recurrencia", "Periodicitat", "Frequency", "Period"),
        required=True,
        hint=gettext_lazy("Diaria, semanal, mensual, trimestral, anual, «cada 2 meses»…"),
        example=("mensual", "cada 2 meses"),
    ),
    Field(
        "anchor",
        gettext_lazy("Primera factura"),
        ("Fecha primera factura", "Inicio", "Fecha de inicio", "Desde", "Fecha de alta", "Alta",
         "Primera fecha", "Start", "Start date", "First invoice"),
        required=True,
        hint=gettext_lazy("Todas las demás fechas se cuentan desde ella."),
        example=("31/01/2026", "15/10/2026"),
    ),
    Field(
        "until",
        gettext_lazy("Hasta"),
        ("Fin", "Fecha de fin", "Fecha fin", "Vencimiento del contrato", "Fins", "Until", "End",
         "End date"),
        hint=gettext_lazy("Último día; vacío, sin fin."),
        example=("", "31/12/2027"),
    ),
    Field(
        "emails",
        gettext_lazy("Correo de notificación"),
        ("Correo", "Correos", "Email", "E-mail", "Correos de notificación", "Correo facturas",
         "Correu", "Notification email"),
        hint=gettext_lazy("Uno o varios, separados por comas; vacío, los del cliente."),
        example=("compras@cliente.example", ""),
    ),
    Field(
        "bill_missed",
        gettext_lazy("Facturar lo atrasado"),
        ("Facturar atrasos", "Atrasos", "Bill missed"),
        hint=gettext_lazy(
            "Sí o no; vacío, no: lo anterior a hoy no se factura, aunque cuente para el MRR."
        ),
        example=("", "no"),
    ),
)  # fmt: skip

# Whether rows that do not say it are billed for their periods before today (`--bill-missed`).
missed_are_billed: ContextVar[bool] = ContextVar("missed_are_billed", default=False)

MOST_UNITS = Decimal(999_999)
MOST_EACH = Decimal(999_999_999)
_YES = {"si", "s", "yes", "y", "1", "x", "true", "verdadero"}

# Client, product, first date, how often: the same four are the same plan.
Key = tuple[int, int, date, tuple[str, int]]


@dataclass
class Wanted:
    """What a correct row asks for; None where its cell is empty."""

    party: Party
    product: Product
    anchor: date
    every: int
    unit: str
    quantity: Decimal | None
    price: Decimal | None
    until: date | None
    emails: list[str] | None
    bill_missed: bool

    @property
    def key(self) -> Key:
        return (self.party.pk, self.product.pk, self.anchor, frequency_key(self.every, self.unit))


class Reader:
    """Clients and products by what the file calls them, and the rows in terms of them."""

    def __init__(self, *, by: Membership | None, today: date) -> None:
        self.by = by
        self.today = today
        self.parties: dict[str, list[Party]] = {}
        self.products: dict[str, Product] = {}

    def load(self, rows: Sequence[Row]) -> None:
        """Read the clients and products of these rows that are not known yet."""
        nifs = {nif for row in rows for nif in _nifs(row)} - self.parties.keys()
        if nifs:
            self.parties |= {nif: [] for nif in nifs}
            found = Party.objects.filter(nif__in=nifs)
            if self.by is not None:
                found = found.visible_to(self.by)
            for party in found.order_by("archived_at", "pk"):
                self.parties[party.nif].append(party)
        codes = {_code(row) for row in rows} - self.products.keys()
        if codes:
            found_products = Product.objects.filter(code__in=codes)
            self.products |= {product.code: product for product in found_products}

    def parties_of(self, rows: Sequence[Row]) -> dict[int, Party]:
        """The clients of these rows, by id."""
        return {p.pk: p for row in rows for nif in _nifs(row) for p in self.parties[nif]}

    def products_of(self, rows: Sequence[Row]) -> set[int]:
        """Ids of the products of these rows."""
        return {p.pk for row in rows if (p := self.products.get(_code(row)))}

    def wanted(self, row: Row) -> Wanted | None:
        """What the row asks for; None, with the reasons on the row, when it is not right."""
        party, product = self._party(row), self._product(row)
        frequency = row.read("frequency", parse_frequency)
        if not row.brings("frequency"):
            row.error("frequency", "frequency_missing", _("Falta la periodicidad."))
        anchor = row.read("anchor", lambda text: parse_date(text, self.today))
        if not row.brings("anchor"):
            row.error("anchor", "date_missing", _("Falta la fecha de la primera factura."))
        until = row.read("until", lambda text: parse_date(text, self.today))
        if anchor is not None and until is not None and until < anchor:
            row.error(
                "until",
                "until_before_start",
                _("La fecha de fin es anterior a la primera factura."),
            )
        quantity = row.read("quantity", _quantity, code="amount_invalid")
        price = row.read("price", _price)
        emails = row.read("emails", _emails)
        if row.is_refused or party is None or product is None or not frequency or anchor is None:
            return None
        told = row.text("bill_missed")
        return Wanted(
            party=party,
            product=product,
            anchor=anchor,
            every=frequency[0],
            unit=frequency[1],
            quantity=quantity,
            price=price,
            until=until,
            emails=emails,
            bill_missed=search_text(told) in _YES if told else missed_are_billed.get(),
        )

    def _party(self, row: Row) -> Party | None:
        if not row.brings("nif"):
            row.error("nif", "nif_missing", _("Falta el NIF del cliente."))
            return None
        found = next((ps[0] for nif in _nifs(row) if (ps := self.parties.get(nif))), None)
        if found is None:
            row.error(
                "nif",
                "client_unknown",
                _("No hay ningún cliente con ese NIF. Créalo o importa antes los clientes."),
            )
        elif found.archived_at is not None:
            row.error("nif", "client_archived", _("Ese cliente está archivado: recupéralo antes."))
        return found

    def _product(self, row: Row) -> Product | None:
        if not row.brings("code"):
            row.error("code", "code_missing", _("Falta la referencia del producto."))
            return None
        found = self.products.get(_code(row))
        if found is None:
            row.error(
                "code",
                "product_unknown",
                _("No hay ningún producto con esa referencia. Créalo o importa antes el catálogo."),
            )
        return found


def _nifs(row: Row) -> list[str]:
    """How the client's NIF may be written in Lonja: as it comes, and as we would have kept it."""
    text = row.text("nif")
    if not text:
        return []
    found = [normalise(text)[:20]]
    # Refused: somebody without a Spanish or European number, looked for only as it comes.
    with suppress(Refused):
        found.insert(0, identify(text).value)
    return list(dict.fromkeys(found))


def _code(row: Row) -> str:
    return clean_line(row.text("code"))


def _quantity(text: str) -> Decimal:
    quantity = parse_quantity(text)
    if not 0 < quantity <= MOST_UNITS:
        raise Refused("amount_invalid", _("La cantidad tiene que ser mayor que cero."))
    return quantity


def _price(text: str) -> Decimal:
    price = parse_unit_price(text)
    if not 0 <= price <= MOST_EACH:
        raise Refused("amount_invalid", _("El precio no puede ser negativo."))
    return price


def _emails(text: str) -> list[str]:
    parts = [part for part in re.split(r"[;,\s]+", text) if part]
    return list(dict.fromkeys(check_email(part) for part in parts))
