from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "lonja.catalogue"
    verbose_name = _("Catálogo")

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate
        from lonja.catalogue import permissions, reports
        from lonja.catalogue.actions.import_prices import PriceImporter
        from lonja.catalogue.actions.import_products import ProductImporter
        from lonja.imports import register
        from lonja.ui import registry

        register(ProductImporter)
        register(PriceImporter)
        registry.nav(
            "Facturación",
            _("Catálogo"),
            "catalogue:product_list",
            "box",
            permissions.VIEW,
            order=50,
        )
        registry.new_menu(_("Producto"), "catalogue:product_new", "box", permissions.EDIT, order=90)
        registry.search_provider(
            _("Productos"), "a", permissions.VIEW, reports.find_products, order=80
        )
        registry.settings_section(
            _("Ventas"),
            "tarifas",
            _("Tarifas"),
            "catalogue:price_list_list",
            "tags",
            permissions.PRICES,
            order=30,
        )
        locate("catalogue.pricelist", "catalogue:price_list")
        describe("catalogue.price_list_created", _("creó la tarifa %(name)s"), "tags")
        describe("catalogue.price_list_updated", _("cambió la tarifa %(name)s"), "tags")
        describe("catalogue.price_list_copied", _("copió los precios de %(source)s"), "copy")
        describe("catalogue.price_list_retired", _("retiró la tarifa %(name)s"), "tags-off")
        describe("catalogue.price_list_restored", _("recuperó la tarifa %(name)s"), "tags")
        describe(
            "catalogue.prices_raised",
            _("cambió %(prices)s precios un %(pct)s %% desde el %(on)s"),
            "trending-up",
        )
        describe("catalogue.prices_set", _("cambió los precios de %(product)s"), "tag")
        describe("catalogue.prices_imported", _("importó precios"), "file-import")
        describe("catalogue.price_list_given", _("puso la tarifa «%(name)s»"), "tag")
        describe("catalogue.price_list_taken", _("quitó la tarifa «%(name)s»"), "tag-off")
        locate("catalogue.product", "catalogue:product")
        describe("catalogue.created", _("creó el producto"), "box")
        describe("catalogue.updated", _("cambió el producto"), "box")
        describe("catalogue.activated", _("volvió a ofrecer el producto"), "eye")
        describe("catalogue.deactivated", _("dejó de ofrecer el producto"), "eye-off")
