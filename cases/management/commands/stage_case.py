"""Stages cases given as JSON, without a database: `stage_case FILE`, or one object a line with `--jsonl`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases.clinical.stage_body import stage_body
from cases.management.json_lines import answer_file


class Command(BaseCommand):
    """Prints the `stage` object of each `case` object."""

    help = "Print the stage of a case: one JSON object, or one a line with --jsonl. Needs no database."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON file with a case object, or - for standard input")
        parser.add_argument("--jsonl", action="store_true", help="one case a line in, one stage a line out")

    def handle(self, *_: Any, **options: Any) -> None:
        status = answer_file(options["file"], stage_body, self.stdout.write, lines=options["jsonl"])
        if status:
            raise SystemExit(status)
