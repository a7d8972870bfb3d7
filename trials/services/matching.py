"""Matching: what may fit is kept and brought up to date; who is excluded, and why, is worked out when looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Prefetch
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.models import Event
from cases.models import Case, Episode
from cases.workflow import CaseStatus
from trials.criteria.judging import Outcome, judge
from trials.matching.compiled import InForce, criteria_in_force, of_versions
from trials.matching.finding import Counts, match_episodes
from trials.matching.gathering import Known, facts_of
from trials.models import Match, MatchResult, MatchRun, SiteStatus, Trial, TrialSite
from trials.models.match import MatchQuerySet
from trials.models.trial import TrialQuerySet
from trials.services import runs

Cause = MatchRun.Cause

OF_A_PATIENT = (EventType.PATIENT_CHANGED, EventType.PATIENT_DIED)
LOOKED_AT: Final[dict[str, set[str]]] = {
    EventType.PATIENT_CHANGED: {"birth_on", "sex"},
    EventType.CASE_CHANGED: set(),
}
"""Of the events that name the fields that changed, those at which any criterion looks."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A trial and what the record says to its criteria in force; None where it has none that can be read."""

    trial: Trial
    number: int
    outcome: Outcome | None


def candidates(trial: Trial, user: User) -> MatchQuerySet:
    """Whom of the user's teams the trial may fit, what is worth asking first."""
    return Match.objects.visible_to(user).still().filter(trial=trial)


def matches_of(episode: Episode) -> list[Match]:
    """The open trials that may fit, what is worth asking first."""
    return list(Match.objects.still().filter(episode=episode).select_related("trial"))


def explain(episode: Episode, trial: Trial, as_if_open: bool = False) -> Outcome | None:
    """Each criterion of the trial with what the record says; None of a trial without criteria, or not open."""
    if not (trial.is_open or as_if_open):
        return None
    (found,) = explain_all(episode, [trial])
    return found.outcome


def explain_all(episode: Episode, trials: Iterable[Trial]) -> list[Explained]:
    """Each of these trials, as if it were open. The same number of statements, however many."""
    rows = list(trials)
    episode = Episode.objects.select_related("case__patient").get(pk=episode.pk)
    known = facts_of([episode], timezone.localdate())[episode.pk]
    asked = Trial.objects.filter(pk__in=[row.pk for row in rows])
    by_trial = {each.trial_id: each for each in criteria_in_force(asked)}
    return [_explained(row, by_trial.get(row.pk), known) for row in rows]


def explain_many(trial: Trial, episodes: Iterable[Episode]) -> dict[int, Outcome]:
    """One trial with each of these episodes, which come with their cases and patients; by the episode's id."""
    in_force = criteria_in_force(Trial.objects.filter(pk=trial.pk))
    known = facts_of(episodes, timezone.localdate())
    return {
        episode_id: judge(criteria.root, each.for_trial(trial.pk))
        for episode_id, each in known.items()
        for criteria in in_force
    }


def explain_pairs(matches: Iterable[Match]) -> dict[int, Outcome]:
    """Each of these pairs, which come `with_criteria`, their cases and patients, by the match's id."""
    rows: list[Any] = list(matches)
    episodes = {row.episode_id: row.episode for row in rows}
    known = facts_of(episodes.values(), timezone.localdate()) if rows else {}
    versions = {row.in_force_id for row in rows if row.in_force_id}
    in_force = {each.trial_id: each for each in of_versions(versions)}
    return {
        row.pk: judge(in_force[row.trial_id].root, known[row.episode_id].for_trial(row.trial_id))
        for row in rows
        if row.trial_id in in_force
    }


def is_matched(case: Case) -> bool:
    """Whether anybody asks for trials for this case at all."""
    return not case.patient.is_dead and case.status != CaseStatus.CLOSED and case.current_episode is not None


def _explained(trial: Trial, criteria: InForce | None, known: Known) -> Explained:
    if criteria is None:
        return Explained(trial, 0, None)
    return Explained(trial, criteria.number, judge(criteria.root, known.for_trial(trial.pk)))


def by_result(explained: Iterable[Explained]) -> dict[str, list[Explained]]:
    """By what was found, what is worth asking first; a trial whose criteria nobody structured is in none."""
    found: dict[str, list[Explained]] = {value: [] for value in MatchResult.values}
    for each in explained:
        if each.outcome is not None:
            found[each.outcome.result].append(each)
    for rows in found.values():
        rows.sort(key=lambda row: (row.outcome.unknown, -row.outcome.met) if row.outcome else (0, 0))
    return found


def listed(trials: TrialQuerySet) -> TrialQuerySet:
    """As a list beside a patient reads them: with `open_sites`, this centre's own first, and without the long texts."""
    sites = TrialSite.objects.filter(status=SiteStatus.OPEN)
    ordered = sites.order_by(F("organisation").desc(nulls_last=True), "country", "city", "id")
    return trials.defer("eligibility", "summary").prefetch_related(
        Prefetch("sites", ordered, to_attr="open_sites")
    )


def match_episode(*, episode_id: int) -> Counts:
    """Match one episode with every open trial; one that is not matched any more leaves every list."""
    return match_episodes(episode_ids=[episode_id])


def match_trial(*, trial_id: int) -> MatchRun:
    """Match one trial with every case, here and now."""
    return runs.work_on(run_id=runs.begin(cause=Cause.TRIAL, trial_id=trial_id).pk)


def match_everything() -> MatchRun:
    """Match every case with every open trial, here and now."""
    return runs.work_on(run_id=runs.begin(cause=Cause.NIGHTLY).pk)


def ask_for_matching(*, by: User) -> MatchRun:
    """Match everything because somebody asks; a run under way is the answer."""
    by.must(Permission.KEEP_TRIALS)
    return runs.queue(runs.begin(cause=Cause.ASKED, by=by))


def match_case_again(*, event: Event) -> None:
    """A fact came, a case moved or ended, a patient died: what may fit follows. Consumer; safe to run twice."""
    changed = event.data.get("fields")
    if changed is not None and not LOOKED_AT.get(event.type, set(changed)).intersection(changed):
        return
    of_patient = event.type in OF_A_PATIENT
    cases = Case.objects.filter(**{"patient": event.target_id} if of_patient else {"pk": event.case_id})
    ids = set(cases.exclude(current_episode=None).values_list("current_episode", flat=True))
    ids |= set(Match.objects.filter(episode__case__in=cases).values_list("episode", flat=True))
    if ids:
        match_episodes(episode_ids=sorted(ids))


def match_trial_again(*, event: Event) -> None:
    """A trial or its criteria changed: only that trial is matched again. Consumer; safe to run twice."""
    changed = event.data.get("fields")
    if changed is not None and "status" not in changed:
        return
    trial = Trial.objects.filter(pk=event.target_id)
    if criteria_in_force(trial.open()) or Match.objects.filter(trial__in=trial).exists():
        runs.queue(runs.begin(cause=Cause.TRIAL, trial_id=event.target_id))


def match_imported_cases(*, event: Event) -> None:
    """A registry was imported, wholly or in part, which tells of no case by itself: everything is matched. Consumer."""
    runs.queue(runs.begin(cause=Cause.IMPORT))
