"""Addresses of the pages about enquiries from outside, for staff."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
