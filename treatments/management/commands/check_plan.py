"""Checks plans given as JSON, without a database: `check_plan FILE`, or one object a line with `--jsonl`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases.management.json_lines import answer_file
from treatments.guidance.check import check_body


class Command(BaseCommand):
    """Prints the answer of the guidance check to each case and plan."""

    help = "Check a plan against the guidance: one object, or one a line with --jsonl. Needs no database."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON file with the keys case and plan, or - for standard input")
        parser.add_argument(
            "--jsonl", action="store_true", help="one question a line in, one answer a line out"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        status = answer_file(options["file"], check_body, self.stdout.write, lines=options["jsonl"])
        if status:
            raise SystemExit(status)
