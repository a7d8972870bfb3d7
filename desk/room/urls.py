"""Addresses of the meeting screen."""

from django.urls import path

from desk.room import attending, panels, views

app_name = "room"

urlpatterns = [
    path("keys/", panels.keys, name="keys"),
    path("listing/<int:pk>/", views.case, name="case"),
    path("listing/<int:pk>/discuss/", views.discuss, name="discuss"),
    path("<int:pk>/present/", attending.present, name="present"),
    path("attendance/<int:pk>/", attending.attendance, name="attendance"),
    path("listing/<int:pk>/recuse/", attending.recuse, name="recuse"),
    path("recusal/<int:pk>/withdraw/", attending.withdraw, name="withdraw"),
]
