from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "lonja.api"
    verbose_name = _("API y webhooks")

    def ready(self) -> None:
        from lonja.activity import listen
        from lonja.api import history, jobs, permissions, shell
        from lonja.api.actions.webhooks import note
        from lonja.jobs import every
        from lonja.ui.registry import settings_section

        settings_section(
            _("Datos"),
            "api",
            _("API y webhooks"),
            "api:settings",
            "api",
            permissions.MANAGE,
            order=80,
        )
        history.declare()
        listen(note)
        every("api.forget", minutes=360, task=jobs.forget)
        if apps.is_installed("lonja.office"):
            from lonja.office import attention

            attention.register(40, permissions.MANAGE, shell.webhooks_phrase)
