"""Addresses of the followup pages."""

from django.urls import URLPattern

app_name = "followup"

urlpatterns: list[URLPattern] = []
