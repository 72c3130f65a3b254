from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "lonja.imports"
    verbose_name = "Importaciones"

    def ready(self) -> None:
        import lonja.imports.permissions  # noqa: F401
