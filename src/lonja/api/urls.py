from django.urls import path

from lonja.api.views import tokens, webhooks

app_name = "api"

urlpatterns = [
    path("configuracion/api/", tokens.index, name="settings"),
    path("configuracion/api/claves/nueva/", tokens.token_new, name="token_new"),
    path("configuracion/api/claves/<int:pk>/", tokens.token, name="token"),
    path("configuracion/api/claves/<int:pk>/revocacion/", tokens.token_revoke, name="token_revoke"),
    path("configuracion/api/webhooks/nuevo/", webhooks.webhook_new, name="webhook_new"),
    path("configuracion/api/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("configuracion/api/webhooks/<int:pk>/cambio/", webhooks.webhook_edit, name="webhook_edit"),
    path("configuracion/api/webhooks/<int:pk>/prueba/", webhooks.webhook_ping, name="webhook_ping"),
    path(
        "configuracion/api/webhooks/<int:pk>/secreto/",
        webhooks.webhook_secret,
        name="webhook_secret",
    ),
    path("configuracion/api/webhooks/<int:pk>/activacion/", webhooks.webhook_on, name="webhook_on"),
    path(
        "configuracion/api/webhooks/<int:pk>/borrado/",
        webhooks.webhook_delete,
        name="webhook_delete",
    ),
    path("configuracion/api/entregas/<int:pk>/", webhooks.delivery, name="delivery"),
    path(
        "configuracion/api/entregas/<int:pk>/reenvio/",
        webhooks.delivery_resend,
        name="delivery_resend",
    ),
]
