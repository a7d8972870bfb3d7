"""Urgent decisions between meetings name the trials that were considered."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from mdt.models import Decision
from tests.mdt.test_urgent import decide, oncologist, sent, typed
from tests.treatments.pages import text_of
from tests.trials import pairs
from trials.services import matching

__all__ = ["decide", "oncologist", "typed"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def heart(episode):
    made = pairs.trial(pairs.HEART, short_name="HEART-1", nct="NCT00000001")
    pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OPEN-2")
    matching.match_everything()
    return made


def test_the_page_offers_the_trials_that_may_fit_and_keeps_what_is_ticked(
    episode, plan, meeting, surgeon, oncologist, people, sign_in, heart
):
    client, at = sign_in(surgeon), reverse("mdt:urgent_new", args=[episode.case.reference])
    shown = text_of(client.get(at))
    assert "HEART-1, may fit if. Stale: nobody has ever verified it" in shown
    told = sent(surgeon, oncologist, people, trials=[heart.pk], trial_note="Asked by telephone")
    said = text_of(client.post(at, told, follow=True))
    words = "HEART-1 (NCT00000001). Asked by telephone"
    assert f"Yes: {words}" in said
    decision = Decision.objects.get()
    assert [each["trial"] for each in decision.trials_considered] == [heart.pk]
    ticked = re.findall(r'name="trials"[^>]*value="(\d+)"[^>]*checked', client.get(at).content.decode())
    assert ticked == [str(heart.pk)]


def test_without_a_tick_or_a_word_no_trial_was_considered(decide, heart):
    decision = decide()
    assert (decision.trial_considered, decision.trials_considered) == ("not_relevant", [])


def test_a_trial_that_is_not_offered_is_refused(decide, typed, heart):
    with pytest.raises(ValidationError, match="not offered for this case any more"):
        decide(details=typed(trial_considered="yes", trials=[pairs.trial().pk]))
    assert not Decision.objects.exists()


def test_two_urgent_decisions_side_by_side_name_the_trials(
    decide, typed, episode, surgeon, oncologist, people, sign_in, heart
):
    decide(details=typed(trial_considered="yes", trials=[heart.pk]))
    at = reverse("mdt:urgent_new", args=[episode.case.reference])
    other = {"outcome": "more_imaging", "trial_note": "None that is near"}
    answer = sign_in(surgeon).post(at, sent(surgeon, oncologist, people, **other))
    assert answer.status_code == 409
    beside = text_of(answer).partition("Trials considered")[2]
    assert "HEART-1 (NCT00000001)" in beside
    assert "None that is near" in beside
