from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiscalConfig(AppConfig):
    name = "lonja.fiscal"
    verbose_name = _("Fiscal")

    def ready(self) -> None:
        from lonja.billing.regimes import register
        from lonja.fiscal import history, shell
        from lonja.fiscal.jobs import watch_certificates
        from lonja.fiscal.regime import Verifactu
        from lonja.fiscal.sweeping import sweep
        from lonja.jobs import every
        from lonja.jobs.worker import sweep_with

        register(Verifactu())
        history.declare()
        shell.register()
        sweep_with(sweep)
        every("fiscal.certificates", minutes=6 * 60, task=watch_certificates)
