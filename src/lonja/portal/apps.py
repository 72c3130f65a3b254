from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lonja.portal"
    verbose_name = _("Páginas para clientes")
