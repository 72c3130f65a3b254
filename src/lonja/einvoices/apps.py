from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EinvoicesConfig(AppConfig):
    name = "lonja.einvoices"
    verbose_name = _("Facturas electrónicas")

    def ready(self) -> None:
        from lonja.einvoices import shell

        shell.register()
