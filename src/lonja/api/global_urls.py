"""The API and its documentation: the same address for every organisation (the key says which)."""

from django.urls import path

from lonja.api.views import docs, door

app_name = "api_door"

urlpatterns = [
    path("api/v1/", docs.page, name="docs"),
    path("api/v1/openapi.json", docs.openapi, name="openapi"),
    path("api/v1/<path:path>", door.door, name="door"),
]
