from django.apps import AppConfig


class FiscalConfig(AppConfig):
    name = "lonja.fiscal"
    verbose_name = "Fiscal"
