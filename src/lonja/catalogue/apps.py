from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "lonja.catalogue"
    verbose_name = _("Catálogo")

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate
        from lonja.catalogue import permissions, reports
        from lonja.catalogue.actions.import_products import ProductImporter
        from lonja.imports import register
        from lonja.ui import registry

        register(ProductImporter)
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
        locate("catalogue.product", "catalogue:product")
        describe("catalogue.created", _("creó el producto"), "box")
        describe("catalogue.updated", _("cambió el producto"), "box")
        describe("catalogue.activated", _("volvió a ofrecer el producto"), "eye")
        describe("catalogue.deactivated", _("dejó de ofrecer el producto"), "eye-off")
