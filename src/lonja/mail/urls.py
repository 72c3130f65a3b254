from django.urls import path

from lonja.mail.tables import OutboxTable
from lonja.mail.views import outbox, settings
from lonja.ui.tables import list_urls

_TEXT = "configuracion/correo/textos/<str:purpose>/<str:language>/"

app_name = "mail"
urlpatterns = [
    path("correo/<int:pk>/", outbox.mail, name="mail"),
    path("correo/<int:pk>/adjuntos/<int:number>/", outbox.attachment, name="attachment"),
    path("correo/<int:pk>/reintento/", outbox.retry, name="retry"),
    path("correo/<int:pk>/cancelacion/", outbox.cancel, name="cancel"),
    path("correo/<int:pk>/aprobacion/", outbox.approve, name="approve"),
    path("correo/<int:pk>/rechazo/", outbox.reject, name="reject"),
    path("configuracion/correo/", settings.server, name="server"),
    path("configuracion/correo/prueba/", settings.try_server, name="try_server"),
    path("configuracion/correo/buzon/", settings.mailbox, name="mailbox"),
    path("configuracion/correo/buzon/prueba/", settings.try_mailbox_view, name="try_mailbox"),
    path(
        "configuracion/correo/direcciones/<int:pk>/", settings.address_clear, name="address_clear"
    ),
    path("configuracion/correo/textos/", settings.text_list, name="text_list"),
    path(_TEXT, settings.text, name="text"),
    path(f"{_TEXT}vista-previa/", settings.text_preview, name="text_preview"),
    path(f"{_TEXT}original/", settings.text_restore, name="text_restore"),
    path(f"{_TEXT}prueba/", settings.text_try, name="text_try"),
    *list_urls("correo/", OutboxTable, name="outbox"),
]
