"""Pages of an organisation. The middleware peels the first path segment off and uses these."""

from importlib.util import find_spec

from django.urls import include, path

ROOMS = (
    "ui",
    "office",
    "parties",
    "tasks",
    "catalogue",
    "billing",
    "fiscal",
    "payments",
    "einvoices",
    "subscriptions",
    "sales",
    "field",
    "api",
    "mail",
    "imports",
    "jobs",
    "activity",
    "files",
)

urlpatterns = [
    path("", include(f"lonja.{room}.urls"))
    for room in ROOMS
    if find_spec(f"lonja.{room}") and find_spec(f"lonja.{room}.urls")
]

handler403 = "lonja.ui.errors.forbidden"
handler404 = "lonja.ui.errors.not_found"
handler500 = "lonja.ui.errors.server_error"
