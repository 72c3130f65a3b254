from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "lonja.parties"
    verbose_name = "Clientes"
