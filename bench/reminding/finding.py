"""Inside the service, on a seeded database: what the minute's run takes to find what is due; prints JSON.

The first run tells of what fell due; what counts is the run that finds nothing new, as almost all do, and that one
which looks at everything.
"""

import json
import os
import statistics
import time
from collections.abc import Callable

import django
import psycopg

django.setup()

from django.db import connection, transaction  # noqa: E402  (models need the set-up first)
from django.utils import timezone  # noqa: E402

from followup import services  # noqa: E402
from followup.rules import rules_on  # noqa: E402
from followup.services.reminding.owed.finding import finding  # noqa: E402
from followup.services.reminding.owed.last_run import last_run  # noqa: E402

TRIES = 20


def milliseconds(run: Callable[[], object], tries: int = TRIES) -> dict[str, float]:
    took = []
    for _ in range(tries):
        began = time.perf_counter()
        run()
        took.append(1000 * (time.perf_counter() - began))
    return {"median": round(statistics.median(took), 1), "worst": round(max(took), 1)}


def find(prefix: str = "") -> list[tuple[object, ...]]:
    """The finding statement of the minute's run, as it is put together there."""
    sql, values = finding(rules_on(), last=last_run(), today=timezone.localdate())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")
        cursor.execute(f"{prefix}{sql} SELECT count(*) FROM fresh", values)
        return cursor.fetchall()


def as_within_a_minute() -> None:
    """What the database does by itself once so many rows are new; the tables are the owner's, not the service's."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE followup_reminder, followup_mail")


def write() -> int:
    return services.write_due_reminders(today=timezone.localdate(), everything=False)


def main() -> None:
    before = milliseconds(find)
    found = find()[0][0]
    began = time.perf_counter()
    written = write()
    first = round(1000 * (time.perf_counter() - began))
    as_within_a_minute()
    told = {
        "fresh before the first run": found,
        "finding ms with all of a day to tell": before,
        "first run ms": first,
        "first run wrote": written,
        "finding ms": milliseconds(find),
        "whole run ms, nothing new": milliseconds(write),
    }
    began = time.perf_counter()
    services.write_due_reminders(today=timezone.localdate(), everything=True)
    told["run of everything ms"] = round(1000 * (time.perf_counter() - began))
    told["plan"] = "\n".join(str(line) for (line,) in find("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) "))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
