"""Addresses of the pages of the trial register."""

from django.urls import path

from trials.views import register

urlpatterns = [
    path("", register.trial_list, name="list"),
]
