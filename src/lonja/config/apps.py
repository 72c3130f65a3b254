from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    name = "lonja.config"
    verbose_name = "Lonja"

    def ready(self) -> None:
        from lonja.office.demo import register_demo

        register_demo(_load_demo, _remove_demo, _("Un año de datos inventados, para probar"))


def _load_demo(member: object) -> object:
    from lonja.config.demo.jobs import ask

    return ask(member)  # type: ignore[arg-type]


def _remove_demo(organisation: object) -> None:
    from lonja.config.demo.load import remove_demo

    remove_demo(organisation)  # type: ignore[arg-type]
