"""A list of products or services from another program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.activity import record_many
from lonja.catalogue import permissions
from lonja.catalogue.models import Product, ProductKind
from lonja.imports import CREATED, UNCHANGED, UPDATED, Field, Importer, Row
from lonja.kit.money import parse_unit_price
from lonja.kit.text import clean_block, clean_line, search_text
from lonja.tax.categories import category_for

# literals: headings and words of other programs' lists, recognised and never shown as ours

FIELDS = (
    Field(
        "name",
        gettext_lazy("Nombre"),
        ("Producto", "Concepto", "Artículo", "Servicio", "Nom", "Producte", "Name", "Product",
         "Item", "Título"),
        required=True,
        example=("Mantenimiento preventivo", "Split 1x1 3,5 kW"),
    ),
    Field(
        "code",
        gettext_lazy("Referencia"),
        ("Código", "Ref", "SKU", "Cód.", "Código de artículo", "Referència", "Codi", "Code",
         "Reference", "Código producto"),
        required=True,
        example=("MP-01", "SP-35"),
    ),
    Field(
        "price",
        gettext_lazy("Precio"),
        ("Precio venta", "PVP sin IVA", "Precio sin IVA", "Tarifa", "Importe", "Preu", "Price",
         "Unit price", "Precio unitario", "Base"),
        hint=gettext_lazy("Sin IVA."),
        example=("420,00", "690,00"),
    ),
    Field(
        "tax_category",
        gettext_lazy("IVA"),
        ("Impuesto", "Tipo de IVA", "IVA %", "% IVA", "IGIC", "IPSI", "Tax", "VAT", "Tax rate",
         "Tipo impositivo"),
        hint=gettext_lazy("El tanto por ciento, o «exento art. 20»."),
        example=("21", "21"),
    ),
    Field(
        "unit",
        gettext_lazy("Unidad"),
        ("Unidad de medida", "Ud", "Uds", "Unitat", "Unit", "UM"),
        example=("mes", "unidad"),
    ),
    Field(
        "family",
        gettext_lazy("Familia"),
        ("Categoría", "Grupo", "Sección", "Família", "Family", "Category"),
        example=("Mantenimiento", "Equipos"),
    ),
    Field(
        "kind",
        gettext_lazy("Tipo"),
        ("Tipo de producto", "Tipus", "Type", "Kind", "Clase"),
        hint=gettext_lazy("Producto, servicio o suscripción."),
        example=("Suscripción", "Producto"),
    ),
    Field(
        "cost",
        gettext_lazy("Coste"),
        ("Precio de coste", "Precio de compra", "Costo", "Cost", "Compra"),
        example=("", "410,00"),
    ),
    Field(
        "description",
        gettext_lazy("Descripción"),
        ("Detalle", "Observaciones", "Descripció", "Description", "Descripción larga"),
        example=("", ""),
    ),
    Field(
        "is_active",
        gettext_lazy("Activo"),
        ("Activa", "Disponible", "Estado", "Actiu", "Active", "Enabled"),
        hint=gettext_lazy("Sí o no; vacío, sí."),
        example=("", ""),
    ),
)  # fmt: skip

_KINDS = (
    ("suscrip", ProductKind.SUBSCRIPTION),
    ("subscri", ProductKind.SUBSCRIPTION),
    ("cuota", ProductKind.SUBSCRIPTION),
    ("serv", ProductKind.SERVICE),
    ("prod", ProductKind.PRODUCT),
    ("articul", ProductKind.PRODUCT),
    ("bien", ProductKind.PRODUCT),
)
# A product sold by a stretch of time is a subscription when nobody says otherwise.
_PERIODS = ("dia", "semana", "mes", "bimestre", "trimestre", "semestre", "ano", "day", "week",
            "month", "year", "quarter")  # fmt: skip
_NO = {"no", "n", "0", "false", "falso", "inactivo", "inactiva", "baja"}


class ProductImporter(Importer):
    """Products are the same one when they have the same reference."""

    kind = "products"
    label = gettext_lazy("Productos y servicios")
    icon = "box"
    permission = permissions.IMPORT
    order = 20
    fields = FIELDS
    result_url = "catalogue:product_list"
    result_label = gettext_lazy("Ver el catálogo")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seen: dict[str, int] = {}
        self._empty()

    def _empty(self) -> None:
        self.known: dict[str, Product] = {}
        self.new: list[Product] = []
        self.changed: dict[int, tuple[Product, set[str]]] = {}

    def remember(self, row: Row) -> None:
        self.seen.setdefault(_code(row), row.number)

    def prepare(self, rows: Sequence[Row]) -> None:
        codes = {_code(row) for row in rows}
        self.known = {p.code: p for p in Product.objects.filter(code__in=codes)}

    def row(self, row: Row) -> str:
        values = self._values(row)
        if row.is_refused:
            return UNCHANGED
        code = values["code"]
        repeated = code in self.seen
        if repeated:
            row.warn(
                "code",
                "duplicate_in_file",
                _("Ya estaba en la fila %(row)s: sus datos quedan como en esta.")
                % {"row": self.seen[code]},
            )
        self.seen.setdefault(code, row.number)
        product = self.known.get(code)
        if product is None:
            product = self.known[code] = Product(**values)
            if "kind" not in values and search_text(product.unit) in _PERIODS:
                product.kind = ProductKind.SUBSCRIPTION
            if "tax_category" not in values:
                product.tax_category = _usual_category(self.company.territory)
            self.new.append(product)
            return UPDATED if repeated else CREATED
        changed = {name for name, value in values.items() if getattr(product, name) != value}
        for name in changed:
            setattr(product, name, values[name])
        if not changed:
            return UNCHANGED
        if product.pk is not None:
            self.changed.setdefault(product.pk, (product, set()))[1].update(changed)
        return UPDATED

    def forget(self) -> None:
        self._empty()

    def flush(self) -> None:
        for product in self.new:
            product.fill_search_text()
        Product.objects.bulk_create(self.new)
        record_many(
            self.by, "catalogue.created", [(one, {"import": self.run_id}) for one in self.new]
        )
        if self.changed:
            fields = {"search_text", "updated_at"}
            for product, changed in self.changed.values():
                product.fill_search_text()
                product.updated_at = timezone.now()
                fields |= changed
            Product.objects.bulk_create(
                [product for product, _changed in self.changed.values()],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=sorted(fields),
            )
            record_many(
                self.by,
                "catalogue.updated",
                [
                    (product, {"fields": sorted(changed), "import": self.run_id})
                    for product, changed in self.changed.values()
                ],
            )
        self._empty()

    def _values(self, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {"name": row.line("name", 200), "code": _code(row)}
        if not values["name"]:
            row.error("name", "name_missing", _("Falta el nombre."))
        if not values["code"]:
            row.error("code", "code_missing", _("Falta la referencia: con ella se reconoce."))
        elif len(values["code"]) > 40:
            row.error("code", "code_long", _("La referencia tiene más de 40 caracteres."))
        for name, longest in (("unit", 20), ("family", 60)):
            if text := row.line(name, longest):
                values[name] = text
        for name in ("price", "cost"):
            amount = row.read(name, parse_unit_price)
            if amount is not None:
                values[name] = amount
        category = row.read("tax_category", self._category)
        if category is not None:
            values["tax_category"] = category
        if text := clean_block(row.text("description")):
            values["description"] = text
        self._kind(row, values)
        if row.brings("is_active"):
            values["is_active"] = search_text(row.text("is_active")) not in _NO
        return values

    def _category(self, text: str) -> str:
        return category_for(text, on=self.today, territory=self.company.territory).code

    def _kind(self, row: Row, values: dict[str, Any]) -> None:
        text = search_text(row.text("kind"))
        if not text:
            return
        found = next((kind for hint, kind in _KINDS if hint in text), None)
        if found is None:
            row.warn("kind", "kind_unknown", _("Escribe producto, servicio o suscripción."))
        else:
            values["kind"] = found


def _code(row: Row) -> str:
    return clean_line(row.text("code"))


def _usual_category(territory: str) -> str:
    """The general rate of the territory: its first category."""
    from lonja.tax.categories import categories

    return categories(territory)[0].code
