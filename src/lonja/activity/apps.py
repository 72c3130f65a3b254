from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "lonja.activity"
    verbose_name = "Historial"
