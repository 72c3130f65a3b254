from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "lonja.api"
    verbose_name = _("API y webhooks")

    def ready(self) -> None:
        from lonja.activity.labels import describe
        from lonja.api import jobs, permissions
        from lonja.jobs import every
        from lonja.ui.registry import settings_section

        manage = permissions.MANAGE
        settings_section(
            _("Organización"), "api", _("API y webhooks"), "api:settings", "api", manage, order=80
        )
        describe("api.token_created", _("creó la clave de API «%(name)s»"), "key", manage)
        describe("api.token_revoked", _("revocó la clave de API «%(name)s»"), "key-off", manage)
        every("api.forget", minutes=360, task=jobs.forget)
