"""Addresses of the pages about patients referred to a trial."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
