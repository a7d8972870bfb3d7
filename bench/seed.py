"""Fills scratch databases with cases: `python -m bench.seed 10000 100000`."""

import argparse

from bench import scratch


def prepare(cases: int, *, reuse: bool) -> str:
    """A scratch database with so many cases; the one that is there, if it may be used again. Returns its name."""
    database = scratch.name_of(cases)
    if reuse and scratch.seeded(database):
        scratch.migrate(database)
    else:
        scratch.create(database)
        scratch.run(database, "-m", "bench.seeding", str(cases))
        scratch.mark_seeded(database)
    return database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="+")
    parser.add_argument("--reuse", action="store_true", help="leave a database that is seeded already")
    wanted = parser.parse_args()
    scratch.start_servers()
    for cases in wanted.cases:
        print(prepare(cases, reuse=wanted.reuse))


if __name__ == "__main__":
    main()
