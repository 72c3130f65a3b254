from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "lonja.ui"
    verbose_name = "Pantallas"

    def ready(self) -> None:
        from lonja.jobs import every
        from lonja.ui.jobs import forget_old_keys

        every("ui.forget_keys", minutes=24 * 60, task=forget_old_keys)
