"""Inside the service, on a scratch database: open plans of an older guidance, checked again, beside a bare insert.

`python -m bench.rechecking N` prints JSON; bench.recheck makes the database and starts it.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from itertools import cycle, islice, product

import django

django.setup()

from django.db import transaction  # noqa: E402  (models need the set-up first)
from django.utils import timezone  # noqa: E402

from accounts.models import Organisation, Team, User  # noqa: E402
from cases.models import Case, Episode, Patient  # noqa: E402
from treatments.models import Check, Plan, Recheck, RecheckedPlan  # noqa: E402
from treatments.services import recheck  # noqa: E402
from treatments.services.content import judge  # noqa: E402
from treatments.services.rechecking import BATCH, begin  # noqa: E402

OLDER = "2017.1"
PLANS = (
    [{"modality": "surgery", "procedure": "amputation"}],
    [
        {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
        {"modality": "surgery", "procedure": "limb_sparing"},
    ],
    [
        {"modality": "surgery", "procedure": "wide_excision"},
        {"modality": "chemotherapy", "timing": "adjuvant", "technique": "systemic", "drugs": ["doxorubicin"]},
    ],
)


def facts() -> Iterator[dict[str, object]]:
    """Case after case, as the record would have them."""
    kinds = product(
        ["8890/3", "9040/3", "8850/3", "8802/3"], [30, 50, 51, 82, 140], ["G1", "G2", "G3"], ["M0", "M1"]
    )
    for morphology, size, grade, m in cycle(kinds):
        yield {
            "morphology": morphology,
            "topography": "C49.2",
            "size_mm": size,
            "depth": "deep",
            "grade": grade,
            "n": "N0",
            "m": m,
            "resectability": "resectable",
            "performance_status": 1,
            "age": 54,
        }


def make(how_many: int) -> Team:
    """Agreed plans, each in a case of its own; of every other one the older guidance said nothing."""
    host = Organisation.objects.create(name="Bench", code="BENCH")
    team = Team.objects.create(organisation=host, name="Bench", reference_prefix="BN")
    person = User.objects.create_user("bench@example.org", None, full_name="Dr Bench")
    told = zip(facts(), cycle(PLANS), strict=False)
    for start in range(0, how_many, BATCH):
        _batch(team, person, start, list(islice(told, min(BATCH, how_many - start))))
    return team


def _batch(team: Team, person: User, start: int, told: list[tuple[dict[str, object], list[object]]]) -> None:
    patients = Patient.objects.bulk_create(
        Patient(family_name=f"Bench{start + n}", given_name="Alex", birth_on=date(1970, 1, 1))
        for n in range(len(told))
    )
    cases = Case.objects.bulk_create(
        Case(reference=f"BN-2026-{start + n}", patient=patient, team=team, opened_on=date(2026, 1, 5))
        for n, patient in enumerate(patients)
    )
    episodes = Episode.objects.bulk_create(
        Episode(case=case, number=1, started_on=case.opened_on, facts=facts)
        for case, (facts, _) in zip(cases, told, strict=True)
    )
    plans = Plan.objects.bulk_create(
        Plan(
            episode=episode,
            number=1,
            status="agreed",
            intent="curative",
            proposed_by=person,
            agreed_at=timezone.now(),
        )
        for episode in episodes
    )
    Check.objects.bulk_create(
        _check(plan, facts, treatments, silent=n % 2 == 0)
        for n, (plan, (facts, treatments)) in enumerate(zip(plans, told, strict=True))
    )


def _check(plan: Plan, facts: dict[str, object], treatments: list[object], *, silent: bool) -> Check:
    content = {"intent": "curative", "treatments": treatments}
    judgement = judge(facts, content)
    result = judgement.result | ({"verdict": "concordant", "findings": []} if silent else {})
    return Check(
        plan=plan,
        guidance_version=OLDER,
        scope=result["scope"],
        verdict=result["verdict"],
        case_facts=facts,
        plan_content=content,
        facts_hash=judgement.facts_hash,
        result=result,
    )


def timed(team: Team) -> tuple[Recheck, float]:
    began = time.perf_counter()
    with transaction.atomic():
        run = begin(team, Recheck.Cause.GUIDANCE, None)
    recheck(run_id=run.pk)
    run.refresh_from_db()
    return run, time.perf_counter() - began


def bare_insert(run: Recheck, how_many: int) -> float:
    """As many rows of the same kind by bulk_create, and nothing else; they are rolled back."""
    like = list(RecheckedPlan.objects.filter(run=run)[:BATCH])
    checks = Check.objects.filter(plan__episode__case__team=run.team).values_list("plan_id", "pk")
    with transaction.atomic():
        other = Recheck.objects.create(
            team=run.team, cause="asked", version_to=run.version_to, status="failed"
        )
        rows = [
            RecheckedPlan(
                run=other,
                plan_id=plan_id,
                compared_with_id=check_id,
                **{
                    name: getattr(one, name)
                    for name in ("old_verdict", "new_verdict", "added", "removed", "result")
                },
            )
            for one, (plan_id, check_id) in zip(cycle(like), checks[:how_many], strict=False)
        ]
        began = time.perf_counter()
        RecheckedPlan.objects.bulk_create(rows, batch_size=BATCH)
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return took


def main() -> None:
    how_many = int(sys.argv[1])
    team = make(how_many)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run, seconds = timed(team)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    floor = bare_insert(run, how_many)
    told = {
        "plans": run.done,
        "changed": run.changed,
        "noted": run.plans.count(),
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor, 2),
        "ratio": round(seconds / floor, 1),
        "more_memory_mb": round(memory / 1024, 1),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
