from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "lonja.portal"
    verbose_name = "Páginas para clientes"
