"""Answers of people to what a trial asks and the record does not say."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.models import Episode
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from trials.criteria.tree import QUESTIONS, questions
from trials.matching.compiled import criteria_in_force
from trials.matching.finding import match_episodes
from trials.models import Answer, ScreeningAnswer, Trial

LONGEST_NOTE = 300


@transaction.atomic
def answer_question(
    *,
    episode: Episode,
    question: str,
    answer: str,
    on: date,
    trial: Trial | None = None,
    note: str = "",
    by: User,
) -> ScreeningAnswer:
    """Answer a question for one trial, or what any trial asks (`trial` None); the episode is matched again at once.

    An earlier answer stays in the record; the newest by its date counts.
    """
    episode = Episode.objects.select_for_update(no_key=True, of=("self",)).get(pk=episode.pk)
    case = episode.case
    by.must(Permission.ANSWER_SCREENING, case.team_id)
    _must_be_matched(episode)
    refusals = Refusals()
    note = " ".join(note.split())
    refusals.need("answer", "Answer", answer)
    refusals.choice("answer", "Answer", answer, Answer.values)
    refusals.need("on", "Date", on)
    refusals.past("on", "Date", on, born=case.patient.birth_on)
    refusals.length("note", "How it is known", note, LONGEST_NOTE)
    refusals.settle()
    if question not in asked_by(trial):
        raise ValidationError(
            {"question": "The criteria do not ask this (any more). Look at the case again."}
        )
    row = ScreeningAnswer.objects.create(
        episode=episode, trial=trial, question=question, answer=answer, on=on, note=note, recorded_by=by
    )
    data = {"question": question, "trial": trial.pk if trial else None}
    audit.record(EventType.SCREENING_ANSWERED, target=row, by=by, case_id=case.pk, data=data)
    match_episodes(episode_ids=[episode.pk])
    return row


def asked_by(trial: Trial | None) -> dict[str, str]:
    """The questions of a trial that are its own, or those that any trial can ask: the text by the key."""
    if trial is None:
        return dict(QUESTIONS)
    found = criteria_in_force(Trial.objects.filter(pk=trial.pk))
    own = questions(found[0].root) if found else {}
    return {key: text for key, text in own.items() if key not in QUESTIONS}


def answers_to(episode: Episode, question: str, trial: Trial | None) -> list[ScreeningAnswer]:
    """What was answered so far, newest first."""
    rows = ScreeningAnswer.objects.filter(episode=episode, question=question, trial=trial)
    return list(rows.select_related("recorded_by"))


def _must_be_matched(episode: Episode) -> None:
    case = episode.case
    if case.patient.is_dead:
        raise WrongState("patient", "recorded as dead", "screened for a trial")
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", "screened for a trial")
    if case.current_episode_id != episode.pk:
        raise WrongState("episode", "not the current one", "screened for a trial")
