"""Answers to what a trial asks and the record does not say: who may, what is refused, and what follows."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, Permission, Role, roles_with
from audit import services as audit
from audit.models import Event
from audit.workflow import WrongState
from cases.models import TreatmentGiven
from cases.services import cases
from tests import factories
from tests.trials import pairs
from trials.models import Match, ScreeningAnswer
from trials.services import matching
from trials.services.screening import answer_question, withdraw_answer

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 19)


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def episode(team):
    return pairs.episode(team)


@pytest.fixture
def trial(episode):
    return pairs.trial(pairs.MEASURABLE, pairs.HEART)


def say(episode, trial, by, question="lvef", answer="yes", on=DAY, **more):
    return answer_question(
        episode=episode, trial=trial, question=question, answer=answer, on=on, by=by, **more
    )


def result(episode, trial):
    row = Match.objects.filter(episode=episode, trial=trial).first()
    return (row.result, row.unknown) if row else None


def test_each_answer_is_matched_at_once_and_recorded(episode, trial, keeper):
    matching.match_everything()
    assert result(episode, trial) == ("may_fit_if", 2)
    row = say(episode, trial, keeper, note="  echocardiogram,  55 % ")
    assert (row.note, row.recorded_by) == ("echocardiogram, 55 %", keeper)
    assert result(episode, trial) == ("may_fit_if", 1)
    say(episode, None, keeper, question="measurable_disease")
    assert result(episode, trial) == ("may_fit", 0)
    say(episode, trial, keeper, answer="no")
    assert result(episode, trial) is None
    event = Event.objects.filter(type="screening.answered").first()
    assert (event.by, event.case_id) == (keeper, episode.case_id)
    assert event.data == {"question": "lvef", "trial": trial.pk}


def test_the_newest_answer_by_its_date_counts(episode, trial, keeper):
    say(episode, trial, keeper, answer="no", on=DAY)
    say(episode, trial, keeper, answer="yes", on=DAY - timedelta(days=1))
    assert result(episode, trial) is None
    assert matching.explain(episode, trial).result == "excluded"


def test_what_cannot_be_known_stays_unknown(episode, keeper):
    trial = pairs.trial(pairs.HEART)
    say(episode, trial, keeper, answer="not_known")
    assert matching.explain(episode, trial).result == "may_fit_if"


@pytest.mark.parametrize("role", [role for role in Role if role not in ORGANISATION_ROLES])
def test_who_may_answer(episode, trial, team, role):
    person = factories.member(role, team)
    if role in roles_with(Permission.ANSWER_SCREENING):
        assert say(episode, trial, person)
    else:
        with pytest.raises(PermissionDenied):
            say(episode, trial, person)
        assert not ScreeningAnswer.objects.exists()


def test_another_teams_role_does_not_count(episode, trial):
    with pytest.raises(PermissionDenied):
        say(episode, trial, factories.member(Role.TRIAL_COORDINATOR, factories.team()))


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"answer": ""}, "answer", "is needed"),
        ({"answer": "perhaps"}, "answer", "must be one of yes, no, not_known"),
        ({"on": None}, "on", "is needed"),
        ({"on": date(2999, 1, 1)}, "on", "in the future"),
        ({"on": date(1960, 1, 1)}, "on", "before the patient was born"),
        ({"note": "x" * 301}, "note", "It may have 300"),
        ({"question": "mood"}, "question", "do not ask this"),
        ({"question": "measurable_disease"}, "question", "do not ask this"),
    ],
)
def test_an_impossible_answer_is_refused_in_words(episode, trial, keeper, told, field, words):
    with pytest.raises(ValidationError) as refused:
        say(episode, trial, keeper, **told)
    assert words in refused.value.message_dict[field][0]
    assert not ScreeningAnswer.objects.exists()


def test_nobody_is_screened_after_a_death_a_closing_or_in_an_episode_that_is_over(team, trial, keeper):
    dead, closed, over = (pairs.episode(team) for _ in range(3))
    dead.case.patient.is_dead = True
    dead.case.patient.save()
    surgeon = factories.member(Role.SURGEON, team)
    cases.close_case(case=closed.case, reason="completed", by=surgeon)
    cases.start_episode(case=over.case, kind="progression", started_on=DAY, by=surgeon)
    for episode in (dead, closed, over):
        with pytest.raises(WrongState):
            say(episode, trial, keeper)


def test_nothing_is_saved_when_the_audit_cannot_be_written(episode, trial, keeper, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        say(episode, trial, keeper)
    assert not ScreeningAnswer.objects.exists()


def test_a_question_is_answered_on_its_page_and_nothing_typed_is_lost(episode, trial, keeper, sign_in):
    browser = sign_in(keeper)
    address = reverse("trials:answer", args=[episode.case.reference]) + f"?question=lvef&trial={trial.pk}"
    assert "LVEF 45 % or more?" in browser.get(address).text
    typed = {"answer": "yes", "on": "2999-01-01", "note": "echocardiogram of this week"}
    answer = browser.post(address, typed)
    assert "in the future" in answer.text
    assert "echocardiogram of this week" in answer.text
    answer = browser.post(address, typed | {"on": str(timezone.localdate())})
    assert answer.url == reverse("trials:case", args=[episode.case.reference])
    assert "echocardiogram of this week" in browser.get(address).text
    cases.close_case(
        case=episode.case, reason="completed", by=factories.member(Role.SURGEON, episode.case.team)
    )
    assert browser.post(address, typed | {"on": str(DAY)}).status_code == 409


def test_an_answer_that_puts_right_what_was_answered_counts_whatever_its_date(episode, trial, keeper):
    say(episode, None, keeper, question="measurable_disease")
    wrong = say(episode, trial, keeper, answer="no", on=DAY)
    assert result(episode, trial) is None
    right = say(episode, trial, keeper, answer="yes", on=DAY - timedelta(days=7), corrects=True)
    assert result(episode, trial) == ("may_fit", 0)
    wrong.refresh_from_db()
    assert (wrong.answer, wrong.withdrawn_by) == ("no", keeper)
    assert right.withdrawn_at is None
    event = Event.objects.filter(type="screening.answered").latest("id")
    assert event.data == {"question": "lvef", "trial": trial.pk, "corrects": 1}


def test_an_answer_is_taken_back_once_and_stays_in_the_record(episode, trial, keeper, team):
    row = say(episode, trial, keeper, answer="no")
    assert result(episode, trial) is None
    with pytest.raises(PermissionDenied):
        withdraw_answer(answer=row, by=factories.member(Role.PATHOLOGIST, factories.team()))
    withdraw_answer(answer=row, by=keeper)
    assert result(episode, trial) == ("may_fit_if", 2)
    event = Event.objects.get(type="screening.withdrawn")
    assert (event.by, event.case_id, event.target_id) == (keeper, episode.case_id, row.pk)
    assert ScreeningAnswer.objects.count() == 1
    with pytest.raises(WrongState):
        withdraw_answer(answer=row, by=keeper)


def test_an_answer_that_changes_nothing_says_so_and_the_one_that_counts_can_be_taken_back(
    episode, trial, keeper, sign_in
):
    browser = sign_in(keeper)
    address = reverse("trials:answer", args=[episode.case.reference]) + f"?question=lvef&trial={trial.pk}"
    assert "puts right" not in browser.get(address).text
    wrong = say(episode, trial, keeper, answer="no", on=DAY)
    assert "puts right" in browser.get(address).text
    early = {"answer": "yes", "on": str(DAY - timedelta(days=7)), "note": ""}
    page = browser.post(address, early, follow=True).text
    assert "changes nothing" in page
    assert "(No) is later and counts" in page
    taken_back = reverse("trials:answer_withdraw", args=[episode.case.reference, wrong.pk])
    assert taken_back in page
    assert "The answer is taken back" in browser.post(taken_back, follow=True).text
    assert result(episode, trial) == ("may_fit_if", 1)
    assert "Nothing was changed" in browser.post(taken_back, follow=True).text
    assert "Taken back by" in browser.get(address).text
    other = sign_in(factories.member(Role.TRIAL_COORDINATOR, factories.team()))
    assert other.post(taken_back).status_code == 404


def test_an_answer_to_a_question_counts_for_no_other_question(episode, trial, keeper):
    say(episode, trial, keeper)
    pairs.ask(trial, pairs.HEART | {"id": "lvef_55", "text": "LVEF 55 % or more?"})
    matching.match_trial(trial_id=trial.pk)
    assert result(episode, trial) == ("may_fit_if", 1)
    assert [each.question for each in matching.explain(episode, trial).questions] == ["lvef_55"]
    with pytest.raises(ValidationError):
        say(episode, trial, keeper, question="lvef")


def test_how_recorded_treatments_count_as_lines_is_answered_for_one_trial(team, keeper, sign_in):
    rows = [{"modality": "chemotherapy", "drugs": [drug]} for drug in ("doxorubicin", "ifosfamide")]
    episode = pairs.episode(team, prior_treatments=rows)
    trial = pairs.trial({"kind": "lines", "max": 1})
    matching.match_everything()
    assert result(episode, trial) == ("may_fit_if", 1)
    page = sign_in(keeper).get(reverse("trials:case", args=[episode.case.reference])).text
    assert "does the trial count at most 1 line?" in page
    with pytest.raises(ValidationError):
        say(episode, trial, keeper, question="lines::2:2")
    say(episode, trial, keeper, question="lines::1:2")
    assert result(episode, trial) == ("may_fit", 0)
    days = ((date(2024, 1, 1), date(2024, 6, 1)), (date(2025, 1, 1), None))
    for start, end in days:
        TreatmentGiven.objects.create(
            episode=episode, modality="chemotherapy", source="told", started_on=start, ended_on=end
        )
    assert matching.explain(episode, trial).result == "excluded"
