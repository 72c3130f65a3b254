"""Pages of tasks without an organisation in their path."""

from django.urls import path

from lonja.tasks.views import feed

urlpatterns = [path("c/<str:token>.ics", feed.feed, name="tasks_feed")]
