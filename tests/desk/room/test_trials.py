"""Trials on the meeting screen: what may fit and if what, and which were considered in the decision."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from mdt import services
from mdt.letters import papers, values
from mdt.models import Decision
from tests import factories
from tests.desk.room.test_deciding import FIVE, typed
from tests.mdt.test_views import text_of
from tests.trials import pairs
from tests.trials.test_standing import standing_of
from trials.models import Match, Trial
from trials.services import matching, referring

__all__ = ["typed"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def heart(episode):
    """It waits for an answer; the other for nothing."""
    made = pairs.trial(pairs.HEART, short_name="HEART-1", nct="NCT00000001")
    pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OPEN-2")
    matching.match_everything()
    assert Match.objects.filter(episode=episode).count() == 2
    return made


def test_the_screen_says_which_trials_may_fit_for_no_statement_more(
    sign_in, open_meeting, surgeon, page, heart, episode
):
    open_meeting()
    client = sign_in(surgeon)
    client.get(page)
    with CaptureQueriesContext(connection) as two:
        shown = text_of(client.get(page))
    assert "2 trials may fit" in shown
    assert "OPEN-2: may fit" in shown
    assert "HEART-1: may fit if 1 more thing is known" in shown
    Match.objects.all().delete()
    with CaptureQueriesContext(connection) as none:
        assert "may fit" not in text_of(client.get(page))
    assert len(two) == len(none)


def test_the_full_text_says_what_would_settle_it(sign_in, open_meeting, surgeon, listing, heart):
    open_meeting()
    shown = text_of(sign_in(surgeon).get(reverse("room:full", args=[listing.pk])))
    assert "May fit if: LVEF 45 % or more?" in shown
    assert "eligible" not in shown


def test_the_full_text_says_what_the_record_excludes_since_the_last_matching(
    sign_in, open_meeting, surgeon, listing, heart, episode
):
    open_meeting()
    episode.facts = {**episode.facts, "morphology": "9040/3"}
    episode.save()
    shown = text_of(sign_in(surgeon).get(reverse("room:full", args=[listing.pk])))
    assert "every criterion is met" not in shown
    assert "May fit if: LVEF 45 % or more?" in shown
    assert "OPEN-2" not in shown.partition("Trials excluded as the record stands now")[0]
    assert "OPEN-2 Excluded because: " in shown
    assert "Recorded: " in shown


def test_the_screen_says_which_trials_cannot_be_relied_on(
    sign_in, open_meeting, surgeon, page, listing, heart
):
    standing_of(Trial.objects.get(short_name="OPEN-2"), says_closed=True)
    Trial.objects.filter(pk=heart.pk).update(verified_on=date(2025, 3, 4))
    open_meeting()
    client = sign_in(surgeon)
    shown = text_of(client.get(page))
    assert "OPEN-2: may fit (the registry says closed)" in shown
    assert "HEART-1: may fit if 1 more thing is known (stale)" in shown
    shown = text_of(client.get(reverse("room:full", args=[listing.pk])))
    assert "Stale: last verified 4 Mar 2025" in shown
    assert "The registry says closed, nobody has decided yet" in shown


def test_the_screen_says_how_a_referral_to_a_trial_stands(
    sign_in, open_meeting, surgeon, page, heart, episode, team
):
    keeper = factories.member(Role.TRIAL_COORDINATOR, team)
    day = timezone.localdate()
    made = referring.refer(episode=episode, trial=heart, on=day, owner=keeper, by=keeper)
    referring.move(referral=made, version=made.version, status="screening", on=day, by=keeper)
    open_meeting()
    shown = text_of(sign_in(surgeon).get(page))
    assert "HEART-1: may fit if 1 more thing is known (screening, stale)" in shown
    assert "OPEN-2: may fit (stale)" in shown


def test_nobody_who_died_is_offered_a_trial(sign_in, open_meeting, surgeon, page, heart, episode):
    open_meeting()
    patient = episode.case.patient
    patient.is_dead = True
    patient.save()
    assert "may fit" not in text_of(sign_in(surgeon).get(page))


def test_a_decision_names_the_trials_that_were_considered(
    sign_in, discussed, surgeon, page, typed, heart, listing, meeting
):
    discussed(*FIVE)
    client = sign_in(surgeon)
    assert "Which of the trials that may fit were considered" in text_of(client.get(f"{page}?decide=1"))
    client.post(page, typed(outcome="surveillance", trials=[heart.pk], trial_note="After surgery"))
    decision = Decision.objects.get()
    (kept,) = decision.trials_considered
    assert kept == {
        "trial": heart.pk,
        "name": "HEART-1",
        "number": "NCT00000001",
        "result": "may_fit_if",
    }
    assert client.get(f"/api/v1/decisions/{decision.pk}/").json()["trials_considered"] == [kept]
    words = "HEART-1 (NCT00000001). After surgery"
    assert f"Yes: {words}" in text_of(client.get(reverse("mdt:decision", args=[decision.pk])))
    assert values.values_for(decision, "clinical")["trial"] == f"A trial was considered: {words}"
    assert words in str(papers.minutes(meeting).data)
    Match.objects.all().delete()
    assert 'name="trials" value="' in client.get(f"{page}?decide=1").content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trial_considered": "not_relevant"}, "choose Yes, or untick them"),
        ({"trials": ["999999"]}, "is not offered for this case any more"),
    ],
)
def test_what_cannot_be_is_refused(sign_in, discussed, surgeon, page, typed, heart, changes, words):
    discussed(*FIVE)
    sent = {"outcome": "surveillance", "trials": [heart.pk]} | changes
    assert words in text_of(sign_in(surgeon).post(page, typed(**sent)))
    assert not Decision.objects.exists()


def test_two_decisions_side_by_side_name_the_trials(
    sign_in, discussed, surgeon, page, typed, details, heart, listing, people
):
    discussed(*FIVE)
    client = sign_in(surgeon)
    client.get(f"{page}?decide=1")
    services.record_decision(
        listing=listing,
        details=details(trial_considered="yes", trials=[heart.pk], trial_note="After surgery"),
        by=people[Role.RADIOLOGIST],
    )
    other = Trial.objects.get(short_name="OPEN-2")
    answer = client.post(page, typed(outcome="surveillance", trials=[other.pk], trial_note="Asked first"))
    assert answer.status_code == 409
    shown = text_of(answer)
    beside = shown.partition("Trials considered")[2]
    assert "HEART-1 (NCT00000001). After surgery" in beside
    assert "OPEN-2. Asked first" in beside


def test_a_ratified_decision_keeps_the_trials_of_the_one_before(discussed, details, people, surgeon, heart):
    listing = discussed(*FIVE[:4])
    told = details(to_ratify_by=people[Role.RADIOLOGIST], trial_considered="yes", trials=[heart.pk])
    first = services.record_decision(listing=listing, details=told, by=surgeon)
    made = services.ratify_decision(decision=first, by=people[Role.RADIOLOGIST])
    assert made.trials_considered == first.trials_considered != []
