"""Two people who confirm, pull back or record the same case in the same moment, on connections of their own."""

import pytest

from accounts.permissions import Role
from audit.workflow import StaleVersion
from mdt import services
from mdt.models import Decision, Listing
from mdt.workflow import MeetingStatus, Track
from tests.mdt.standards import in_force
from tests.mdt.test_at_once import at_once
from tests.mdt.test_standard_cases import ready_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def episode(team, people):
    in_force(team)
    return ready_case(team, people)


def quietly(act):
    def tried():
        try:
            return act()
        except StaleVersion as stale:
            return stale

    return tried


def test_one_confirms_and_one_pulls_back_and_the_case_is_discussed(listing, surgeon, people):
    seen, nurse = listing.version, people[Role.NURSE_SPECIALIST]
    at_once(
        quietly(lambda: services.confirm_standard(listing=listing, version=seen, by=surgeon)),
        lambda: services.pull_back(listing=listing, reason="To talk.", by=nurse),
    )
    listing.refresh_from_db()
    assert (listing.track, listing.pulled_back_by) == (Track.DISCUSS, nurse)


def test_one_pulls_back_while_the_session_ends_and_one_of_the_two_counts(
    listing, meeting, surgeon, coordinator, people, open_meeting
):
    services.confirm_standard(listing=listing, version=listing.version, by=surgeon)
    version = open_meeting().version
    at_once(
        lambda: services.move_meeting(
            meeting=meeting, version=version, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        ),
        lambda: services.pull_back(listing=listing, reason="To talk.", by=people[Role.NURSE_SPECIALIST]),
    )
    listing.refresh_from_db()
    assert Decision.objects.exists() != (listing.pulled_back_by is not None)


def test_two_record_and_each_case_has_one_decision(listing, meeting, surgeon, coordinator, open_meeting):
    services.confirm_standard(listing=listing, version=listing.version, by=surgeon)
    open_meeting()
    at_once(
        *[lambda by=by: services.record_standards(meeting=meeting, by=by) for by in (surgeon, coordinator)]
    )
    assert Decision.objects.count() == 1
    assert Listing.objects.get().status == "decided"
