from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lonja.accounts"
    verbose_name = _("Organizaciones y usuarios")

    def ready(self) -> None:
        from django.utils.translation import gettext

        from lonja.accounts import locks
        from lonja.kit import words

        words.translate_with(gettext)
        pre_migrate.connect(locks.lift, dispatch_uid="lonja-locks-lift")
        post_migrate.connect(locks.put_back, dispatch_uid="lonja-locks-put")
