"""Answers of people to what a trial asks and the record does not say."""

from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.models import Episode
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from trials.criteria import lines
from trials.criteria.judging import Judged, Outcome
from trials.criteria.tree import QUESTIONS, Lines, leaves, questions
from trials.matching.compiled import criteria_in_force
from trials.matching.finding import match_episodes
from trials.models import Answer, ScreeningAnswer, Trial

LONGEST_NOTE: Final = 300


@transaction.atomic
def answer_question(
    *,
    episode: Episode,
    question: str,
    answer: str,
    on: date,
    trial: Trial | None = None,
    note: str = "",
    corrects: bool = False,
    by: User,
) -> ScreeningAnswer:
    """Answer a question for one trial, or what any trial asks (`trial` None); the episode is matched again at once.

    An earlier answer stays in the record; the newest by its date counts, unless this one `corrects` what was answered
    before, whatever its date: then none of that counts any more.
    """
    episode = _held(episode, by)
    case = episode.case
    refusals = Refusals()
    note = " ".join(note.split())
    refusals.need("answer", "Answer", answer)
    refusals.choice("answer", "Answer", answer, Answer.values)
    refusals.need("on", "Date", on)
    refusals.past("on", "Date", on, born=case.patient.birth_on)
    refusals.length("note", "How it is known", note, LONGEST_NOTE)
    refusals.settle()
    if not words_of(question, trial):
        raise ValidationError(
            {"question": "The criteria do not ask this (any more). Look at the case again."}
        )
    data: dict[str, Any] = {"question": question, "trial": trial.pk if trial else None}
    if corrects:
        before = ScreeningAnswer.objects.standing().filter(episode=episode, question=question, trial=trial)
        data["corrects"] = before.update(withdrawn_at=Now(), withdrawn_by=by)
    row = ScreeningAnswer.objects.create(
        episode=episode, trial=trial, question=question, answer=answer, on=on, note=note, recorded_by=by
    )
    audit.record(EventType.SCREENING_ANSWERED, target=row, by=by, case_id=case.pk, data=data)
    match_episodes(episode_ids=[episode.pk])
    return row


@transaction.atomic
def withdraw_answer(*, answer: ScreeningAnswer, by: User) -> ScreeningAnswer:
    """Take an answer back that was given by mistake: it stays in the record and counts no more."""
    _held(answer.episode, by)
    answer = ScreeningAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if answer.withdrawn_at is not None:
        raise WrongState("answer", "withdrawn", "withdrawn")
    answer.withdrawn_at, answer.withdrawn_by = timezone.now(), by
    answer.save(update_fields=["withdrawn_at", "withdrawn_by"])
    data = {"question": answer.question, "trial": answer.trial_id}
    case_id = answer.episode.case_id
    audit.record(EventType.SCREENING_WITHDRAWN, target=answer, by=by, case_id=case_id, data=data)
    match_episodes(episode_ids=[answer.episode_id])
    return answer


def _held(episode: Episode, by: User) -> Episode:
    """The episode under its lock, for whoever may answer and where anybody still asks."""
    episode = Episode.objects.select_for_update(no_key=True, of=("self",)).get(pk=episode.pk)
    by.must(Permission.ANSWER_SCREENING, episode.case.team_id)
    _must_be_matched(episode)
    return episode


def words_of(question: str, trial: Trial | None) -> str:
    """A question in words: one that any trial can ask, or one of this trial's own; empty where it is not asked."""
    if trial is None:
        return QUESTIONS.get(question, "")
    found = criteria_in_force(Trial.objects.filter(pk=trial.pk))
    if not found or question in QUESTIONS:
        return ""
    root = found[0].root
    if any(isinstance(leaf, Lines) and lines.asks(leaf, question) for leaf in leaves(root)):
        return lines.question_words(question)
    return questions(root).get(question, "")


def says(judged: Judged) -> str:
    """What is not known, in words: a question, else the criterion that waits for a fact."""
    return QUESTIONS.get(judged.question) or lines.question_words(judged.question) or judged.says


def open_points(outcome: Outcome) -> list[Judged]:
    """What would settle it: one answer or fact may settle several criteria, and is named once."""
    by_key = {each.key or each.says: each for each in reversed(outcome.questions)}
    by_key |= {each.key or each.says: each for each in outcome.questions if not each.is_alternative}
    return list(reversed(by_key.values()))


def newer_than(answer: ScreeningAnswer) -> ScreeningAnswer | None:
    """The answer to the same question that counts before this one, because its date is later."""
    same = ScreeningAnswer.objects.standing().filter(
        episode=answer.episode_id, question=answer.question, trial=answer.trial_id
    )
    first = same.first()
    return first if first and first.pk != answer.pk else None


def answers_to(episode: Episode, question: str, trial: Trial | None) -> list[ScreeningAnswer]:
    """What was answered so far, newest first."""
    rows = ScreeningAnswer.objects.filter(episode=episode, question=question, trial=trial)
    return list(rows.select_related("recorded_by", "withdrawn_by"))


def _must_be_matched(episode: Episode) -> None:
    case = episode.case
    if case.patient.is_dead:
        raise WrongState("patient", "recorded as dead", "screened for a trial")
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", "screened for a trial")
    if case.current_episode_id != episode.pk:
        raise WrongState("episode", "not the current one", "screened for a trial")
