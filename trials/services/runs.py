"""Runs of matching: in batches, each with its count on the run, so that a fault loses one batch and not the run."""

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import WrongState
from cases.models.case import CaseQuerySet
from trials.matching.compiled import criteria_in_force
from trials.matching.finding import match_episodes
from trials.models import Match, MatchRun, Trial
from trials.models.match import matched_cases
from trials.workflow import MATCH_RUN, MatchRunStatus

BATCH: Final = 200
"""Episodes held at a time; whoever records a fact of one of them waits no longer than a batch takes."""
FAULT_LENGTH: Final = 200


@transaction.atomic
def begin(*, cause: str, trial_id: int | None = None, by: User | None = None) -> MatchRun:
    """A run of everything, or of one trial: the one under way, or a new one.

    A run of one trial that is under way starts over, and so does one of everything after an import: what it has looked
    at was judged by what is older now.
    """
    of_this = MatchRun.objects.select_for_update().filter(trial=trial_id)
    run = of_this.filter(status=MatchRunStatus.RUNNING).first()
    if run is None:
        try:
            with transaction.atomic():
                run = MatchRun.objects.create(
                    cause=cause, trial_id=trial_id, started_by=by, total=_cases(trial_id).count()
                )
        except IntegrityError:
            # Somebody else began it a moment ago; it may even be over by now.
            return of_this.order_by("-id")[:1].get()
        record(EventType.MATCHING_STARTED, target=run, by=by, data={"cause": cause, "trial": trial_id})
    elif trial_id is not None or cause == MatchRun.Cause.IMPORT:
        run.last_episode_id, run.episodes, run.total = 0, 0, _cases(trial_id).count()
        run.save(update_fields=["last_episode_id", "episodes", "total"])
    return run


def queue(run: MatchRun) -> MatchRun:
    """With the broker away the run stands all the same, and the sweeper takes it up."""
    from trials.tasks import work_on_run

    # A function of its own: Django names what failed, and a partial has no name.
    def soon() -> None:
        work_on_run.delay(run.pk)

    transaction.on_commit(soon, robust=True)
    return run


def _cases(trial_id: int | None) -> CaseQuerySet:
    """The cases that a run looks at: of one trial, those that its criteria do not exclude by histology alone."""
    if trial_id is None:
        return matched_cases()
    in_force = criteria_in_force(Trial.objects.open().filter(pk=trial_id))
    if not in_force:
        return matched_cases().none()
    excluded = sorted(in_force[0].narrow.not_codes)
    typed = matched_cases().annotate(morphology=KeyTextTransform("morphology", "current_episode__facts"))
    return typed.filter(Q(morphology__isnull=True) | ~Q(morphology__in=excluded)) if excluded else typed


def work_on(*, run_id: int) -> MatchRun:
    """Work on a run to its end; called again after a fault, or twice at once, each batch is still done once."""
    while work_on_batch(run_id=run_id):
        pass
    return MatchRun.objects.get(pk=run_id)


@transaction.atomic
def work_on_batch(*, run_id: int) -> bool:
    """One batch and its count on the run, in a transaction of their own; False when there is nothing left to do."""
    run = MatchRun.objects.select_for_update().get(pk=run_id)
    if not run.is_running:
        return False
    ahead = _cases(run.trial_id).filter(current_episode__gt=run.last_episode_id).order_by("current_episode")
    episode_ids = list(ahead.values_list("current_episode", flat=True)[:BATCH])
    if not episode_ids:
        run.removed += _remove_what_is_over(run)
        run.trials = len(criteria_in_force(_trials(run)))
        _end(run, MatchRunStatus.FINISHED)
        return False
    counts = match_episodes(episode_ids=episode_ids, trial_id=run.trial_id)
    run.episodes += len(episode_ids)
    run.total = max(run.total, run.episodes)
    run.added += counts.added
    run.changed += counts.changed
    run.removed += counts.removed
    run.last_episode_id, run.worked_at = episode_ids[-1], Now()
    run.save()
    return True


def _trials(run: MatchRun) -> QuerySet[Trial]:
    trials = Trial.objects.open()
    return trials if run.trial_id is None else trials.filter(pk=run.trial_id)


def _remove_what_is_over(run: MatchRun) -> int:
    """Matches of episodes that are not looked at any more, and of trials that are closed or lost their criteria."""
    with_criteria = [each.trial_id for each in criteria_in_force(_trials(run))]
    matches = Match.objects.all() if run.trial_id is None else Match.objects.filter(trial=run.trial_id)
    # Not "in" a list: the database would look through all of it for each row.
    looked_at = _cases(run.trial_id).filter(current_episode=OuterRef("episode"))
    over = (matches.exclude(trial__in=with_criteria), matches.filter(~Exists(looked_at)))
    return sum(each.delete()[0] for each in over)


def _end(run: MatchRun, status: MatchRunStatus, fault: str = "") -> None:
    MATCH_RUN.check(run.status, status)
    run.status, run.fault, run.worked_at, run.ended_at = status, fault[:FAULT_LENGTH], Now(), Now()
    run.save()


@transaction.atomic
def stop(*, run_id: int, fault: str) -> None:
    """End a run that met a fault, naming its kind."""
    run = MatchRun.objects.select_for_update().get(pk=run_id)
    if run.is_running:
        _end(run, MatchRunStatus.FAILED, fault)


@transaction.atomic
def resume(*, run: MatchRun, by: User) -> MatchRun:
    """Go on with a run that a fault ended, from where it stopped."""
    by.must(Permission.KEEP_TRIALS)
    run = MatchRun.objects.select_for_update().get(pk=run.pk)
    MATCH_RUN.check(run.status, MatchRunStatus.RUNNING)
    if MatchRun.objects.filter(trial=run.trial_id, status=MatchRunStatus.RUNNING).exists():
        raise WrongState("run of matching", "ended by a fault", "gone on with while another is under way")
    run.status, run.fault, run.worked_at, run.ended_at = MatchRunStatus.RUNNING, "", Now(), None
    run.save()
    data = {"cause": run.cause, "trial": run.trial_id, "resumed": True}
    record(EventType.MATCHING_STARTED, target=run, by=by, data=data)
    return queue(run)
