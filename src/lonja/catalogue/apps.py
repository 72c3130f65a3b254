from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "lonja.catalogue"
    verbose_name = "Catálogo"
