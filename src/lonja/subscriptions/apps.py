from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "lonja.subscriptions"
    verbose_name = "Recurrentes"
