"""What a listing needs, and who adds to a list after its cut-off: the chair at once, everybody else by the chair."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import cases, patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Listing
from mdt.workflow import ListingStatus, MeetingStatus, PostponeReason
from tests import factories
from tests.mdt.conftest import recorded_case

pytestmark = pytest.mark.django_db
LATE = "The biopsy came today."


@pytest.fixture
def closed(meeting, surgeon):
    """The list is closed, and the surgeon chairs."""
    meeting.chair, meeting.cut_off_at = surgeon, timezone.now() - timedelta(minutes=1)
    meeting.save()
    return meeting


@pytest.fixture
def waiting(closed, put_on_list, episode):
    return put_on_list(episode, late_reason=LATE)


class TestGaps:
    def test_without_a_reason_the_missing_facts_are_named(self, put_on_list, team):
        with pytest.raises(ValidationError, match="Missing: ") as refused:
            put_on_list(factories.case(team).current_episode, gaps_reason=" ")
        assert list(refused.value.message_dict) == ["gaps_reason"]
        assert not Listing.objects.exists()

    def test_with_one_the_list_says_who_took_it_on(self, put_on_list, team, coordinator):
        listing = put_on_list(factories.case(team).current_episode, gaps_reason="Urgent")
        assert (listing.gaps_accepted_by, listing.gaps_accepted_reason) == (coordinator, "Urgent")

    def test_what_the_patient_knows_is_no_gap_when_it_is_said_now(self, put_on_list, team):
        with pytest.raises(ValidationError) as refused:
            put_on_list(factories.case(team).current_episode, gaps_reason="")
        assert "what the patient knows" not in str(refused.value).lower()


class TestAfterTheCutOff:
    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ONCOLOGIST, Role.NURSE_SPECIALIST])
    def test_nobody_but_the_chair_adds(self, closed, put_on_list, episode, people, role):
        listing = put_on_list(episode, late_reason=LATE, by=people[role])
        episode.case.refresh_from_db()
        assert listing.status == ListingStatus.TO_APPROVE
        assert episode.case.status == CaseStatus.ACCEPTED

    def test_nor_after_the_list_was_closed_by_hand_before_it(
        self, meeting, put_on_list, episode, coordinator
    ):
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.CLOSED_FOR_LISTING, by=coordinator
        )
        assert put_on_list(episode, late_reason=LATE).status == ListingStatus.TO_APPROVE

    def test_the_chair_adds_at_once(self, closed, put_on_list, episode, surgeon):
        listing = put_on_list(episode, by=surgeon)
        assert (listing.status, listing.late_approved_by) == (ListingStatus.LISTED, surgeon)

    def test_others_say_why_so_late(self, closed, put_on_list, episode):
        with pytest.raises(ValidationError) as refused:
            put_on_list(episode)
        assert list(refused.value.message_dict) == ["late_reason"]

    def test_it_waits_once(self, waiting, put_on_list, episode):
        with pytest.raises(ValidationError, match="approval already"):
            put_on_list(episode, late_reason=LATE)

    def test_not_a_closed_case(self, closed, put_on_list, episode, surgeon):
        cases.close_case(case=episode.case, reason="transferred", by=surgeon)
        with pytest.raises(WrongState):
            put_on_list(episode, late_reason=LATE)

    def test_it_is_on_the_chairs_work_and_on_nobody_elses(self, waiting, surgeon, coordinator):
        assert list(services.to_approve(surgeon)) == [waiting]
        assert list(services.to_approve(coordinator)) == []

    def test_the_chair_approves(self, waiting, episode, surgeon):
        listing = services.approve_listing(listing=waiting, version=waiting.version, by=surgeon)
        episode.case.refresh_from_db()
        assert (listing.status, listing.late_approved_by) == (ListingStatus.LISTED, surgeon)
        assert episode.case.status == CaseStatus.LISTED
        assert Event.objects.filter(type="listing.approved", by=surgeon).exists()

    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ONCOLOGIST])
    def test_nobody_else_does(self, waiting, people, role):
        for act, more in ((services.approve_listing, {}), (services.refuse_listing, {"reason": "Full"})):
            with pytest.raises(PermissionDenied, match="chairs this meeting"):
                act(listing=waiting, version=None, by=people[role], **more)

    def test_without_a_chair_nobody_approves(self, waiting, closed, surgeon):
        closed.chair = None
        closed.save()
        with pytest.raises(PermissionDenied, match="Nobody chairs"):
            services.approve_listing(listing=waiting, version=None, by=surgeon)

    def test_an_approval_on_an_old_version_is_refused(self, waiting, surgeon):
        with pytest.raises(StaleVersion):
            services.approve_listing(listing=waiting, version=waiting.version - 1, by=surgeon)

    def test_the_chair_leaves_it_to_another_meeting_with_a_reason(self, waiting, surgeon):
        with pytest.raises(ValidationError):
            services.refuse_listing(listing=waiting, version=None, reason=" ", by=surgeon)
        listing = services.refuse_listing(listing=waiting, version=None, reason="Full", by=surgeon)
        assert listing.status == ListingStatus.POSTPONED
        assert listing.status_reason == "Not approved by the chair: Full"

    def test_not_of_somebody_who_died_meanwhile(self, waiting, episode, surgeon):
        patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
        with pytest.raises(WrongState):
            services.approve_listing(listing=waiting, version=None, by=surgeon)

    def test_one_never_approved_is_put_off_when_the_session_ends(self, waiting, open_meeting, coordinator):
        meeting = open_meeting()
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        waiting.refresh_from_db()
        assert waiting.status == ListingStatus.POSTPONED


class TestPuttingOff:
    def test_straight_onto_the_next_list_with_everything_said(
        self, listing, meeting, team, coordinator, surgeon
    ):
        later = factories.meeting(team, days=11)
        services.change_listing(
            listing=listing,
            version=None,
            question="Is it resectable?",
            responsible=surgeon,
            urgency="urgent",
            plan=listing.plan,
            guest="Mr Sims, vascular surgeon",
            minutes=8,
            by=coordinator,
        )
        to = services.meeting_after(meeting=meeting, by=coordinator)
        assert to == later
        off = services.postpone_listing(
            listing=listing, version=None, reason=PostponeReason.RADIOLOGY, to=to, by=coordinator
        )
        there = Listing.objects.get(meeting=later)
        assert (off.status, off.off_reason) == (ListingStatus.POSTPONED, PostponeReason.RADIOLOGY)
        assert (there.question, there.guest, there.minutes, there.urgency) == (
            "Is it resectable?",
            "Mr Sims, vascular surgeon",
            8,
            "urgent",
        )
        there.episode.case.refresh_from_db()
        assert there.episode.case.status == CaseStatus.LISTED

    def test_the_next_meeting_is_made_where_there_is_none(self, listing, meeting, coordinator):
        to = services.meeting_after(meeting=meeting, by=coordinator)
        assert to.starts_at > meeting.starts_at
        assert not to.is_late(timezone.now())

    def test_not_onto_a_closed_list(self, listing, team, coordinator):
        to = factories.meeting(team, days=11, status=MeetingStatus.CLOSED_FOR_LISTING)
        with pytest.raises(WrongState):
            services.postpone_listing(listing=listing, version=None, reason="capacity", to=to, by=coordinator)
        listing.refresh_from_db()
        assert listing.status == ListingStatus.LISTED

    def test_not_onto_another_teams_list(self, listing, coordinator):
        to = factories.meeting(factories.team(), days=11)
        with pytest.raises(ValidationError):
            services.postpone_listing(listing=listing, version=None, reason="capacity", to=to, by=coordinator)

    def test_undone_it_is_where_it_was(self, listing, meeting, team, coordinator):
        to = factories.meeting(team, days=11)
        off = services.postpone_listing(
            listing=listing, version=None, reason="histology", to=to, by=coordinator
        )
        back = services.undo_taking_off(listing=off, version=off.version, by=coordinator)
        assert (back.status, back.off_reason, back.position) == (ListingStatus.LISTED, "", listing.position)
        assert Listing.objects.get(meeting=to).status == ListingStatus.WITHDRAWN
        back.episode.case.refresh_from_db()
        assert back.episode.case.status == CaseStatus.LISTED

    def test_undoing_is_no_way_around_the_chair(self, waiting, coordinator):
        off = services.withdraw_listing(listing=waiting, version=None, reason="No", by=coordinator)
        assert services.undo_taking_off(listing=off, version=None, by=coordinator).status == (
            ListingStatus.TO_APPROVE
        )

    def test_nor_is_what_was_taken_off_before_the_cut_off(self, listing, meeting, surgeon, coordinator):
        off = services.withdraw_listing(listing=listing, version=None, reason="No", by=coordinator)
        meeting.chair, meeting.cut_off_at = surgeon, timezone.now()
        meeting.save()
        back = services.undo_taking_off(listing=off, version=None, by=coordinator)
        assert back.status == ListingStatus.TO_APPROVE
        assert services.approve_listing(listing=back, version=None, by=surgeon).status == ListingStatus.LISTED

    def test_not_for_the_dead(self, listing, episode, surgeon, coordinator):
        off = services.withdraw_listing(listing=listing, version=None, reason="No", by=coordinator)
        patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
        with pytest.raises(WrongState):
            services.undo_taking_off(listing=off, version=None, by=coordinator)


class TestOrder:
    @pytest.fixture
    def four(self, put_on_list, team, people):
        told = [
            {"question": "Is radiotherapy needed?"},
            {"question": "Which margin has the specimen?"},
            {"question": "Can the leg be kept?", "urgency": "urgent"},
            {"question": "A second operation?", "guest": "Mr Sims"},
        ]
        return [put_on_list(recorded_case(team, people), **each) for each in told]

    def order(self, meeting):
        rows = Listing.objects.filter(meeting=meeting).order_by("position")
        return [row.question for row in rows]

    def test_by_one_press(self, four, meeting, coordinator):
        seen = [row.pk for row in four]
        services.arrange_list(meeting=meeting, seen=seen, by=coordinator)
        assert self.order(meeting) == [
            "A second operation?",
            "Which margin has the specimen?",
            "Can the leg be kept?",
            "Is radiotherapy needed?",
        ]
        assert [place for place, _ in services.proposed_order(meeting)] == [1, 2, 3, 4]

    def test_what_was_looked_at_is_what_is_arranged(self, four, meeting, coordinator):
        seen = [row.pk for row in four]
        services.move_listing(listing=four[0], direction="down", by=coordinator)
        before = self.order(meeting)
        with pytest.raises(WrongState, match="changed while you were looking"):
            services.arrange_list(meeting=meeting, seen=seen, by=coordinator)
        assert self.order(meeting) == before

    def test_to_a_place(self, four, meeting, coordinator):
        services.move_listing(listing=four[3], to=1, by=coordinator)
        assert self.order(meeting)[0] == "A second operation?"
        for place in (0, 5):
            with pytest.raises(ValidationError, match="from 1 to 4"):
                services.move_listing(listing=four[3], to=place, by=coordinator)
