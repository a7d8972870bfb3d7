"""Addresses of the mdt pages."""

from django.urls import URLPattern

app_name = "mdt"

urlpatterns: list[URLPattern] = []
