"""What the criteria of trials look at, for many episodes in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cases.clinical.contract import Treatment, read_case
from cases.models import Biomarker, Episode, TreatmentGiven
from cases.models.patient import Sex
from trials.criteria.drugs import is_systemic
from trials.criteria.facts import Given, MatchFacts, Result, Source, from_case
from trials.criteria.lines import Course
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


def facts_of(episodes: Iterable[Episode], today: date, *, explained: bool = True) -> dict[int, Known]:
    """By the episode's id; each comes with its case and patient. Three statements more, however many there are.

    Where a fact comes from is left out where nothing has to be explained.
    """
    rows = list(episodes)
    tested, given, answered = _biomarkers(rows), _courses(rows), _answers(rows)
    found = {}
    for row in rows:
        told = {
            "sources": _sources(row.fact_sources) if explained else {},
            "biomarkers": tuple(tested[row.case_id]),
            "courses": tuple(given[row.case_id]),
        }
        found[row.pk] = _known(row, answered.get(row.pk, {}), told, today)
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


def _courses(rows: list[Episode]) -> dict[int, list[Course]]:
    """By case, systemic treatments with the dates that the contract does not hold, where several were given."""
    several = {row.case_id: row.number for row in rows if len(row.facts.get("prior_treatments", ())) > 1}
    found: dict[int, list[Course]] = defaultdict(list)
    given = TreatmentGiven.objects.filter(episode__case__in=several)
    names = (
        "episode__case_id",
        "episode__number",
        "modality",
        "technique",
        "timing",
        "started_on",
        "ended_on",
    )
    for case_id, number, modality, technique, timing, start, end in given.values_list(*names):
        is_line = is_systemic(Treatment(modality, technique=technique))
        if number <= several[case_id] and is_line:
            found[case_id].append(Course(timing or None, start, end))
    return found


def _answers(rows: list[Episode]) -> dict[int, dict[int | None, dict[str, Given]]]:
    """By episode and trial (None: whatever trial asks), the newest answer that stands to each question."""
    found: dict[int, dict[int | None, dict[str, Given]]] = {}
    standing = ScreeningAnswer.objects.standing().filter(episode__in=[row.pk for row in rows])
    answers = standing.order_by("-on", "-id")
    names = ("episode_id", "trial_id", "question", "answer", "on", "note")
    for episode_id, trial_id, question, answer, on, note in answers.values_list(*names):
        asked = found.setdefault(episode_id, {}).setdefault(trial_id, {})
        asked.setdefault(question, Given(answer, on, note))
    return found


def _known(
    row: Episode,
    answered: Mapping[int | None, Mapping[str, Given]],
    told: Mapping[str, Any],
    today: date,
) -> Known:
    patient = row.case.patient
    facts = from_case(
        read_case(row.facts, {}),
        today=today,
        sex=None if patient.sex == Sex.NOT_KNOWN else patient.sex,
        birth_on=patient.birth_on,
        answers=answered.get(None, {}),
        **told,
    )
    return Known(facts, {trial: given for trial, given in answered.items() if trial is not None})


def _sources(sources: Mapping[str, Any]) -> dict[str, Source]:
    return {
        key: Source(each.get("text", ""), date.fromisoformat(each["on"]) if each.get("on") else None)
        for key, each in sources.items()
        if isinstance(each, Mapping) and "text" in each
    }
