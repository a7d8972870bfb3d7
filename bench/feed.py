"""A long feed of changes read page by page, and the workers' memory: `python -m bench.feed` (see bench/README.md)."""

import argparse
import json
import time
from typing import Any

from bench import report, scratch
from bench.client import Call, Server
from bench.seed import prepare
from bench.servers import Gunicorn, gunicorn

WARM, EVERY = 10, 10
MEGABYTES = 5
"""More than this between the tenth page and the last is not flat."""


def read(system: Server, service: Gunicorn, *, many: int, page: int) -> dict[str, Any]:
    """The whole way through, from the beginning; after some pages what the larger worker has in memory."""
    seen, pages, after, memory, seconds = 0, 0, "", [], 0.0
    while seen < many:
        began = time.perf_counter()
        text = system.once(Call(f"/api/v1/changes/?page_size={page}{after}"))
        seconds += time.perf_counter() - began
        told = json.loads(text)
        seen, pages, after = seen + len(told["results"]), pages + 1, f"&after={told['last']}"
        if pages >= WARM and pages % EVERY == 0:
            memory.append(max(each["rss"] for each in service.megabytes()))
        if told["next"] is None:
            break
    grew = round(memory[-1] - memory[0], 1)
    return {"seen": seen, "pages": pages, "seconds": round(seconds, 1), "memory_mb": memory, "grew_mb": grew}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=100_000, help="how many are read")
    parser.add_argument("--page", type=int, default=1000, help="how many at once")
    parser.add_argument("--cases", type=int, default=10_000, help="size of the database")
    parser.add_argument("--reuse", action="store_true", help="keep the seeded database, or use the one there")
    wanted = parser.parse_args()
    scratch.start_servers()
    database = prepare(wanted.cases, reuse=wanted.reuse)
    told = json.loads(scratch.run(database, "-m", "bench.feeding", str(wanted.changes)))
    with gunicorn("config.wsgi", scratch.environment(database)) as service:
        system = Server(service.port)
        system.take_token(told["client_id"], told["secret"], "changes.read")
        found = [read(system, service, many=wanted.changes, page=wanted.page) for _ in range(2)]
    for each in found:
        rate = each["seen"] / each["seconds"]
        verdict = "flat" if each["grew_mb"] <= MEGABYTES else "grows"
        print(f"{each['seen']:,} changes, {each['pages']} pages, {each['seconds']} s, {rate:,.0f} a second")
        print(f"  worker: {each['memory_mb'][0]} to {each['memory_mb'][-1]} MB, {verdict}")
    if told["published"]:
        print(f"{told['published']:,} were published before that in {told['seconds']} s")
    print(f"Load of the machine at the end: {', '.join(map(str, report.load()))}")
    if not wanted.reuse:
        scratch.drop(database)


if __name__ == "__main__":
    main()
