from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "lonja.parties"
    verbose_name = "Clientes"

    def ready(self) -> None:
        from lonja.activity.labels import describe
        from lonja.imports import register
        from lonja.parties import permissions  # noqa: F401
        from lonja.parties.actions.import_clients import ClientImporter

        register(ClientImporter)
        describe("parties.created", _("creó la ficha"), "user-plus")
        describe("parties.updated", _("cambió los datos"), "edit")
