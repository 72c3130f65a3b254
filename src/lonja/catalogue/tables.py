"""The catalogue as a list."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.models import Company
from lonja.catalogue import permissions, reports
from lonja.catalogue.actions.products import set_active
from lonja.catalogue.models import Product, ProductKind
from lonja.imports.links import import_action
from lonja.kit.errors import Refused
from lonja.kit.money import format_unit_price
from lonja.tax.categories import category
from lonja.ui.cells import badge
from lonja.ui.kept import row_address
from lonja.ui.tables import Action, BulkAction, ChoiceFilter, Column, Empty, Tab, Table


def tax_label(product: Product, company: Company | None) -> str:
    """«IVA 21 %» today, or the label of the category."""
    try:
        one = category(product.tax_category)
        return one.label_on(company.today()) if company is not None else one.label
    except Refused:
        return product.tax_category


class ProductTable(Table):
    slug = "catalogue.products"
    title = _("Catálogo")
    permission = permissions.VIEW
    search_hint = _("Código, nombre o familia")
    default_order = "name"
    drawer = True
    tabs = (
        Tab("", _("Activos"), lambda q, member: q.filter(is_active=True)),
        Tab("inactivos", _("Inactivos"), lambda q, member: q.filter(is_active=False), count=False),
        Tab("todos", _("Todos"), None, count=False),
    )
    filters = (
        ChoiceFilter("familia", _("Familia"), reports.families, field="family"),
        ChoiceFilter("tipo", _("Tipo"), ProductKind, field="kind"),
    )
    bulk = (
        BulkAction("desactivar", _("Desactivar"), "eye-off", permissions.EDIT,
                   each=lambda product, by, data: set_active(product, False, by=by),
                   done=lambda n: ngettext("%(n)s producto desactivado",
                                           "%(n)s productos desactivados", n) % {"n": n}),
        BulkAction("activar", _("Activar"), "eye", permissions.EDIT,
                   each=lambda product, by, data: set_active(product, True, by=by),
                   done=lambda n: ngettext("%(n)s producto activado",
                                           "%(n)s productos activados", n) % {"n": n}),
    )  # fmt: skip
    primary = Action(
        _("Nuevo producto"), "catalogue:product_new", permission=permissions.EDIT, drawer=True
    )
    secondary = (
        Action(_("Tarifas"), "catalogue:price_list_list", "tags"),
        import_action("products", permissions.IMPORT),
    )
    empty = Empty("box", _("Guarda aquí lo que vendes y tendrás las líneas de tus documentos."))
    nothing = _("Ningún producto coincide.")
    one, many = _("% seleccionado"), _("% seleccionados")

    @cached_property
    def allowed_columns(self) -> list[Column]:
        company = Company.objects.order_by("pk").first()
        columns = [
            Column("code", _("Código"), key=True, sort="code", card="sub"),
            Column("name", _("Nombre"), sort="name", cut=True, card="title"),
            Column("family", _("Familia"), cut=True),
            Column("kind", _("Tipo"), read=lambda product: product.get_kind_display()),
            Column("price", _("Precio"), kind="money", sort="price", card="end",
                   cell=lambda product: f"{format_unit_price(product.price)}\u00a0€",
                   export=lambda product: product.price),
            Column("unit", _("Unidad"), default=False),
            Column("tax_category", _("IVA"), card="sub2",
                   read=lambda product: tax_label(product, company)),
            Column("cost", _("Coste"), kind="money", permission=permissions.COST,
                   cell=lambda product: f"{format_unit_price(product.cost)}\u00a0€"
                   if product.cost is not None else "—",
                   export=lambda product: product.cost),
            Column("margin", _("Margen"), kind="pct", permission=permissions.COST,
                   read=reports.margin),
            Column("is_active", _("Estado"),
                   read=lambda product: _("Activo") if product.is_active else _("Inactivo"),
                   cell=lambda product: badge(_("Activo"), "ok") if product.is_active
                   else badge(_("Inactivo"), "mut")),
        ]  # fmt: skip
        return [c for c in columns if not c.permission or self.member.can(c.permission)]

    def rows(self) -> Any:
        return Product.objects.visible_to(self.member)

    def search(self, queryset: Any, text: str) -> Any:
        return reports.find(queryset, text)

    def row_url(self, row: Product) -> str:
        return row_address("catalogue:product", row.pk)
