"""Writes the reference pages of docs/ from the code."""

from typing import Any

from django.core.management.base import BaseCommand

from desk import reference


class Command(BaseCommand):
    help = "Write docs/reference from the tables that the code reads."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        reference.write()
        self.stdout.write(f"Wrote {', '.join(reference.PAGES)}.")
