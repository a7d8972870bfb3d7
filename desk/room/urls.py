"""Addresses of the meeting screen."""

from django.urls import path

from desk.room import panels, views

app_name = "room"

urlpatterns = [
    path("keys/", panels.keys, name="keys"),
    path("listing/<int:pk>/", views.case, name="case"),
    path("listing/<int:pk>/discuss/", views.discuss, name="discuss"),
    path("listing/<int:pk>/recuse/", views.recuse, name="recuse"),
]
