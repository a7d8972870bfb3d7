#!/usr/bin/env python
"""Django's commands; where tables change, under the database role that owns them."""

import os
import sys

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


def main() -> None:
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
