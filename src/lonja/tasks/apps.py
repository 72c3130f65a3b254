from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "lonja.tasks"
    verbose_name = _("Tareas")

    def ready(self) -> None:
        from lonja.accounts.schedule import calendar_changed
        from lonja.jobs import every
        from lonja.tasks import agenda_shell, jobs, shell
        from lonja.tasks.actions.config import first_configuration
        from lonja.tasks.measuring import hours_changed

        shell.register()
        agenda_shell.register()
        every("tasks.warn", minutes=5, task=jobs.warn)
        every("tasks.automate", minutes=10, task=jobs.automate)
        calendar_changed.connect(hours_changed, dispatch_uid="lonja-tasks-hours")
        if apps.is_installed("lonja.office"):
            from lonja.office import hooks

            hooks.on_company_created(first_configuration)
