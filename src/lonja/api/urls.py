from django.urls import path

from lonja.api.views import tokens

app_name = "api"

urlpatterns = [
    path("configuracion/api/", tokens.index, name="settings"),
    path("configuracion/api/claves/nueva/", tokens.token_new, name="token_new"),
    path("configuracion/api/claves/<int:pk>/", tokens.token, name="token"),
    path("configuracion/api/claves/<int:pk>/revocacion/", tokens.token_revoke, name="token_revoke"),
]
