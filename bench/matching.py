"""Inside the service, on a scratch database: invented cases and trials, matched; prints JSON.

`python -m bench.matching CASES TRIALS`; bench.trials makes the database and starts it.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  (models need the set-up first)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Membership, Organisation, Team, User  # noqa: E402
from bench.inventing import facts, trees  # noqa: E402
from cases.models import Biomarker, Case, Episode, Patient  # noqa: E402
from trials.models import CriteriaVersion, Match, Trial  # noqa: E402
from trials.services.matching import match_episode, match_everything, match_trial  # noqa: E402

BATCH = 1000
TRIES = 40
CASE_TRIALS = 300
CANDIDATES = 5_000


def make_cases(how_many: int, random: Random) -> User:
    host = Organisation.objects.create(name="Bench", code="BENCH")
    teams = [
        Team.objects.create(organisation=host, name=f"Bench {name}", reference_prefix=name) for name in "AB"
    ]
    person = User.objects.create_user("bench@example.org", None, full_name="Dr Bench")
    for team in teams:
        Membership.objects.create(user=person, role="trial_coordinator", team=team, organisation=host)
    for start in range(0, how_many, BATCH):
        _batch(teams, start, min(BATCH, how_many - start), random)
    return person


def _batch(teams: list[Team], start: int, how_many: int, random: Random) -> None:
    patients = Patient.objects.bulk_create(
        Patient(
            family_name=f"Bench{start + n}",
            given_name="Alex",
            sex=random.choice(["female", "male"]),
            birth_on=date(2026, 1, 1) - timedelta(days=random.randint(1, 90) * 365),
        )
        for n in range(how_many)
    )
    cases = Case.objects.bulk_create(
        Case(
            reference=f"{team.reference_prefix}-2026-{start + n}",
            patient=patient,
            team=team,
            opened_on=date(2026, 1, 5),
        )
        for n, patient in enumerate(patients)
        for team in [teams[n % len(teams)]]
    )
    told = [facts(random) for _ in cases]
    episodes = Episode.objects.bulk_create(
        Episode(case=case, number=1, started_on=case.opened_on, facts=known, fact_sources=sources)
        for case, (known, sources) in zip(cases, told, strict=True)
    )
    for case, episode in zip(cases, episodes, strict=True):
        case.current_episode = episode
    Case.objects.bulk_update(cases, ["current_episode"])
    Biomarker.objects.bulk_create(
        Biomarker(episode=episode, name=name, result=result, percent=percent, on=date(2026, 2, 1))
        for episode in episodes
        if random.random() < 0.25
        for name, result, percent in [
            random.choice(
                [
                    ("ny_eso_1", "positive", 40),
                    ("ny_eso_1", "negative", 0),
                    ("HLA-A", "A*02:01", None),
                    ("PD-L1", "positive", 5),
                    ("Fusion", "SS18::SSX1", None),
                ]
            )
        ]
    )


def make_trials(how_many: int, random: Random, first: int = 0) -> list[Trial]:
    made = Trial.objects.bulk_create(
        Trial(short_name=f"BENCH-{first + n}", title=f"An invented trial {first + n}")
        for n in range(how_many)
    )
    CriteriaVersion.objects.bulk_create(
        CriteriaVersion(trial=trial, number=1, tree=tree)
        for trial, tree in zip(made, islice(trees(random), how_many), strict=True)
    )
    return made


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of this process's processor."""
    began, worked = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - worked


def one_case(random: Random) -> dict[str, Any]:
    ids = random.sample(list(Episode.objects.values_list("pk", flat=True)), TRIES)
    took = [timed(lambda episode_id=each: match_episode(episode_id=episode_id)) for each in ids]
    return {
        "case_trials": Trial.objects.count(),
        "case_ms": round(1000 * statistics.median(clock for clock, _ in took), 1),
        "case_processor_ms": round(1000 * statistics.median(worked for _, worked in took), 1),
        "case_worst_ms": round(1000 * max(clock for clock, _ in took), 1),
    }


def page(browser: Client, address: str) -> tuple[int, float]:
    """Statements, and milliseconds in the median of five."""
    browser.get(address)
    asked: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        assert browser.get(address).status_code == 200, address
    took = statistics.median(timed(lambda: browser.get(address))[0] for _ in range(5))
    return len(asked), round(1000 * took, 1)


def pages(person: User) -> dict[str, Any]:
    """A trial that asks nothing but the age has as many candidates as are wanted, and more."""
    trial = Trial.objects.create(short_name="MANY", title="An invented trial that takes nearly everybody")
    tree = {"all": [{"kind": "age", "min": 1}, {"kind": "measurable_disease"}]}
    CriteriaVersion.objects.create(trial=trial, number=1, tree=tree)
    took, _ = timed(lambda: match_trial(trial_id=trial.pk))
    too_many = Match.objects.filter(trial=trial).values("pk")[CANDIDATES:]
    Match.objects.filter(pk__in=list(too_many.values_list("pk", flat=True))).delete()
    browser = Client()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    address = reverse("trials:candidates", args=[trial.pk])
    first, last = page(browser, address), page(browser, f"{address}?page=100")
    case = Case.objects.order_by("pk").first()
    assert case is not None
    one = page(browser, reverse("trials:case", args=[case.reference]))
    return {
        "trial_seconds": round(took, 1),
        "candidates": Match.objects.filter(trial=trial).count(),
        "page_statements": first[0],
        "page_ms": first[1],
        "last_page_statements": last[0],
        "last_page_ms": last[1],
        "case_page_statements": one[0],
        "case_page_ms": one[1],
    }


def main() -> None:
    how_many, trials = int(sys.argv[1]), int(sys.argv[2])
    settings.ALLOWED_HOSTS = ["*"]
    random = Random(7)
    person = make_cases(how_many, random)
    make_trials(trials, random)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, processor = timed(match_everything)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    kept = Match.objects.count()
    again, again_processor = timed(match_everything)
    make_trials(max(0, CASE_TRIALS - trials), random, first=trials)
    told = {
        "cases": how_many,
        "trials": trials,
        "seconds": round(seconds, 1),
        "processor": round(processor, 1),
        "kept": kept,
        "kept_percent": round(100 * kept / (how_many * trials), 1),
        "again_seconds": round(again, 1),
        "again_processor": round(again_processor, 1),
        "more_memory_mb": round(memory / 1024, 1),
        **one_case(random),
        **pages(person),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
