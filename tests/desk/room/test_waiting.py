"""What a meeting answers: the provisional decision of an earlier one, its refusal, its actions, what came since."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from mdt import services
from mdt.models import Action, Decision, Meeting
from mdt.services import ActionDetails
from mdt.workflow import MeetingStatus
from tests.desk.room.test_deciding import chosen, opened, typed
from tests.mdt.test_views import text_of

__all__ = ["typed"]
pytestmark = pytest.mark.django_db
WHY = "The tumour cannot be cleared from the artery."


@pytest.fixture
def radiologist(people):
    return people[Role.RADIOLOGIST]


@pytest.fixture
def row(next_meeting):
    """The case on the later meeting's list, under discussion."""
    return next_meeting()


@pytest.fixture
def here(row):
    return reverse("room:case", args=[row.pk])


def seen(body, **changes):
    """What the panel carries of what it showed."""
    return {
        name: chosen(body, name) for name in ("replaces", "refusal_seen", "plan_seen", "offered")
    } | changes


@pytest.mark.parametrize("part", ["case", "full"])
def test_the_room_sees_what_waits_and_why_it_was_refused(
    provisional, radiologist, row, sign_in, surgeon, part
):
    client, page = sign_in(surgeon), reverse(f"room:{part}", args=[row.pk])
    body = text_of(client.get(page))
    assert "To ratify" in body
    assert provisional.rationale in body
    services.refuse_to_ratify(decision=provisional, reason=WHY, by=radiologist)
    body = text_of(client.get(page))
    assert WHY in body
    assert f"{radiologist} refused on" in body


def test_once_the_meeting_decided_nothing_waits_on_its_screen(
    provisional, row, sign_in, surgeon, details, here
):
    services.record_decision(listing=row, details=details(), replaces=provisional, by=surgeon)
    assert "To ratify" not in text_of(sign_in(surgeon).get(here))


def test_its_open_actions_are_offered_as_still_needed_and_dropped_where_unticked(
    provisional, people, surgeon, sign_in, here, typed
):
    due = timezone.localdate() + timedelta(days=3)
    for text in ("Ask for the chest CT", "Stop the anticoagulant"):
        action = ActionDetails(text, people[Role.ONCOLOGIST], due)
        services.set_action(decision=provisional, action=action, by=surgeon)
    client = sign_in(surgeon)
    body = opened(client, here)
    keep, drop = Action.objects.order_by("pk")
    assert chosen(body, "offered") == f"{keep.pk} {drop.pk}"
    client.post(here, typed(outcome="surveillance", still_needed=[str(keep.pk)], **seen(body)))
    keep.refresh_from_db()
    drop.refresh_from_db()
    assert (keep.done_at, bool(drop.not_needed_reason)) == (None, True)


def test_answered_from_the_panel(provisional, sign_in, surgeon, here, typed, plan):
    client = sign_in(surgeon)
    body = opened(client, here)
    assert chosen(body, "replaces") == str(provisional.pk)
    client.post(here, typed(outcome="surveillance", **seen(body)))
    made = Decision.objects.latest("pk")
    assert (made.outcome, made.replaces) == ("surveillance", provisional)


def test_ratified_while_the_panel_is_open_nothing_is_saved_until_it_is_sent_again(
    provisional, radiologist, sign_in, surgeon, here, typed
):
    client = sign_in(surgeon)
    body = opened(client, here)
    ratified = services.ratify_decision(decision=provisional, by=radiologist)
    answer = client.post(here, typed(outcome="surveillance", rationale="Mine", **seen(body)))
    again = answer.content.decode()
    assert answer.status_code == 409
    assert f"{radiologist} recorded a decision on this case while you were typing" in text_of(answer)
    assert chosen(again, "rationale") == "Mine"
    assert list(Decision.objects.standing()) == [ratified]
    sent = typed(outcome="surveillance", draft_version=chosen(again, "draft_version"), **seen(again))
    assert client.post(here, sent).status_code == 302
    assert Decision.objects.latest("pk").replaces is None


def test_refused_while_the_panel_is_open_the_reason_is_read_first(
    provisional, radiologist, sign_in, surgeon, here, typed
):
    client = sign_in(surgeon)
    body = opened(client, here)
    services.refuse_to_ratify(decision=provisional, reason=WHY, by=radiologist)
    answer = client.post(here, typed(outcome="surveillance", **seen(body)))
    again = answer.content.decode()
    assert answer.status_code == 409
    assert f"{radiologist} refused to ratify the decision of this case: {WHY}" in text_of(answer)
    sent = typed(outcome="surveillance", draft_version=chosen(again, "draft_version"), **seen(again))
    assert client.post(here, sent).status_code == 302
    assert Decision.objects.latest("pk").replaces == provisional


def test_a_draft_that_was_begun_before_the_refusal_says_so(
    provisional, radiologist, sign_in, surgeon, here, row, typed
):
    client = sign_in(surgeon)
    sent = typed(outcome="surveillance", draft_version="0", **seen(opened(client, here)))
    client.post(reverse("room:draft", args=[row.pk]), sent)
    refusal = services.refuse_to_ratify(decision=provisional, reason=WHY, by=radiologist)
    body = opened(client, here)
    assert "was ratified, refused or decided again after this draft was begun" in body
    assert (chosen(body, "replaces"), chosen(body, "refusal_seen")) == (str(provisional.pk), str(refusal.pk))


def test_the_earlier_meetings_screen_keeps_its_decision_and_takes_no_other(
    provisional, row, details, surgeon, sign_in, meeting, typed
):
    services.record_decision(
        listing=row, details=details(outcome="surveillance"), replaces=provisional, by=surgeon
    )
    Meeting.objects.filter(pk=meeting.pk).update(status=MeetingStatus.OUTCOMES_TO_FINISH)
    page = reverse("room:case", args=[provisional.listing_id])
    client = sign_in(surgeon)
    answer = client.get(page, {"decide": "1"})
    assert "answered at the meeting of" in text_of(answer)
    assert 'id="decide"' not in answer.content.decode()
    sent = typed(outcome="surveillance", replaces=str(provisional.pk))
    assert "was decided again at the meeting of" in text_of(client.post(page, sent))
    assert Decision.objects.count() == 2
