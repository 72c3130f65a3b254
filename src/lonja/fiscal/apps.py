from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiscalConfig(AppConfig):
    name = "lonja.fiscal"
    verbose_name = _("Fiscal")

    def ready(self) -> None:
        from lonja.billing.regimes import register
        from lonja.fiscal.regime import Verifactu

        register(Verifactu())
