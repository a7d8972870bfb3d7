"""Measures matching invented cases with invented trials: `python -m bench.trials`."""

import argparse
import json
import sys

from bench import scratch

AIM_SECONDS = 120
AIM_CASE_MS = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=26_000)
    parser.add_argument("--trials", type=int, default=270)
    wanted = parser.parse_args()
    scratch.start_servers()
    database = f"bench_trials_{wanted.cases}"
    scratch.create(database)
    try:
        told = json.loads(
            scratch.run(database, "-m", "bench.matching", str(wanted.cases), str(wanted.trials))
        )
    finally:
        scratch.drop(database)
    print(
        f"{told['cases']:,} cases x {told['trials']:,} trials matched in {told['seconds']} s "
        f"({told['processor']} s of one processor in the worker; aim: {AIM_SECONDS} s), "
        f"{told['kept']:,} pairs kept ({told['kept_percent']}%).\n"
        f"Again, with nothing changed: {told['again_seconds']} s ({told['again_processor']} s of processor).\n"
        f"One changed case against {told['case_trials']} trials: median {told['case_ms']} ms, "
        f"processor {told['case_processor_ms']} ms, worst {told['case_worst_ms']} ms (aim: {AIM_CASE_MS} ms).\n"
        f"One changed trial against all cases: {told['trial_seconds']} s.\n"
        f"Page of {told['candidates']:,} candidates: {told['page_statements']} statements, {told['page_ms']} ms; "
        f"the last page {told['last_page_statements']} statements, {told['last_page_ms']} ms.\n"
        f"Trials of one case: {told['case_page_statements']} statements, {told['case_page_ms']} ms. "
        f"Memory of the worker grew by {told['more_memory_mb']} MB."
    )
    return int(told["seconds"] > AIM_SECONDS or told["case_ms"] > AIM_CASE_MS)


if __name__ == "__main__":
    sys.exit(main())
