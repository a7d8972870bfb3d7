"""Addresses of the pages that bring rooms together."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from desk import views

app_name = "desk"

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("help/", views.help_page, name="help"),
    path("accessibility/", login_not_required(views.accessibility), name="accessibility"),
    path("health/", login_not_required(views.health), name="health"),
]
