from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "lonja.mail"
    verbose_name = _("Correo")

    def ready(self) -> None:
        from lonja.activity.labels import describe
        from lonja.jobs import every
        from lonja.jobs.worker import sweep_with
        from lonja.mail import permissions
        from lonja.mail.jobs import read_bounces
        from lonja.mail.sending import sweep
        from lonja.ui.registry import nav, settings_section

        sweep_with(sweep)
        every("mail.bounces", minutes=5, task=read_bounces)
        describe("mail.retried", _("volvió a poner el correo en la cola"), "refresh")
        describe("mail.cancelled", _("canceló el correo"), "ban")
        describe(
            "mail.server_changed",
            _("cambió el servidor de correo"),
            "mail-cog",
            permissions.SETTINGS,
        )
        for verb, words, icon in (
            ("mail.rescheduled", _("cambió la hora del correo"), "calendar-time"),
            ("mail.approved", _("aprobó el envío de «%(subject)s»"), "check"),
            ("mail.rejected", _("rechazó el envío de «%(subject)s»: %(reason)s"), "ban"),
            ("mail.bounced", _("avisa: el correo a %(to)s ha rebotado. %(reason)s"), "mail-x"),
        ):
            describe(verb, words, icon)
        for verb, words, icon in (
            ("mail.mailbox_changed", _("cambió el buzón de rebotes"), "mail-cog"),
            ("mail.address_cleared", _("dio por buena %(address)s"), "mail-check"),
            ("mail.text_changed", _("cambió un texto de correo"), "pencil"),
            ("mail.text_restored", _("recuperó un texto de correo original"), "restore"),
        ):
            describe(verb, words, icon, permissions.SETTINGS)
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
        settings_section(
            _("Correo"),
            "textos",
            _("Textos de los correos"),
            "mail:text_list",
            "message-2",
            permissions.TEXTS,
            41,
        )
        settings_section(
            _("Correo"),
            "rebotes",
            _("Buzón de rebotes"),
            "mail:mailbox",
            "mail-x",
            permissions.SETTINGS,
            42,
        )
