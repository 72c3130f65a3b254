"""Global pages: the ones without an organisation in their path."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from lonja.config import health

urlpatterns: list[URLPattern | URLResolver] = [path("salud/", health.alive, name="health")]

# A room declares its global pages in `global_urls.py`.
for room in ("office", "portal", "tasks", "ui", "api"):
    if find_spec(f"lonja.{room}") and find_spec(f"lonja.{room}.global_urls"):
        import_module(f"lonja.{room}.global_urls")
        urlpatterns.append(path("", include(f"lonja.{room}.global_urls")))

handler403 = "lonja.ui.errors.forbidden"
handler404 = "lonja.ui.errors.not_found"
handler500 = "lonja.ui.errors.server_error"
