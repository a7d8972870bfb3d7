"""What stands against relying on an entry: said wherever a trial is offered, for no statement more."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from tests import factories
from tests.trials import pairs
from treatments import services as treatments
from trials.matching import offers
from trials.models import ImportedStudy, ProposedChange, RegisterImport, Trial
from trials.services import answering, enquiries, matching
from trials.standing import SAYS_CLOSED, standing, with_standing
from trials.workflow import OPEN, OVER, ChangeStatus, TrialStatus

pytestmark = pytest.mark.django_db
LAST = date(2025, 3, 4)
STALE = "Stale: last verified 4 Mar 2025"


def standing_of(trial, *, says_closed=False, offered="COMPLETED", status=ChangeStatus.OPEN, field="status"):
    """Verified today; with what a registry says that nobody has decided yet, where that is asked for."""
    Trial.objects.filter(pk=trial.pk).update(verified_on=timezone.localdate())
    if says_closed:
        study = ImportedStudy.objects.create(
            run=RegisterImport.objects.create(name="file"), place=1, outcome="closed", trial=trial
        )
        ProposedChange.objects.create(study=study, trial=trial, field=field, offered=offered, status=status)
    return Trial.objects.get(pk=trial.pk)


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
def doubtful(episode):
    """One that is stale, and one that a registry calls closed; both may fit."""
    stale = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OLD-1", verified_on=LAST)
    closed = standing_of(pairs.trial(pairs.LEIOMYOSARCOMA, short_name="GONE-2"), says_closed=True)
    matching.match_everything()
    return stale, closed


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("offered", TrialStatus.values)
def test_only_a_status_in_which_nobody_is_put_forward_is_said(offered):
    trial = standing_of(pairs.trial(), says_closed=True, offered=offered)
    assert standing(trial) == ([] if offered in OPEN else [SAYS_CLOSED])


@pytest.mark.parametrize("status", [each for each in ChangeStatus if each != ChangeStatus.OPEN])
def test_what_somebody_decided_is_not_said_any_more(status):
    assert standing(standing_of(pairs.trial(), says_closed=True, status=status)) == []


def test_a_title_that_changed_says_nothing_of_its_standing():
    assert standing(standing_of(pairs.trial(), says_closed=True, field="title")) == []


@pytest.mark.parametrize("status", TrialStatus.values)
def test_a_trial_that_is_over_is_never_stale(status):
    words = standing(pairs.trial(status=status))
    assert words == ([] if status in OVER else ["Stale: nobody has ever verified it"])


def test_many_are_told_in_one_statement(doubtful):
    with CaptureQueriesContext(connection) as captured:
        told = {trial.short_name: standing(trial) for trial in with_standing(Trial.objects.all())}
    assert told == {"OLD-1": [STALE], "GONE-2": [SAYS_CLOSED]}
    assert len(captured) == 1


def test_what_is_offered_to_other_rooms_says_it_in_one_statement(episode, doubtful):
    with CaptureQueriesContext(connection) as captured:
        told = {offer.trial.short_name: standing(offer.trial) for offer in offers(episode)}
    assert told == {"OLD-1": [STALE], "GONE-2": [SAYS_CLOSED]}
    assert len(captured) == 1


def test_the_pages_that_offer_a_trial_say_it(client, episode, doubtful, keeper):
    stale, closed = doubtful
    client.force_login(keeper)
    case = text(client.get(reverse("trials:case", args=[episode.case.reference])))
    assert STALE in case
    assert SAYS_CLOSED in case
    for trial, words in ((stale, STALE), (closed, SAYS_CLOSED)):
        for page in (
            reverse("trials:candidates", args=[trial.pk]),
            reverse("trials:refer", args=[trial.pk, episode.case.reference]),
        ):
            assert words in text(client.get(page)), page


def test_the_trials_of_a_case_cost_the_same_for_many(client, episode, doubtful, keeper):
    client.force_login(keeper)
    page = reverse("trials:case", args=[episode.case.reference])
    client.get(page)
    with CaptureQueriesContext(connection) as two:
        client.get(page)
    for _ in range(4):
        pairs.trial(pairs.LEIOMYOSARCOMA)
    client.get(page)
    with CaptureQueriesContext(connection) as six:
        client.get(page)
    assert len(two) == len(six)


def test_the_enquiry_and_its_letter_say_it(client, team, doubtful, keeper):
    details = enquiries.EnquiryDetails(
        sender="patient", name="Robin Sample", phone="1", asks="trial", question="Any?"
    )
    enquiry = enquiries.receive_enquiry(
        team=team, details=details, consent=True, case={"morphology": "8890/3"}, by=keeper
    )
    client.force_login(keeper)
    shown = text(client.get(reverse("trials:enquiry", args=[enquiry.reference])))
    assert STALE in shown
    assert SAYS_CLOSED in shown
    letter = answering.first_answer(enquiry, answering.match_enquiry(enquiry), by=keeper)
    assert "We last looked at our entry of this trial on 4 Mar 2025: ask first" in letter
    assert "The registry says that this trial takes nobody any more" in letter


def test_the_check_of_a_plan_says_it(episode, doubtful):
    told = {each.trial: each.title for each in treatments.trials_for(episode)}
    assert told["OLD-1"].endswith(f". {STALE}")
    assert told["GONE-2"].endswith(f". {SAYS_CLOSED}")


def test_an_entry_verified_yesterday_is_offered_without_a_word(episode, client, keeper):
    trial = pairs.trial(pairs.LEIOMYOSARCOMA, verified_on=timezone.localdate() - timedelta(days=1))
    client.force_login(keeper)
    shown = text(client.get(reverse("trials:refer", args=[trial.pk, episode.case.reference])))
    assert "Stale" not in shown
    assert "registry says" not in shown
