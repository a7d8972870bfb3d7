"""What keeps a list right when a case comes back, dies, is closed, or stands on another list."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import Case
from cases.services import cases, patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Listing, Meeting
from mdt.proposing import proposals
from mdt.workflow import ListingStatus, MeetingStatus, Track
from mdt.workflow import ProposalReason as R
from tests import factories

pytestmark = pytest.mark.django_db
L = ListingStatus


def off(listing, by, to=None):
    return services.postpone_listing(listing=listing, version=None, reason="capacity", to=to, by=by)


@pytest.fixture
def later(team):
    return factories.meeting(team, days=11)


@pytest.fixture
def marked(listing, surgeon, people):
    """Confirmed as a standard of care, and prepared."""
    Listing.objects.filter(pk=listing.pk).update(
        track=Track.STANDARD_OF_CARE, standard_confirmed_by=surgeon, standard_confirmed_at=timezone.now()
    )
    by = people[Role.RADIOLOGIST]
    services.prepare_case(listing=listing, role=Role.RADIOLOGIST, note="Seen", by=by)
    listing.refresh_from_db()
    return listing


class TestACaseThatComesBack:
    def is_fresh(self, row):
        marks = (row.standard_id, row.standard_confirmed_by, row.standard_confirmed_at)
        back = (row.pulled_back_by, row.pulled_back_at, row.pulled_back_reason)
        none = marks == (None, None, None) and back == (None, None, "")
        return row.track == Track.DISCUSS and none and not row.preparations.exists()

    def test_on_the_next_list_it_is_discussed(self, marked, later, coordinator):
        off(marked, coordinator, later)
        assert self.is_fresh(Listing.objects.get(meeting=later))

    def test_also_in_a_row_that_was_there_before(self, marked, meeting, later, coordinator):
        row = off(marked, coordinator, later)
        there = Listing.objects.get(meeting=later)
        services.withdraw_listing(listing=there, version=None, reason="No", by=coordinator)
        Listing.objects.filter(pk=there.pk).update(
            track=Track.STANDARD_OF_CARE,
            standard_confirmed_by=coordinator,
            pulled_back_by=coordinator,
            pulled_back_reason="Too young",
        )
        row = services.undo_taking_off(listing=row, version=None, by=coordinator)
        off(row, coordinator, later)
        there.refresh_from_db()
        assert there.status == L.LISTED
        assert self.is_fresh(there)

    def test_and_listed_anew_on_the_same_list(self, marked, put_on_list, episode, coordinator):
        services.withdraw_listing(listing=marked, version=None, reason="No", by=coordinator)
        assert self.is_fresh(put_on_list(episode))
        assert Event.objects.filter(type="case.prepared", data__done=False, by=coordinator).exists()


class TestTheDeadAndTheClosed:
    def test_are_not_put_on_the_next_list(self, listing, later, episode, surgeon, coordinator):
        patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
        with pytest.raises(WrongState, match="has died"):
            off(listing, coordinator, later)
        assert not Listing.objects.filter(meeting=later).exists()

    def test_nor_is_a_closed_case(self, listing, later, episode, surgeon, coordinator):
        cases.close_case(case=episode.case, reason="transferred", by=surgeon)
        with pytest.raises(WrongState, match="closed"):
            off(listing, coordinator, later)

    @pytest.mark.parametrize("end", ["death", "closing"])
    def test_leave_every_list_that_is_not_open_yet(self, listing, episode, surgeon, put_on_list, end):
        event = self.end(episode, surgeon, end)
        leave = {"death": services.leave_lists_for_death, "closing": services.leave_lists_when_closed}[end]
        leave(event=event)
        listing.refresh_from_db()
        said = {"death": "The patient has died.", "closing": "The case was closed."}[end]
        assert (listing.status, listing.status_reason) == (L.WITHDRAWN, said)
        assert Case.objects.get(pk=episode.case_id).status == (
            CaseStatus.READY if end == "death" else CaseStatus.CLOSED
        )
        leave(event=event)
        version = listing.version
        listing.refresh_from_db()
        assert listing.version == version
        assert Event.objects.filter(type="listing.withdrawn", target_id=listing.pk).count() == 1

    @pytest.mark.parametrize("end", ["death", "closing"])
    def test_an_open_meeting_deals_with_its_own_list(self, listing, episode, surgeon, open_meeting, end):
        open_meeting()
        event = self.end(episode, surgeon, end)
        services.leave_lists_for_death(event=event)
        services.leave_lists_when_closed(event=event)
        listing.refresh_from_db()
        assert listing.status == L.LISTED

    def test_a_case_opened_again_meanwhile_stays(self, listing, episode, surgeon):
        event = self.end(episode, surgeon, "closing")
        Case.objects.filter(pk=episode.case_id).update(status=CaseStatus.LISTED, closed_reason="")
        services.leave_lists_when_closed(event=event)
        listing.refresh_from_db()
        assert listing.status == L.LISTED

    def end(self, episode, by, end):
        if end == "death":
            patients.record_death(patient=episode.case.patient, died_on=None, by=by)
            return Event.objects.get(type="patient.died")
        cases.close_case(case=episode.case, reason="transferred", by=by)
        return Event.objects.get(type="case.closed")

    def test_the_outbox_calls_both(self, settings):
        consumers = settings.OUTBOX_CONSUMERS
        assert "mdt.services.leave_lists_for_death" in consumers["patient.died"]
        assert "mdt.services.leave_lists_when_closed" in consumers["case.closed"]


class TestWhatWaitsForTheChair:
    @pytest.fixture
    def waiting(self, meeting, put_on_list, episode, surgeon):
        meeting.chair, meeting.cut_off_at = surgeon, timezone.now() - timedelta(minutes=1)
        meeting.save()
        return put_on_list(episode, late_reason="The biopsy came today.")

    @pytest.mark.parametrize("to_next", [True, False])
    def test_is_not_put_off_past_the_chair(self, waiting, later, coordinator, to_next):
        with pytest.raises(WrongState, match="waits for the chair"):
            off(waiting, coordinator, later if to_next else None)
        assert not Listing.objects.filter(meeting=later).exists()
        services.withdraw_listing(listing=waiting, version=None, reason="No", by=coordinator)

    def test_is_not_approved_by_whoever_asked_and_became_chair(self, waiting, meeting, coordinator, surgeon):
        services.set_chair(meeting=meeting, version=None, chair=coordinator, by=coordinator)
        with pytest.raises(PermissionDenied, match="before you were named"):
            services.approve_listing(listing=waiting, version=None, by=coordinator)
        services.set_chair(meeting=meeting, version=None, chair=surgeon, by=coordinator)
        assert services.approve_listing(listing=waiting, version=None, by=surgeon).status == L.LISTED


@pytest.mark.parametrize("status", [MeetingStatus.FINISHED, MeetingStatus.CANCELLED])
def test_the_chair_of_a_meeting_that_is_over_stays(meeting, coordinator, surgeon, status):
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    with pytest.raises(WrongState, match="chair stays"):
        services.set_chair(meeting=meeting, version=None, chair=surgeon, by=coordinator)


class TestWhatThePatientKnows:
    def knows(self, episode, text):
        Case.objects.filter(pk=episode.case_id).update(patient_knows=text)

    @pytest.mark.parametrize(
        ("seen", "now", "typed", "stands"),
        [
            ("A lump", "A lump", "A lump", "A lump"),
            ("A lump", "A lump", "A sarcoma", "A sarcoma"),
            ("A lump", "Told by the nurse", "A lump", "Told by the nurse"),
            ("A lump", "A sarcoma", "A sarcoma", "A sarcoma"),
            ("A lump\nand more", "Told by the nurse", "A lump\r\nand more", "Told by the nurse"),
            ("From the referral", "", "From the referral", "From the referral"),
            ("", "Told by the nurse", "", "Told by the nurse"),
            (None, "Told by the nurse", "A lump", "A lump"),
        ],
    )
    def test_is_written_only_where_the_page_was_changed(self, put_on_list, episode, seen, now, typed, stands):
        self.knows(episode, now)
        put_on_list(episode, patient_knows=typed, knows_seen=seen)
        assert Case.objects.get(pk=episode.case_id).patient_knows == stands

    @pytest.mark.parametrize("seen", ["A lump", ""])
    def test_two_changes_are_not_merged(self, put_on_list, episode, seen):
        self.knows(episode, "Told by the nurse")
        with pytest.raises(StaleVersion):
            put_on_list(episode, patient_knows="A sarcoma", knows_seen=seen)
        assert not Listing.objects.exists()
        assert Case.objects.get(pk=episode.case_id).patient_knows == "Told by the nurse"


class TestAnotherList:
    def test_one_case_stands_on_one_list_to_come(self, listing, later, put_on_list, episode):
        with pytest.raises(ValidationError, match="Put it off there first") as refused:
            put_on_list(episode, meeting=later)
        assert list(refused.value.message_dict) == ["meeting"]

    def test_a_list_that_was_never_opened_keeps_no_case_back(
        self, listing, meeting, later, put_on_list, episode
    ):
        Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(days=3))
        (proposal,) = proposals(later)
        assert [why.reason for why in proposal.reasons] == [R.POSTPONED]
        assert put_on_list(episode, meeting=later).status == L.LISTED
        assert proposals(later) == []

    def test_undoing_takes_the_meeting_first(self, listing, coordinator):
        row = services.withdraw_listing(listing=listing, version=None, reason="No", by=coordinator)
        with CaptureQueriesContext(connection) as asked:
            services.undo_taking_off(listing=row, version=None, by=coordinator)
        locks = [each["sql"] for each in asked if "FOR UPDATE" in each["sql"]]
        assert 'FROM "mdt_meeting"' in locks[0]
