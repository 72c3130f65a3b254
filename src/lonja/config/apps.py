from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    name = "lonja.config"
    verbose_name = "Lonja"

    def ready(self) -> None:
        from lonja.office.demo import register_demo

        register_demo(_load_demo, _("Un año de datos inventados, para probar"))


def _load_demo(member: object) -> object:
    from lonja.config.demo.jobs import ask

    return ask(member)  # type: ignore[arg-type]
