"""Addresses of the embudo, the ofertas and their analysis."""

from django.urls import path

from lonja.sales.offers_table import OpportunityTable
from lonja.sales.views import analysis, pipeline, pipeline_settings
from lonja.sales.views import opportunity as offer
from lonja.ui.tables import list_urls

CONFIG = "configuracion/embudo/"

urlpatterns = [
    path("embudo/", pipeline.pipeline, name="pipeline"),
    path("embudo/etapas/", pipeline.starters, name="pipeline_starters"),
    path("embudo/etapas/<int:stage_pk>/mas/", pipeline.more, name="pipeline_more"),
    *list_urls("ofertas/", OpportunityTable, name="opportunity_list"),
    path("ofertas/nueva/", offer.new, name="opportunity_new"),
    path("ofertas/<int:pk>/", offer.opportunity, name="opportunity"),
    path("ofertas/<int:pk>/datos/", offer.edit, name="opportunity_edit"),
    path("ofertas/<int:pk>/etapa/", pipeline.stage, name="opportunity_stage"),
    path("ofertas/<int:pk>/vuelta/", pipeline.undo, name="opportunity_undo"),
    path("ofertas/<int:pk>/perdida/", offer.lose, name="opportunity_lose"),
    path("ofertas/<int:pk>/ganada/", offer.win, name="opportunity_win"),
    path("ofertas/<int:pk>/reapertura/", offer.reopen, name="opportunity_reopen"),
    path("ofertas/<int:pk>/copia/", offer.duplicate, name="opportunity_duplicate"),
    path("ofertas/<int:pk>/presupuesto/", offer.new_quote, name="opportunity_quote"),
    path("presupuestos/<int:pk>/alternativa/", offer.alternative, name="quote_alternative"),
    path("presupuestos/<int:pk>/alternativa/copia/", offer.copy_quote, name="quote_as_alternative"),
    path("presupuestos/<int:pk>/oferta/", offer.attach, name="quote_attach"),
    path("ofertas/panel/<str:type>/<int:pk>/", offer.quote_panel, name="quote_offer"),
    path("presupuestos/cliente/<int:party_id>/", offer.client_tab, name="client_tab"),
    path("ventas/analisis/", analysis.analysis, name="analysis"),
    path(CONFIG, pipeline_settings.settings, name="pipeline_settings"),
    path(CONFIG + "<str:kind>/nuevo/", pipeline_settings.edit, name="pipeline_settings_new"),
    path(CONFIG + "<str:kind>/orden/", pipeline_settings.order, name="pipeline_settings_order"),
    path(CONFIG + "<str:kind>/<int:pk>/", pipeline_settings.edit, name="pipeline_settings_edit"),
    path(
        CONFIG + "<str:kind>/<int:pk>/lugar/",
        pipeline_settings.place,
        name="pipeline_settings_place",
    ),
    path(
        CONFIG + "<str:kind>/<int:pk>/retirada/",
        pipeline_settings.remove,
        name="pipeline_settings_remove",
    ),
    path(
        CONFIG + "<str:kind>/<int:pk>/vuelta/",
        pipeline_settings.restore,
        name="pipeline_settings_restore",
    ),
]
