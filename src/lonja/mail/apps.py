from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "lonja.mail"
    verbose_name = "Correo"

    def ready(self) -> None:
        from lonja.jobs.worker import sweep_with
        from lonja.mail.sending import sweep

        sweep_with(sweep)
