from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "lonja.mail"
    verbose_name = _("Correo")

    def ready(self) -> None:
        from lonja.activity.labels import describe
        from lonja.jobs.worker import sweep_with
        from lonja.mail import permissions
        from lonja.mail.sending import sweep
        from lonja.ui.registry import nav, settings_section

        sweep_with(sweep)
        describe("mail.retried", _("volvió a poner el correo en la cola"), "refresh")
        describe("mail.cancelled", _("canceló el correo"), "ban")
        describe(
            "mail.server_changed",
            _("cambió el servidor de correo"),
            "mail-cog",
            permissions.SETTINGS,
        )
        nav("bottom", _("Correo saliente"), "mail:outbox", "mail", permissions.OUTBOX, 90)
        settings_section(
            _("Correo"),
            "correo",
            _("Servidor de correo"),
            "mail:server",
            "mail-cog",
            permissions.SETTINGS,
            40,
        )
