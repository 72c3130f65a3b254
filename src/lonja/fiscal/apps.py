from django.apps import AppConfig


class FiscalConfig(AppConfig):
    name = "lonja.fiscal"
    verbose_name = "Fiscal"

    def ready(self) -> None:
        from lonja.billing.regimes import register
        from lonja.fiscal.regime import Verifactu

        register(Verifactu())
