"""Reminders by the thousand, with processes killed meanwhile or not: `python -m bench.reminders --faults`.

`--faults` 10,000 due while workers are killed and broker and database are restarted; `--many` 100,000 due, one e-mail
each and then as digests for 2,000 people; `--finding` how long the minute's run looks for what is due among all cases.
"""

import argparse
import json
import platform
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import sql

from bench import scratch
from bench.reminding import rows
from bench.reminding.network import network
from bench.reminding.processes import Office, restart_broker, restart_database

EMPTY = "bench_empty"
PATIENCE_SECONDS = 1800
KILL_EVERY = 2.0
WHOLE_WORKER_EVERY = 5
AIM_SECONDS, AIM_FINDING_MS = 300, 50
LEFT = "SELECT count(*) FROM followup_mail WHERE status IN ('pending', 'claimed')"
WRITTEN = "SELECT count(*) FROM followup_reminder"


def counted(database: str, statement: str) -> int:
    """-1 while the database is away."""
    try:
        with scratch.owner(database) as owner:
            return int(owner.execute(statement).fetchone()[0])  # type: ignore[index]
    except psycopg.OperationalError:
        return -1


def wait_until_told(database: str, reminders: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while counted(database, WRITTEN) < reminders or counted(database, LEFT) != 0:
        if time.monotonic() > deadline:
            print(f"not finished after {PATIENCE_SECONDS} s", file=sys.stderr)
            return
        time.sleep(0.5)


def kill_now_and_then(office: Office, ended: Event, killed: Counter[str]) -> None:
    """Every two seconds the process that is at work of a random worker, every fifth time the whole worker."""
    chance = random.Random(6)
    while not ended.wait(KILL_EVERY):
        worker = chance.choice(office.workers)
        if sum(killed.values()) % WHOLE_WORKER_EVERY == WHOLE_WORKER_EVERY - 1:
            worker.kill()
            worker.start()
            killed["whole workers"] += 1
        elif worker.kill_at_work():
            killed["processes at work"] += 1


def break_things(office: Office, reminders: int, ended: Event, killed: Counter[str]) -> None:
    """The broker once a third of the e-mails is taken, the database at two thirds."""
    for share, name, restart in ((0.3, "broker", restart_broker), (0.6, "database", restart_database)):
        while office.sink.count() < share * reminders:
            if ended.wait(0.2):
                return
        restart()
        killed[name] += 1


def judged(database: str, office: Office, reminders: int) -> dict[str, Any]:
    """What was owed against what the mail server took."""
    taken = Counter(office.sink.taken())
    with scratch.owner(database) as owner:
        mails = dict(
            owner.execute(
                "SELECT message_id, in_doubt FROM followup_mail WHERE status <> 'cancelled'"
            ).fetchall()
        )
        states = dict(owner.execute("SELECT status, count(*) FROM followup_mail GROUP BY status").fetchall())
        told = owner.execute(
            "SELECT count(DISTINCT target_id) FROM followup_reminder WHERE mail_id IS NOT NULL"
        )
        written = int(told.fetchone()[0])  # type: ignore[index]
    doubles = {name for name, times in taken.items() if times > 1}
    doubts = {name for name, doubt in mails.items() if doubt}
    return {
        "due": reminders,
        "told of": written,
        "mails": len(mails),
        "states": states,
        "lost": reminders - written + len(mails.keys() - taken.keys()),
        "taken": taken.total(),
        "taken that nobody owed": len(taken.keys() - mails.keys()),
        "doubles": len(doubles),
        "doubles that were not counted": len(doubles - doubts),
        "in doubt": len(doubts),
    }


@contextmanager
def office_with(
    name: str, due: int, people: int, *, any_day: bool, lease: int, processes: int
) -> Iterator[Office]:
    """Everything up, nothing begun."""
    scratch.start_servers()
    database = f"bench_reminders_{name}"
    copy_of_empty(database)
    with rows.seeding(database) as owner:
        rows.centre(owner, people=people)
        rows.due(owner, due, people=people)
        rows.schedule(owner)
        if any_day:
            rows.as_on_any_day(owner)
        owner.execute("VACUUM ANALYZE")
    office = Office(database, lease_seconds=lease, processes=processes)
    try:
        office.open()
        yield office
    finally:
        office.close()
        drop(database)


def copy_of_empty(database: str) -> None:
    """The tables are made once and copied: that takes a second, to make them a minute."""
    if scratch.seeded(EMPTY):
        scratch.migrate(EMPTY)
    else:
        scratch.create(EMPTY)
        scratch.mark_seeded(EMPTY)
    drop(database)
    names = [sql.Identifier(name) for name in (database, EMPTY)]
    with scratch.owner("sarcoma") as owner:
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def drop(database: str) -> None:
    """By the superuser, who may end a statement that a killed worker left behind."""
    with rows.seeding("sarcoma") as owner:
        name = sql.Identifier(database)
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def faults(due: int, processes: int) -> dict[str, Any]:
    with office_with("faults", due, due, any_day=True, lease=10, processes=processes) as office:
        ended, killed = Event(), Counter[str]()
        threads = [
            Thread(target=kill_now_and_then, args=[office, ended, killed], daemon=True),
            Thread(target=break_things, args=[office, due, ended, killed], daemon=True),
        ]
        began = time.monotonic()
        office.begin()
        for thread in threads:
            thread.start()
        wait_until_told(office.database, due)
        seconds = time.monotonic() - began
        ended.set()
        for thread in threads:
            thread.join()
        return {"killed": dict(killed), "seconds": round(seconds)} | judged(office.database, office, due)


def many(due: int, people: int, processes: int, *, any_day: bool) -> dict[str, Any]:
    with office_with("many", due, people, any_day=any_day, lease=120, processes=processes) as office:
        began = time.monotonic()
        office.begin()
        while office.sink.count() < people / 50 and time.monotonic() - began < PATIENCE_SECONDS:
            time.sleep(0.1)
        first, memory = time.monotonic() - began, [office.megabytes()]
        wait_until_told(office.database, due)
        seconds = time.monotonic() - began
        memory.append(office.megabytes())
        with scratch.owner(office.database) as owner:
            took = owner.execute(
                "SELECT max((detail->>'written')::int), max(took_ms) FROM audit_heartbeat"
            ).fetchone()
        told = {"seconds": round(seconds, 1), "first taken after": round(first, 1), "memory MB": memory}
        return told | {"last search ms": took and took[1]} | judged(office.database, office, due)


def finding(cases: int) -> dict[str, Any]:
    scratch.start_servers()
    database = f"bench_finding_{cases}"
    if not scratch.seeded(database):
        copy_of_empty(database)
        with rows.seeding(database) as owner:
            network(owner, cases)
        scratch.mark_seeded(database)
    else:
        scratch.migrate(database)
    return dict(json.loads(scratch.run(database, "-m", "bench.reminding.finding")))


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended all the same
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--many", action="store_true")
    parser.add_argument("--finding", action="store_true")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, help="10,000 with faults, 100,000 without")
    parser.add_argument("--processes", type=int, default=1, help="of each of the two workers")
    wanted = parser.parse_args()
    bad = False
    print(f"{datetime.now():%d %B %Y %H:%M}, {platform.machine()}, Python {platform.python_version()}")
    if wanted.faults:
        told = faults(wanted.due or 10_000, wanted.processes)
        bad |= bool(told["lost"] or told["doubles that were not counted"])
        print(json.dumps({"faults": told}, indent=1))
    if wanted.many:
        due = wanted.due or 100_000
        for name, people, any_day in (("one e-mail each", due, True), ("digests", max(1, due // 50), False)):
            told = many(due, people, wanted.processes, any_day=any_day)
            bad |= bool(told["lost"]) or told["seconds"] > AIM_SECONDS
            print(json.dumps({name: told}, indent=1), flush=True)
    if wanted.finding:
        told = finding(wanted.cases)
        bad |= told["finding ms"]["median"] > AIM_FINDING_MS
        print(told.pop("plan"))
        print(json.dumps({f"finding among {wanted.cases:,} cases": told}, indent=1))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
