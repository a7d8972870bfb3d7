#!/usr/bin/env python
"""Django's commands; where tables change, under the database role that owns them."""

import os
import sys
from importlib import import_module

AS_OWNER = {
    "migrate",
    "sqlmigrate",
    "makemigrations",
    "flush",
    "dbshell",
    "test",
    "pgtrigger",
    "lintmigrations",
}


# Answered from the file alone: starting Django would take longer than the answer.
WITHOUT_DJANGO = {
    "check_plan": ("treatments.guidance.check", "check_body"),
    "stage_case": ("cases.clinical.stage_body", "stage_body"),
}


def answered_without_django(command: str, *arguments: str) -> bool:
    """Answer a question that needs neither settings nor database, or leave it to Django."""
    from cases.management import json_lines

    asked = json_lines.plain(arguments)
    if command not in WITHOUT_DJANGO or asked is None:
        return False
    module, name = WITHOUT_DJANGO[command]
    file, lines = asked
    try:
        status = json_lines.answer_file(file, getattr(import_module(module), name), print, lines=lines)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough: Python must not write to them at its end either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    if status:
        sys.exit(status)
    return True


def main() -> None:
    if answered_without_django(*(sys.argv[1:] or [""])):
        return
    if sys.argv[1:2] and sys.argv[1] in AS_OWNER:
        os.environ.setdefault("DATABASE_ROLE", "owner")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line

        from config import embedded
    except ImportError as error:
        sys.exit(f"{error}. Set the project up with ./run --prepare, then use .venv/bin/python manage.py.")
    embedded.load()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
