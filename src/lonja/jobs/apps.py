from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "lonja.jobs"
    verbose_name = "Trabajos"
