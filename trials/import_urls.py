"""Addresses of the pages about reading a registry's file, and deciding on the changes that it offers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
