"""Pages of one's own agenda and of contacts with clients."""

from django.urls import path

from lonja.tasks.views import agenda, interactions

urlpatterns = [
    path("mi-dia/", agenda.my_day, name="my_day"),
    path("mi-dia/<int:pk>/cierre/", agenda.day_complete, name="day_complete"),
    path("tareas/calendario/", agenda.calendar, name="calendar"),
    path("tareas/<int:pk>/recordatorio/", agenda.reminder, name="reminder"),
    path("tareas/recordatorios/<int:pk>/retirada/", agenda.reminder_drop, name="reminder_drop"),
    path("configuracion/mis-avisos/", agenda.alerts, name="alerts"),
    path("configuracion/mis-avisos/calendario/", agenda.feed_new, name="feed_new"),
    path("configuracion/mis-avisos/calendario/baja/", agenda.feed_revoke, name="feed_revoke"),
    path("clientes/<int:party_id>/apuntar/", interactions.entry, name="interaction_entry"),
    path("clientes/<int:party_id>/apuntar/<slug:kind>/", interactions.log, name="interaction_log"),
    path("contactos/<int:pk>/anulacion/", interactions.undo, name="interaction_undo"),
]
