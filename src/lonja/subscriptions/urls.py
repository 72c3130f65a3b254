from django.urls import path

from lonja.subscriptions.tables import PlanTable, RunTable
from lonja.subscriptions.views import figures, plans, runs
from lonja.ui.tables import list_urls

app_name = "subscriptions"

urlpatterns = [
    path("recurrentes/mrr/", figures.mrr, name="mrr"),
    path("recurrentes/nueva/", plans.plan_new, name="plan_new"),
    path("recurrentes/ejecucion/", runs.run_now, name="run_now"),
    path("recurrentes/ejecuciones/<int:pk>/", runs.run, name="run"),
    *list_urls("recurrentes/ejecuciones/", RunTable, name="run_list"),
    path("recurrentes/obligaciones/<int:pk>/reintento/", runs.retry, name="retry"),
    path("recurrentes/cliente/<int:party_id>/", plans.client_tab, name="client_tab"),
    path("recurrentes/<int:pk>/", plans.plan, name="plan"),
    path("recurrentes/<int:pk>/editar/", plans.plan_edit, name="plan_edit"),
    path("recurrentes/<int:pk>/pausa/", plans.pause, name="plan_pause"),
    path("recurrentes/<int:pk>/reanudacion/", plans.resume, name="plan_resume"),
    path("recurrentes/<int:pk>/baja/", plans.end, name="plan_end"),
    *list_urls("recurrentes/", PlanTable, name="plan_list"),
    path("prevision/", figures.forecast, name="forecast"),
    path("inicio/mrr/", figures.mrr_kpi, name="kpi_mrr"),
    path("inicio/prevision/", figures.forecast_kpi, name="kpi_forecast"),
    path("inicio/prevision-de-cartera/", figures.forecast_card, name="card_forecast"),
    path("inicio/evolucion-mrr/", figures.mrr_card, name="card_mrr"),
]
