"""Refuses migrations of our own apps that would lock a live table or break the version before."""

import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> int:
    django.setup()
    from django_migration_linter import MigrationLinter

    linter = MigrationLinter(no_cache=True, quiet=["ok", "ignore"], **settings.MIGRATION_LINTER_OPTIONS)
    linter.lint_all_migrations()
    linter.print_summary()
    return int(linter.has_errors)


if __name__ == "__main__":
    sys.exit(main())
