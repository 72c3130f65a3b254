from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "lonja.imports"
    verbose_name = "Importaciones"

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate
        from lonja.imports import permissions
        from lonja.ui.registry import settings_section

        settings_section(
            _("Datos"),
            "importar",
            _("Importar"),
            "imports:home",
            "file-import",
            permissions.USE,
            80,
        )
        locate("imports.importrun", "imports:run")
        describe("imports.done", _("importó una lista"), "file-import")
