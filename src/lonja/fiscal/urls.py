from django.urls import path

app_name = "fiscal"
urlpatterns = []
