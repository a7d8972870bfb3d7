"""Measures the service beside the floor: `python -m bench.measure` (see bench/README.md)."""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bench import report, scratch
from bench.aims import FLOORS, Target, Told
from bench.client import Call, Server, Unexpected
from bench.seed import prepare
from bench.servers import Gunicorn, gunicorn
from bench.targets import TARGETS

SIZES = (10_000, 100_000)
CLIENTS = (1, 8)
BEFORE = 24  # requests that warm every worker and thread up


class Run:
    """One size: both servers up, a person and a hospital system signed in."""

    def __init__(self, told: Told, service: Gunicorn, floor: Gunicorn) -> None:
        self.told, self.processes = told, (service, floor)
        self.person, self.system, self.floor = Server(service.port), Server(service.port), Server(floor.port)

    def sign_in(self) -> None:
        """The person by the form, as in a browser; the system by its client's token."""
        self.person.once(Call("/account/login/"))
        login = {"login": self.told["email"], "password": self.told["password"]}
        self.person.form("/account/login/", login)
        self.told["csrf"] = self.person.always["X-CSRFToken"] = self.person.cookies["csrftoken"]
        self.floor.once(Call("/sign-in/"))
        self.system.take_token(self.told["client_id"], self.told["secret"], "read write check")

    def measure(self, target: Target, *, rounds: int, requests: int) -> dict[str, Any]:
        """Floor, target, floor, target …, so that both meet the same machine."""
        server, call = self.system if target.machine else self.person, target.make(self.told)
        floor = FLOORS[target.floor]
        self.floor.times(floor, BEFORE, 8)
        server.times(call, BEFORE, 8)
        return {
            f"clients_{clients}": self._rounds(server, call, floor, rounds, requests, clients)
            for clients in CLIENTS
        }

    def _rounds(
        self, server: Server, call: Call, floor: Call, rounds: int, requests: int, clients: int
    ) -> dict[str, Any]:
        ours: list[list[float]] = []
        bare: list[list[float]] = []
        before = [each.processor_seconds() for each in self.processes]
        for _ in range(rounds):
            bare.append(self.floor.times(floor, requests, clients))
            ours.append(server.times(call, requests, clients))
        used = [each.processor_seconds() - was for each, was in zip(self.processes, before, strict=True)]
        count = sum(map(len, ours))
        return report.summary(ours, bare) | {
            "processor_ms": round(1000 * used[0] / count, 2),
            "floor_processor_ms": round(1000 * used[1] / count, 2),
        }


def measure_size(cases: int, wanted: argparse.Namespace) -> dict[str, Any]:
    database = prepare(cases, reuse=wanted.reuse)
    environment = scratch.environment(database)
    scratch.run(database, "-m", "bench.floor.prepare", **floor_owner(environment))
    scratch.run(database, "manage.py", "collectstatic", "--noinput", "--verbosity=0")
    inside = json.loads(scratch.run(database, "-m", "bench.inside", "statements"))
    told = json.loads(scratch.run(database, "-m", "bench.inside", "subjects"))
    with (
        gunicorn("config.wsgi", environment) as service,
        gunicorn("bench.floor.wsgi", environment) as floor,
    ):
        run = Run(told, service, floor)
        run.sign_in()
        found = {target.name: _one(run, target, wanted) for target in chosen(wanted.only)}
        memory = {"service": service.megabytes(), "floor": floor.megabytes()}
    for name, result in found.items():
        result |= inside[name]
    return {"cases": cases, "targets": found, "memory_mb": memory}


def _one(run: Run, target: Target, wanted: argparse.Namespace) -> dict[str, Any]:
    print(f"  {target.name}", file=sys.stderr, flush=True)
    try:
        return run.measure(target, rounds=wanted.rounds, requests=wanted.requests)
    except Unexpected as error:
        print(f"    {error}", file=sys.stderr, flush=True)
        return {"failed": str(error)[:200]}


def floor_owner(environment: dict[str, str]) -> dict[str, str]:
    """The floor's tables are made by the owner's role, and used by the application's."""
    return {"DATABASE_URL": environment["DATABASE_OWNER_URL"], "FLOOR_ROLE": "sarcoma_app"}


def chosen(only: Sequence[str]) -> list[Target]:
    return [target for target in TARGETS if not only or any(word in target.name for word in only)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of cases")
    parser.add_argument(
        "--rounds", type=int, default=7, help="of floor and target in turn; the median counts"
    )
    parser.add_argument("--requests", type=int, default=64, help="in each round")
    parser.add_argument(
        "--only", nargs="+", default=(), help="targets whose name has one of these words in it"
    )
    parser.add_argument(
        "--reuse", action="store_true", help="keep seeded databases, and use those that are there"
    )
    wanted = parser.parse_args()
    scratch.start_servers()
    sizes = [measure_size(cases, wanted) for cases in wanted.sizes]
    result = {
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "load": report.load(),
        "sizes": sizes,
    }
    path = scratch.FOLDER / f"{datetime.now():%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(result, indent=1))
    print(report.table(result))
    print(f"Written to {path}")
    if not wanted.reuse:
        for cases in wanted.sizes:
            scratch.drop(scratch.name_of(cases))


if __name__ == "__main__":
    main()
