"""Checking every open plan of a team again when the guidance changes: in batches, and nothing agreed is rewritten.

A plan is judged on the facts and the content that its newest check froze, so that a difference can only come from the
guidance: the register of trials is asked for nothing, and what it offered then is left out. What is found stands
beside that check; a new check is made by a person who then looks at it (ADR 0010).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now

from accounts.models import Team, User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from treatments import in_force
from treatments.guidance.check import version
from treatments.guidance.local import LocalGuidance, own_words
from treatments.models import RECHECKED_STATES, Check, Plan, Recheck, RecheckedPlan, SeenChange
from treatments.services.content import judge, without_trials
from treatments.workflow import RECHECK, RecheckStatus

BATCH: Final = 500
OWED: Final = frozenset({"contradiction", "missing", "deviation", "caution"})
CHANGED_LENGTH: Final = 100
MOST_TRIES: Final = 3
"""Runs that a fault may end before people have to look at it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was last known of a plan: its newest check, or what a later re-check found."""

    verdict: str
    findings: Sequence[dict[str, Any]]


@transaction.atomic
def start_recheck(*, team: Team, by: User) -> Recheck:
    """Check every open plan of the team again because somebody asks; a run under way is the answer."""
    by.must(Permission.RECHECK_PLANS, team)
    return begin(team, Recheck.Cause.ASKED, by)


def begin(team: Team, cause: Recheck.Cause, by: User | None) -> Recheck:
    """A run for the team, in the caller's transaction: the one under way, or a new one."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    running = Recheck.objects.filter(team=team, status=RecheckStatus.RUNNING).first()
    if running is not None:
        return running
    run = Recheck.objects.create(
        team=team,
        cause=cause,
        started_by=by,
        version_from=", ".join(_versions(team))[:CHANGED_LENGTH],
        version_to=version(),
        local_rules=in_force.of_team(team.pk).versions,
        total=open_plans(team).count(),
    )
    record(EventType.RECHECK_STARTED, target=run, by=by, data={"cause": cause, "version": run.version_to})
    _work_soon(run.pk)
    return run


def _work_soon(run_id: int) -> None:
    """With the broker away the run stands all the same, and the sweeper takes it up."""
    from treatments.tasks import recheck_plans

    # A function of its own: Django names what failed, and a partial has no name.
    def queue() -> None:
        recheck_plans.delay(run_id)

    transaction.on_commit(queue, robust=True)


def open_plans(team: Team) -> Any:
    return Plan.objects.filter(status__in=RECHECKED_STATES, episode__case__team=team)


def _versions(team: Team) -> list[str]:
    """The versions of the guidance with which the open plans were last checked."""
    newest = _newest_checks(open_plans(team).values("pk")).values("pk")
    counted = Check.objects.filter(pk__in=newest).order_by().values("guidance_version")
    found = counted.annotate(plans=Count("pk")).order_by("guidance_version")
    return [row["guidance_version"] for row in found]


def _newest_checks(plans: Any) -> Any:
    return Check.objects.filter(plan__in=plans).order_by("plan_id", "-id").distinct("plan_id")


def recheck(*, run_id: int) -> None:
    """Work on a run to its end; called again after a fault, or twice at once, each plan is still looked at once."""
    while recheck_batch(run_id=run_id):
        pass


@transaction.atomic
def recheck_batch(*, run_id: int) -> bool:
    """One batch and its count on the run, in a transaction of their own; False when there is nothing left to do."""
    run = Recheck.objects.select_for_update(of=("self",)).select_related("team").get(pk=run_id)
    if not run.is_running:
        return False
    local = in_force.of_team(run.team_id)
    if not is_of_today(run, local):
        _end(run, RecheckStatus.OVERTAKEN)
        begin(run.team, Recheck.Cause(run.cause), run.started_by)
        return False
    following = open_plans(run.team).filter(pk__gt=run.last_plan_id).order_by("pk")
    plan_ids = list(following.values_list("pk", flat=True)[:BATCH])
    if not plan_ids:
        _end(run, RecheckStatus.FINISHED)
        return False
    found = _look_at(run, plan_ids, local)
    RecheckedPlan.objects.bulk_create(found)
    run.done += len(plan_ids)
    run.total = max(run.total, run.done)
    run.changed += sum(each.old_verdict != each.new_verdict for each in found)
    run.last_plan_id, run.worked_at = plan_ids[-1], Now()
    run.save(update_fields=["done", "total", "changed", "last_plan_id", "worked_at"])
    return True


def is_of_today(run: Recheck, local: LocalGuidance) -> bool:
    """Whether the guidance is still the one to which the run brings the plans."""
    return run.version_to == version() and run.local_rules == local.versions


def _end(run: Recheck, status: RecheckStatus, problem: str = "") -> None:
    RECHECK.check(run.status, status)
    run.status, run.problem, run.finished_at = status, problem, Now()
    run.save(update_fields=["status", "problem", "finished_at"])
    data = {"state": status, "plans": run.done, "changed": run.changed}
    record(EventType.RECHECK_ENDED, target=run, by=run.started_by, data=data)


@transaction.atomic
def stop_recheck(*, run_id: int, problem: str) -> None:
    """End a run that met a fault, naming its kind."""
    run = Recheck.objects.select_for_update().get(pk=run_id)
    if run.is_running:
        _end(run, RecheckStatus.FAILED, problem)


def _look_at(run: Recheck, plan_ids: Sequence[int], local: LocalGuidance) -> list[RecheckedPlan]:
    """The plans of a batch of which the guidance says something else than was last known."""
    checks = _newest_checks(plan_ids).defer("facts_hash")
    earlier = {
        row.plan_id: row
        for row in RecheckedPlan.objects.filter(plan__in=plan_ids)
        .order_by("plan_id", "-id")
        .distinct("plan_id")
    }
    found = (_compared(run, check, earlier.get(check.plan_id), local) for check in checks)
    return [each for each in found if each is not None]


def _compared(
    run: Recheck, check: Check, earlier: RecheckedPlan | None, local: LocalGuidance
) -> RecheckedPlan | None:
    if earlier is not None and earlier.compared_with_id < check.pk:
        earlier = None
    met = check.guidance_version == run.version_to and check.local_rules == run.local_rules
    if earlier is None and met:
        return None
    known = _known(check, earlier)
    verdict, result = _judged(check, local)
    added, removed = _difference(known.findings, result["findings"]) if verdict else ([], [])
    if verdict == known.verdict and not any(finding["severity"] in OWED for finding in added):
        return None
    return RecheckedPlan(
        run=run,
        plan_id=check.plan_id,
        compared_with=check,
        old_verdict=known.verdict,
        new_verdict=verdict,
        added=added,
        removed=removed,
        result=result,
    )


def _known(check: Check, earlier: RecheckedPlan | None) -> Known:
    if earlier is None:
        return Known(check.verdict, without_trials(check.result)["findings"])
    return Known(earlier.new_verdict, earlier.result.get("findings", []))


def _judged(check: Check, local: LocalGuidance) -> tuple[str, dict[str, Any]]:
    """The verdict of today on what was checked; none where the contract no longer takes it."""
    try:
        result = judge(check.case_facts, check.plan_content, local).result
    except ValidationError as error:
        return "", {"refused": error.messages}
    return result["verdict"], result


def _difference(
    before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Findings that are new, and those that are gone, without the facts that they read."""
    then, now = ({_key(each): each for each in findings} for findings in (before, after))
    return _without(now, then), _without(then, now)


def _key(finding: dict[str, Any]) -> tuple[Any, ...]:
    told = tuple(finding.get(name) for name in ("rule", "severity", "treatment", "fact", "trial"))
    return told + own_words(finding)


def _without(
    findings: dict[tuple[Any, ...], dict[str, Any]], others: Iterable[tuple[Any, ...]]
) -> list[dict[str, Any]]:
    names = ("rule", "severity", "treatment", "fact", "trial", "message")
    gone = set(others)
    return [
        {name: finding.get(name) for name in names} for key, finding in findings.items() if key not in gone
    ]


@transaction.atomic
def see_changes(*, rechecked: Iterable[RecheckedPlan], by: User) -> int:
    """Say that what a re-check found has been noted; who did so first is kept. Gives how many were new."""
    asked = RecheckedPlan.objects.filter(pk__in=[each.pk for each in rechecked])
    # What is append-only can't be locked by the service's role; the teams stand for their rows.
    team_ids = set(asked.order_by().values_list("run__team", flat=True))
    for team in Team.objects.select_for_update(no_key=True).filter(pk__in=team_ids).order_by("pk"):
        by.must(Permission.RECHECK_PLANS, team)
    fresh = list(asked.unseen().select_related("plan__episode").order_by("pk"))
    SeenChange.objects.bulk_create(SeenChange(rechecked=row, by=by) for row in fresh)
    for row in fresh:
        case_id = row.plan.episode.case_id
        record(EventType.RECHECK_SEEN, target=row, by=by, case_id=case_id, data={"plan": row.plan_id})
    return len(fresh)


def _may_try_again(last: Recheck) -> bool:
    if last.status != RecheckStatus.FAILED:
        return False
    newest = Recheck.objects.filter(team=last.team_id).order_by("-id")[:MOST_TRIES]
    alike = (RecheckStatus.FAILED, last.version_to, last.local_rules)
    failed = [run for run in newest if (run.status, run.version_to, run.local_rules) == alike]
    return len(failed) < MOST_TRIES


@transaction.atomic
def keep_up(*, team: Team) -> Recheck | None:
    """Start a run where the guidance is not the one of the team's last run and some open plan has not met it.

    A run that a fault ended is tried again, a few times.
    """
    last = Recheck.objects.filter(team=team).order_by("-id").first()
    local = in_force.of_team(team.pk)
    if last is not None and (last.is_running or (is_of_today(last, local) and not _may_try_again(last))):
        return None
    newest = _newest_checks(open_plans(team).values("pk")).values("pk")
    met = Q(guidance_version=version(), local_rules=local.versions)
    if not Check.objects.filter(pk__in=newest).exclude(met).exists():
        return None
    same_guidance = last is not None and last.version_to == version()
    cause = Recheck.Cause.LOCAL_RULES if same_guidance else Recheck.Cause.GUIDANCE
    if last is not None and last.status == RecheckStatus.FAILED and is_of_today(last, local):
        cause = Recheck.Cause(last.cause)
    return begin(team, cause, None)
