"""Addresses of the public pages on which anybody may ask; none carries anything that was typed."""

from django.urls import path

from trials.views import ask

app_name = "ask"

urlpatterns = [
    path("", ask.ask, name="ask"),
    path("received/<str:token>/", ask.receipt, name="receipt"),
]
