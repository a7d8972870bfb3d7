"""Measures the re-check of open plans beside a bare insert of as many rows: `python -m bench.recheck`."""

import argparse
import json
import sys

from bench import scratch

AIM_SECONDS = 60
AIM_RATIO = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=10_000)
    wanted = parser.parse_args()
    scratch.start_servers()
    database = f"bench_recheck_{wanted.plans}"
    scratch.create(database)
    try:
        told = json.loads(scratch.run(database, "-m", "bench.rechecking", str(wanted.plans)))
    finally:
        scratch.drop(database)
    print(
        f"{told['plans']:,} open plans checked again in {told['seconds']} s (aim: {AIM_SECONDS} s); "
        f"{told['noted']:,} noted, {told['changed']:,} with another verdict.\n"
        f"A bare insert of as many rows took {told['floor_seconds']} s: ratio {told['ratio']} (aim: {AIM_RATIO}). "
        f"Memory grew by {told['more_memory_mb']} MB."
    )
    return int(told["seconds"] > AIM_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
