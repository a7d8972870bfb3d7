"""Registers the trials room."""

from django.apps import AppConfig


class TrialsConfig(AppConfig):
    name = "trials"
