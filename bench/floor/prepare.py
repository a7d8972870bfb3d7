"""`python -m bench.floor.prepare`, as the owner's role: makes the floor's tables in their own schema, and its rows."""

import os
from datetime import date

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.floor.models import Line  # noqa: E402

ROWS = 50
GRANTS = """
GRANT USAGE ON SCHEMA floor TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA floor TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA floor TO {role};
"""


def main(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor")
        call_command("migrate", run_syncdb=True, verbosity=0)
        User.objects.create(username="someone")
        Line.objects.bulk_create(_line(number) for number in range(ROWS))
        cursor.execute(GRANTS.format(role=connection.ops.quote_name(role)))
        cursor.execute("ANALYZE")


def _line(number: int) -> Line:
    return Line(
        reference=f"BN1-2026-{number:04d}",
        name=f"KELDERTON, Jona {number} (Mrs)",
        birth_on=date(1960, 1, 1 + number % 28),
        status="Follow-up",
        note="Which treatment, and in which order?",
    )


if __name__ == "__main__":
    main(os.environ["FLOOR_ROLE"])
