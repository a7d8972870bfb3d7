"""What the criteria of trials look at, for many episodes in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cases.clinical.contract import read_case
from cases.models import Biomarker, Case, Episode
from cases.models.case import CaseQuerySet
from cases.models.patient import Sex
from trials.criteria.facts import Given, MatchFacts, Result, Source, from_case
from trials.models import ScreeningAnswer

READ = ("case_id", "number", "facts", "case__patient__sex", "case__patient__birth_on")
"""What is read of an episode where nothing has to be explained."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one episode: for any trial, and the answers to the questions of single trials by its id."""

    facts: MatchFacts
    of_trials: Mapping[int, Mapping[str, Given]] = field(default_factory=dict)

    def for_trial(self, trial_id: int) -> MatchFacts:
        """A question belongs to the trial that asks it: another trial's question of the same name is another."""
        own = self.of_trials.get(trial_id)
        return replace(self.facts, answers={**self.facts.answers, **own}) if own else self.facts


def matched_cases() -> CaseQuerySet:
    """The cases that are matched: open, of a patient who is alive, with an episode."""
    return Case.objects.open().filter(patient__is_dead=False, current_episode__isnull=False)


def facts_of(episodes: Iterable[Episode], today: date, *, explained: bool = True) -> dict[int, Known]:
    """By the episode's id; each comes with its case and patient. Two statements more, however many there are.

    Where a fact comes from is left out where nothing has to be explained.
    """
    rows = list(episodes)
    tested, answered = _biomarkers(rows), _answers(rows)
    found = {}
    for row in rows:
        sources = _sources(row.fact_sources) if explained else {}
        found[row.pk] = _known(row, tuple(tested[row.case_id]), answered.get(row.pk, {}), sources, today)
    return found


def _biomarkers(rows: list[Episode]) -> dict[int, list[Result]]:
    """By case, those of earlier episodes too: what the tumour carries is taken over. Newest first."""
    newest = {row.case_id: row.number for row in rows}
    found: dict[int, list[Result]] = defaultdict(list)
    tests = Biomarker.objects.filter(episode__case__in=newest).order_by("-on", "-id")
    names = ("episode__case_id", "episode__number", "name", "result", "percent", "on")
    for case_id, number, name, result, percent, on in tests.values_list(*names):
        if number <= newest[case_id]:
            found[case_id].append(Result(name, result, percent, on))
    return found


def _answers(rows: list[Episode]) -> dict[int, dict[int | None, dict[str, Given]]]:
    """By episode and trial (None: whatever trial asks), the newest answer to each question."""
    found: dict[int, dict[int | None, dict[str, Given]]] = {}
    answers = ScreeningAnswer.objects.filter(episode__in=[row.pk for row in rows]).order_by("-on", "-id")
    names = ("episode_id", "trial_id", "question", "answer", "on", "note")
    for episode_id, trial_id, question, answer, on, note in answers.values_list(*names):
        asked = found.setdefault(episode_id, {}).setdefault(trial_id, {})
        asked.setdefault(question, Given(answer, on, note))
    return found


def _known(
    row: Episode,
    biomarkers: tuple[Result, ...],
    answered: Mapping[int | None, Mapping[str, Given]],
    sources: Mapping[str, Source],
    today: date,
) -> Known:
    patient = row.case.patient
    facts = from_case(
        read_case(row.facts, {}),
        today=today,
        sources=sources,
        sex=None if patient.sex == Sex.NOT_KNOWN else patient.sex,
        birth_on=patient.birth_on,
        biomarkers=biomarkers,
        answers=answered.get(None, {}),
    )
    return Known(facts, {trial: given for trial, given in answered.items() if trial is not None})


def _sources(sources: Mapping[str, Any]) -> dict[str, Source]:
    return {
        key: Source(each.get("text", ""), date.fromisoformat(each["on"]) if each.get("on") else None)
        for key, each in sources.items()
        if isinstance(each, Mapping) and "text" in each
    }
