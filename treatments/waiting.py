"""The rows of the list of plans that wait: each with its verdict and what it still owes."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from treatments import in_force, presenting, services
from treatments.guidance.local import LocalGuidance
from treatments.models import Check, Plan, Response


def rows_of(plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """Checked as recorded now; three statements, however many plans."""
    newest = {
        check.plan_id: check
        for check in Check.objects.filter(plan__in=plans).order_by("plan_id", "-id").distinct("plan_id")
    }
    answers: dict[int, list[Response]] = {}
    responses = Response.objects.filter(plan__in=plans).select_related("check_made", "given_by")
    for response in responses.order_by("-id"):
        answers.setdefault(response.plan_id, []).append(response)
    local = in_force.of_teams(plan.episode.case.team_id for plan in plans)
    return [
        _row(plan, newest.get(plan.pk), answers.get(plan.pk, []), local[plan.episode.case.team_id])
        for plan in plans
    ]


def _row(
    plan: Plan, check: Check | None, responses: Sequence[Response], local: LocalGuidance
) -> dict[str, Any]:
    row = {
        "plan": plan,
        "words": [presenting.treatment_words(line) for line in services.content_of(plan)["treatments"]],
        "holds": [hold for hold in plan.holds.all() if hold.lifted_at is None],
    }
    try:
        judgement = services.judge_plan(plan, local)
    except ValidationError as error:
        return row | {"severity": "contradiction", "verdict": "Cannot be checked", "owes": error.messages}
    answers = services.standing(judgement, responses, judgement.reasons)
    counts, answered = presenting.tallies(answers)
    owes = presenting.owed_words(answers)
    if check is None or not judgement.same_as(check):
        owes.insert(0, "Check it again: the record changed")
    verdict = judgement.result["verdict"]
    return row | {
        "severity": presenting.VERDICT_SEVERITY.get(verdict, "") if owes else "",
        "verdict": presenting.VERDICT_WORDS[verdict].capitalize() if owes else "Ready to be agreed",
        "counts": counts,
        "answered": answered,
        "owes": owes,
    }
