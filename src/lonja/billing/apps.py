from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "lonja.billing"
    verbose_name = "Facturación"
