"""Outcomes to finish, and the chair's signature: whose it is, what it names, and that it changes nothing."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from mdt import services
from mdt.models import Action, Decision, Listing, MeetingSignature
from mdt.outcomes import outcomes_of
from mdt.services import ActionDetails
from mdt.workflow import MeetingStatus, Outcome
from tests import factories
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def chair(meeting, people, coordinator):
    person = people[Role.PALLIATIVE_CARE]
    services.set_chair(meeting=meeting, version=None, chair=person, by=coordinator)
    return person


@pytest.fixture
def move(meeting, coordinator):
    def move(to):
        meeting.refresh_from_db()
        services.move_meeting(meeting=meeting, version=meeting.version, to=to, by=coordinator)
        meeting.refresh_from_db()

    return move


@pytest.fixture
def decided(chair, discussed, details, surgeon, move):
    """A decision of the meeting, whose session is over."""
    decision = services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    move(MeetingStatus.OUTCOMES_TO_FINISH)
    return decision


def sign(meeting, by, **more):
    meeting.refresh_from_db()
    return services.sign_outcomes(**{"meeting": meeting, "version": meeting.version, "by": by} | more)


# The signature


def test_the_chair_signs_what_stands_and_nothing_changes(decided, meeting, chair, plan):
    version = meeting.version
    before = Decision.objects.values().get()
    signature = sign(meeting, chair)
    meeting.refresh_from_db()
    assert (signature.signed_by, signature.decisions) == (chair, [decided.pk])
    assert Decision.objects.values().get() == before
    assert (meeting.version, meeting.status) == (version, MeetingStatus.OUTCOMES_TO_FINISH)
    assert services.unsigned_decisions(meeting) == 0
    assert Event.objects.get(type="meeting.signed").by == chair
    with pytest.raises(WrongState, match="is signed"):
        sign(meeting, chair)


def test_nobody_but_the_chair_signs(decided, meeting, chair, people, team):
    for person in [*people.values(), factories.member(Role.SURGEON, team)]:
        if person != chair:
            with pytest.raises(PermissionDenied, match="only its chair signs"):
                sign(meeting, person)
    with pytest.raises(PermissionDenied):
        sign(meeting, factories.member(Role.SURGEON, factories.team()))
    assert not MeetingSignature.objects.exists()


def test_a_chair_who_left_the_team_does_not_sign(decided, meeting, chair):
    chair.memberships.update(is_active=False)
    with pytest.raises(PermissionDenied):
        sign(meeting, chair)


def test_without_a_chair_nobody_signs(discussed, details, surgeon, meeting, move):
    services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    move(MeetingStatus.OUTCOMES_TO_FINISH)
    with pytest.raises(PermissionDenied, match="Nobody chairs"):
        sign(meeting, surgeon)


@pytest.mark.parametrize("status", MeetingStatus)
def test_it_is_signed_when_the_session_is_over(decided, meeting, chair, status):
    meeting.status = status
    meeting.save()
    if status in (MeetingStatus.OUTCOMES_TO_FINISH, MeetingStatus.FINISHED):
        assert sign(meeting, chair)
    else:
        with pytest.raises(WrongState, match="when its session has ended"):
            sign(meeting, chair)


def test_a_correction_after_the_signature_is_unsigned_and_can_be_signed(
    decided, meeting, chair, details, surgeon, listing
):
    sign(meeting, chair)
    listing.refresh_from_db()
    correction = services.record_decision(
        listing=listing, details=details(rationale="As said."), replaces=decided, by=surgeon
    )
    assert services.unsigned_decisions(meeting) == 1
    again = sign(meeting, chair)
    assert again.decisions == [correction.pk]
    assert MeetingSignature.objects.count() == 2


def test_what_was_recorded_after_the_page_was_opened_is_not_signed_unseen(decided, meeting, chair):
    with pytest.raises(StaleVersion):
        sign(meeting, chair, seen=[])
    with pytest.raises(StaleVersion):
        sign(meeting, chair, seen=[decided.pk, decided.pk + 1])
    with pytest.raises(StaleVersion):
        sign(meeting, chair, version=meeting.version + 1)
    assert sign(meeting, chair, seen=[decided.pk])


def test_there_is_nothing_to_sign_without_a_decision(chair, listing, meeting, open_meeting, move):
    open_meeting()
    move(MeetingStatus.OUTCOMES_TO_FINISH)
    with pytest.raises(WrongState, match="nothing to sign"):
        sign(meeting, chair)


def test_no_signature_is_rewritten(decided, meeting, chair):
    sign(meeting, chair)
    for act in (
        lambda: MeetingSignature.objects.update(decisions=[]),
        lambda: MeetingSignature.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# What each case lacks


def test_each_case_says_what_it_lacks(decided, meeting, put_on_list, people, plan):
    (row,) = outcomes_of(meeting).rows
    assert any("has not recorded telling the patient" in each for each in row.lacks)
    assert not row.is_signed


def test_a_case_without_an_outcome_and_a_provisional_one_say_so(
    chair, discussed, details, surgeon, people, move, meeting, episode, team, put_on_list, coordinator
):
    listing = discussed(*FIVE[:4])
    services.record_decision(
        listing=listing, details=details(to_ratify_by=people[Role.RADIOLOGIST]), by=surgeon
    )
    second = factories.episode_with_facts(team)
    Listing.objects.create(meeting=meeting, episode=second, position=9, question="?", listed_by=coordinator)
    move(MeetingStatus.OUTCOMES_TO_FINISH)
    first, other = outcomes_of(meeting).rows
    assert first.lacks[0].startswith(f"To be ratified by {people[Role.RADIOLOGIST]}, by ")
    assert other.lacks == ["No outcome yet"]
    found = outcomes_of(meeting)
    assert (found.owed, found.lacking, found.unsigned) == (1, 2, 1)


def test_an_action_whose_owner_left_is_pointed_out(chair, discussed, details, surgeon, people, meeting):
    oncologist = people[Role.ONCOLOGIST]
    tomorrow = timezone.localdate() + timedelta(days=1)
    typed = details(actions=(ActionDetails("Plan radiotherapy", oncologist, tomorrow),))
    services.record_decision(listing=discussed(*FIVE), details=typed, by=surgeon)
    assert "An action whose owner has left the team" not in outcomes_of(meeting).rows[0].lacks
    oncologist.memberships.update(is_active=False)
    assert "An action whose owner has left the team" in outcomes_of(meeting).rows[0].lacks
    Action.objects.update(done_at=timezone.now())
    assert "An action whose owner has left the team" not in outcomes_of(meeting).rows[0].lacks


def test_of_someone_who_died_nothing_is_owed_to_the_patient(decided, meeting, episode):
    episode.case.patient.is_dead = True
    episode.case.patient.save()
    (row,) = outcomes_of(meeting).rows
    assert row.lacks == []


# Pages


def at(name, meeting):
    return reverse(f"mdt:{name}", args=[meeting.pk])


def test_the_chair_signs_on_the_page_and_others_see_who_signed(decided, meeting, chair, surgeon, sign_in):
    assert "not signed by" in text_of(sign_in(surgeon).get(at("outcomes", meeting)))
    assert sign_in(surgeon).post(at("outcomes_sign", meeting), {"seen": decided.pk}).status_code == 403
    client = sign_in(chair)
    assert "Sign 1 decision?" in text_of(client.get(at("outcomes", meeting)))
    stale = client.post(at("outcomes_sign", meeting), {"version": meeting.version, "seen": ""})
    assert stale.status_code == 409
    assert "Nothing is signed" in text_of(stale)
    sent = {"version": meeting.version, "seen": str(decided.pk)}
    said = text_of(client.post(at("outcomes_sign", meeting), sent, follow=True))
    assert f"Signed by {chair.full_name}" in said


def test_finishing_asks_while_decisions_are_not_signed(decided, meeting, chair, coordinator, sign_in):
    client = sign_in(coordinator)
    asked = text_of(client.get(at("meeting_move", meeting), {"to": "finished"}))
    assert "1 decision is not signed by the chair" in asked
    sign(meeting, chair)
    assert "not signed by the chair" not in text_of(
        client.get(at("meeting_move", meeting), {"to": "finished"})
    )


def test_another_teams_meeting_is_not_found(decided, meeting, sign_in):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.get(at("outcomes", meeting)).status_code == 404
    assert client.post(at("outcomes_sign", meeting)).status_code == 404


def test_an_observer_reads_and_does_not_act(decided, meeting, team, sign_in):
    client = sign_in(factories.member(Role.OBSERVER, team))
    said = text_of(client.get(at("outcomes", meeting)))
    assert "Agree the plan" in said
    assert "Finish the meeting" not in said
    assert "Sign 1" not in said


def test_sixty_cases_cost_the_same(
    decided, meeting, team, coordinator, sign_in, django_assert_max_num_queries
):
    client = sign_in(coordinator)
    for place in range(60):
        each = factories.episode_with_facts(team)
        listing = Listing.objects.create(
            meeting=meeting, episode=each, position=place + 5, question="?", listed_by=coordinator
        )
        Decision.objects.create(
            listing=listing,
            episode=each,
            case=each.case,
            kind="discussed",
            outcome=Outcome.SURVEILLANCE,
            present=[],
            is_quorate=True,
            quorum_rule={},
            tells_patient=coordinator,
            recorded_by=coordinator,
        )
    with django_assert_max_num_queries(12):
        assert client.get(at("outcomes", meeting)).status_code == 200
