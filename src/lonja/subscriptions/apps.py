from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    name = "lonja.subscriptions"
    verbose_name = _("Recurrentes")

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate
        from lonja.imports import register
        from lonja.imports.texts import name_group
        from lonja.jobs import every
        from lonja.subscriptions import permissions, reports
        from lonja.subscriptions.actions.import_plans import PlanImporter
        from lonja.subscriptions.jobs import bill_what_is_due
        from lonja.ui import registry

        for verb, sentence, symbol in (
            ("subscriptions.started", _("dio de alta el servicio"), "player-play"),
            ("subscriptions.changed", _("cambió la plantilla"), "edit"),
            ("subscriptions.paused", _("pausó la plantilla"), "player-pause"),
            ("subscriptions.resumed", _("reanudó la plantilla"), "player-play"),
            ("subscriptions.ended", _("dio de baja la plantilla"), "square-x"),
        ):
            describe(verb, sentence, symbol, permissions.VIEW)
        locate("subscriptions.plan", "subscriptions:plan")
        register(PlanImporter)
        for code, title in (
            ("client_unknown", _("Cliente desconocido")),
            ("product_unknown", _("Referencia desconocida")),
            ("frequency_unknown", _("Periodicidad desconocida")),
            ("frequency_missing", _("Falta la periodicidad")),
            ("date_missing", _("Falta la fecha")),
            ("until_before_start", _("Termina antes de empezar")),
            ("missed_skipped", _("Periodos atrasados que no se facturarán")),
            ("missed_billed", _("Periodos atrasados que se facturarán ahora")),
            ("due_today", _("Se facturan hoy mismo")),
            ("nothing_left", _("Sin facturas por hacer")),
            ("plan_ended", _("Servicio de baja")),
        ):
            name_group(code, title)
        every("subscriptions.bill", minutes=5, task=bill_what_is_due)
        registry.nav(
            "Facturación",
            _("Recurrentes"),
            "subscriptions:plan_list",
            "repeat",
            permissions.VIEW,
            20,
        )
        registry.nav(
            "Facturación",
            _("Previsión"),
            "subscriptions:forecast",
            "trending-up",
            permissions.MRR,
            40,
        )
        registry.new_menu(
            _("Plantilla recurrente"), "subscriptions:plan_new", "repeat", permissions.EDIT, 40, "r"
        )
        registry.search_provider(
            _("Recurrentes"), "r", permissions.VIEW, reports.find_plans, order=60
        )
        registry.client_tab(
            "servicios",
            _("Servicios"),
            "subscriptions:client_tab",
            permissions.VIEW,
            order=60,
            count=reports.plans_of_party,
        )
        registry.client_fact(
            _("MRR"),
            reports.mrr_facts,
            order=50,
            permission=permissions.MRR,
            asks=reports.mrr_asked,
        )
        registry.home_card(
            "mrr", "subscriptions:kpi_mrr", permissions.MRR, order=10, width=3, label=_("MRR")
        )
        registry.home_card(
            "prevision-90",
            "subscriptions:kpi_forecast",
            permissions.MRR,
            order=40,
            width=3,
            label=_("Previsión de cartera · 90 días"),
        )
        registry.home_card(
            "prevision",
            "subscriptions:card_forecast",
            permissions.MRR,
            order=50,
            width=8,
            label=_("Previsión de cartera"),
        )
        registry.home_card(
            "evolucion-mrr",
            "subscriptions:card_mrr",
            permissions.MRR,
            order=60,
            width=4,
            label=_("Evolución del MRR"),
        )
