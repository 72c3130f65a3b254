from django.urls import path

from lonja.field.views import app, office, sync

app_name = "field"

urlpatterns = [
    path("campo/", app.home, name="home"),
    path("campo/aplicacion.webmanifest", app.manifest, name="manifest"),
    path("campo/sw.js", app.worker, name="worker"),
    path("campo/sincronizacion/", sync.sync, name="sync"),
    path("campo/entrega/", sync.deliver, name="deliver"),
    path("campo/decision/", sync.decision, name="decision"),
    path("campo/dispositivos/", office.devices, name="devices"),
    path("campo/dispositivos/<int:pk>/revocacion/", office.revoke, name="device_revoke"),
    path("campo/dispositivos/<int:pk>/permiso/", office.allow, name="device_allow"),
    path("campo/entregas/<int:pk>/firma/", office.kept_image, name="kept_image"),
]
