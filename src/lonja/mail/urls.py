from django.urls import path

from lonja.mail import views
from lonja.mail.tables import OutboxTable
from lonja.ui.tables import list_urls

app_name = "mail"
urlpatterns = [
    path("correo/<int:pk>/", views.mail, name="mail"),
    path("correo/<int:pk>/adjuntos/<int:number>/", views.attachment, name="attachment"),
    path("correo/<int:pk>/reintento/", views.retry, name="retry"),
    path("correo/<int:pk>/cancelacion/", views.cancel, name="cancel"),
    path("configuracion/correo/", views.server, name="server"),
    path("configuracion/correo/prueba/", views.try_server, name="try_server"),
    *list_urls("correo/", OutboxTable, name="outbox"),
]
