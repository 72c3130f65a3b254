from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "lonja.files"
    verbose_name = "Archivos"
