from django.urls import path

from lonja.jobs import views

app_name = "jobs"
urlpatterns = [path("trabajos/<int:pk>/", views.job, name="job")]
