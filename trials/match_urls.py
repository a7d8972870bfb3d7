"""Addresses of the pages about what may fit and why not, from the trial and from the case."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
