from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "lonja.subscriptions"
    verbose_name = "Recurrentes"

    def ready(self) -> None:
        from lonja.jobs import every
        from lonja.subscriptions.jobs import bill_what_is_due

        every("subscriptions.bill", minutes=5, task=bill_what_is_due)
