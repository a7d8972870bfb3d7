"""Registers the MDT room."""

from django.apps import AppConfig


class MDTConfig(AppConfig):
    name = "mdt"
