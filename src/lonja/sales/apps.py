from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "lonja.sales"
    verbose_name = "Presupuestos"
