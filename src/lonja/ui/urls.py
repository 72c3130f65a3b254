"""Pages of the shell itself, and how to link to pages outside the organisation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import path, reverse
from django.urls.base import get_script_prefix, set_script_prefix

from lonja.ui import views

app_name = "ui"


def global_url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page that has no organisation in its path (login, public links…)."""
    prefix = get_script_prefix()
    set_script_prefix(settings.FORCE_SCRIPT_NAME or "/")
    try:
        return reverse(name, urlconf=settings.ROOT_URLCONF, args=args, kwargs=kwargs)
    finally:
        set_script_prefix(prefix)


urlpatterns = [
    path("ui/galeria/", views.gallery, name="gallery"),
    path("ui/galeria/<slug:page>/", views.gallery, name="gallery_page"),
    path("ui/tema/", views.theme, name="theme"),
    path("ui/filas/", views.density, name="density"),
    path("ui/columnas/<str:table>/", views.columns, name="columns"),
    path("ui/vistas/<str:table>/", views.save_view, name="save_view"),
    path("ui/vistas/borrado/<int:pk>/", views.drop_view, name="drop_view"),
    path("ui/exportaciones/<int:pk>/", views.export_state, name="export"),
    path("ui/exportaciones/<int:pk>/fichero/", views.export_file, name="export_file"),
]
