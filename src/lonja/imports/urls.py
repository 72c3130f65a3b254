from django.urls import path

from lonja.imports import views

app_name = "imports"

urlpatterns = [
    path("importar/", views.home, name="home"),
    path("importar/<int:pk>/", views.run_page, name="run"),
    path("importar/<int:pk>/progreso/", views.progress, name="progress"),
    path("importar/<int:pk>/hoja/", views.sheet, name="sheet"),
    path("importar/<int:pk>/columnas/", views.choose_columns, name="columns"),
    path("importar/<int:pk>/vuelta/", views.back, name="back"),
    path("importar/<int:pk>/arranque/", views.start, name="start"),
    path("importar/<int:pk>/errores/", views.errors, name="errors"),
    path("importar/<slug:kind>/", views.upload, name="upload"),
    path("importar/<slug:kind>/plantilla/", views.template, name="template"),
]
