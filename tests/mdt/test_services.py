"""Meetings, lists, attendance and decisions: the change and its event, and everything that is refused."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import cases, patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Attendance, Listing, Meeting
from mdt.outcomes import outcomes_of
from mdt.services.signing import standing_ids
from mdt.workflow import ListingStatus, MeetingStatus
from tests import factories
from tests.mdt.conftest import recorded_case

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def events():
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


class TestMeetings:
    @time_machine.travel(datetime(2026, 11, 21, 10, tzinfo=LONDON))
    def test_the_next_is_made_on_the_teams_day(self, team, coordinator):
        meeting = services.next_meeting(team=team, by=coordinator)
        assert timezone.localtime(meeting.starts_at) == datetime(2026, 11, 25, 8, 30, tzinfo=LONDON)
        assert services.next_meeting(team=team, by=coordinator) == meeting
        assert "meeting.planned" in events()

    def test_none_is_left_behind_where_the_case_is_not_listed(self, episode, surgeon, coordinator):
        told = {"question": "", "responsible": surgeon, "patient_knows": "", "urgency": "routine"}
        with pytest.raises(ValidationError):
            services.list_for_next(episode=episode, by=coordinator, **told)
        assert not Meeting.objects.exists()

    @time_machine.travel(datetime(2026, 12, 23, 10, tzinfo=LONDON))
    def test_bank_holidays_have_none(self, coordinator, team):
        team.meeting_weekday = 4
        team.save()
        meeting = services.next_meeting(team=team, by=coordinator)
        assert timezone.localtime(meeting.starts_at).date().isoformat() == "2027-01-08"

    def test_not_in_the_past_and_not_twice(self, team, coordinator, meeting):
        for starts_at, words in [
            (timezone.now() - timedelta(days=1), "past"),
            (meeting.starts_at, "already"),
        ]:
            with pytest.raises(ValidationError, match=words) as refused:
                services.plan_meeting(team=team, starts_at=starts_at, by=coordinator)
            assert list(refused.value.message_dict) == ["starts_at"]

    def test_a_stale_move_is_refused(self, meeting, coordinator, open_meeting):
        version = meeting.version
        open_meeting()
        with pytest.raises(StaleVersion):
            services.move_meeting(
                meeting=meeting, version=version, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
            )

    def test_it_is_not_finished_while_a_case_has_no_outcome(
        self, meeting, listing, coordinator, open_meeting
    ):
        meeting = open_meeting()
        meeting = services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        with pytest.raises(ValidationError, match="1 case has no outcome"):
            services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.FINISHED, by=coordinator)

    def test_cancelling_puts_every_case_off(self, meeting, listing, episode, coordinator):
        services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.CANCELLED, by=coordinator)
        listing.refresh_from_db()
        episode.case.refresh_from_db()
        assert (listing.status, episode.case.status) == (ListingStatus.POSTPONED, CaseStatus.READY)
        assert listing.status_reason == "The meeting was cancelled."
        assert "listing.withdrawn" in events()

    def test_ending_the_session_lets_everybody_leave(self, discussed, meeting, coordinator):
        listing = discussed(*FIVE)
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        listing.refresh_from_db()
        assert not meeting.attendances.filter(left_at__isnull=True).exists()
        assert not listing.discussions.filter(ended_at__isnull=True).exists()
        assert listing.status == ListingStatus.DISCUSSED

    @pytest.mark.parametrize("role", [Role.NURSE_SPECIALIST, Role.PATHOLOGIST, Role.MANAGER, Role.OBSERVER])
    def test_who_may_not_run_it(self, team, meeting, role):
        with pytest.raises(PermissionDenied):
            services.move_meeting(
                meeting=meeting, version=None, to=MeetingStatus.IN_SESSION, by=factories.member(role, team)
            )

    def test_a_member_chairs_it(self, meeting, surgeon, coordinator):
        assert (
            services.set_chair(meeting=meeting, version=None, chair=surgeon, by=coordinator).chair == surgeon
        )
        with pytest.raises(ValidationError, match="not a member"):
            services.set_chair(meeting=meeting, version=None, chair=factories.user(), by=coordinator)

    def test_without_its_event_nothing_is_saved(self, team, coordinator, monkeypatch):
        monkeypatch.setattr("audit.services.Event.objects.create", _fail)
        with pytest.raises(DatabaseError), transaction.atomic():
            services.next_meeting(team=team, by=coordinator)
        assert not Meeting.objects.exists()


def _fail(**_):
    raise DatabaseError("the audit could not be written")


class TestListing:
    def test_puts_the_case_on_the_list_with_its_event(self, listing, episode):
        episode.case.refresh_from_db()
        assert (listing.position, listing.status) == (1, ListingStatus.LISTED)
        assert episode.case.status == CaseStatus.LISTED
        assert episode.case.patient_knows == "That it is a sarcoma."
        assert "case.listed" in events()
        assert episode.case.events.filter(type="listed").exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("question", "  "), ("patient_knows", ""), ("responsible", None), ("urgency", "")],
    )
    def test_needs_question_consultant_what_the_patient_knows_and_urgency(
        self, put_on_list, episode, field, value
    ):
        with pytest.raises(ValidationError) as refused:
            put_on_list(episode, **{field: value})
        assert list(refused.value.message_dict) == [field]

    def test_an_episode_is_listed_once_a_meeting(self, put_on_list, listing, episode):
        with pytest.raises(ValidationError, match="on this meeting's list already"):
            put_on_list(episode)

    def test_one_that_was_taken_off_comes_back(self, put_on_list, listing, episode, coordinator):
        services.withdraw_listing(listing=listing, version=None, reason="Seen elsewhere", by=coordinator)
        assert put_on_list(episode).pk == listing.pk

    def test_not_for_the_dead(self, put_on_list, episode, surgeon):
        patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
        with pytest.raises((ValidationError, WrongState)):
            put_on_list(episode)
        assert not Listing.objects.exists()

    def test_not_once_the_list_is_closed(self, put_on_list, episode, open_meeting):
        open_meeting()
        with pytest.raises(WrongState):
            put_on_list(episode)

    def test_not_on_another_teams_meeting(self, put_on_list, episode, people):
        away = factories.meeting(factories.team())
        with pytest.raises((ValidationError, PermissionDenied)):
            put_on_list(episode, meeting=away)

    def test_not_before_its_referral(self, put_on_list, episode):
        episode.case.referrals.create(
            patient=episode.case.patient,
            team=episode.case.team,
            organisation=factories.organisation(),
            referrer_name="Dr Late",
            received_on=timezone.localdate() + timedelta(days=30),
            reason="A lump",
        )
        with pytest.raises(ValidationError, match="before the referral"):
            put_on_list(episode)

    def test_up_and_down_change_places(self, team, people, put_on_list, coordinator):
        first, second = (put_on_list(recorded_case(team, people)) for _ in range(2))
        services.move_listing(listing=second, direction="up", by=coordinator)
        places = list(Listing.objects.order_by("position").values_list("pk", flat=True))
        assert places == [second.pk, first.pk]

    def test_a_stale_edit_is_refused(self, listing, coordinator, surgeon):
        change = {"question": "Another?", "responsible": surgeon, "urgency": "routine", "plan": None}
        change["by"] = coordinator
        services.change_listing(listing=listing, version=listing.version, **change)
        with pytest.raises(StaleVersion):
            services.change_listing(listing=listing, version=listing.version, **change)

    @pytest.mark.parametrize("role", list(Role))
    def test_who_may_list(self, team, episode, meeting, put_on_list, role):
        organisation = {"organisation": team.organisation}
        in_team = role not in (
            Role.REFERRER,
            Role.HOSPITAL_SYSTEM,
            Role.INTEGRATION_ENGINEER,
            Role.ADMINISTRATOR,
        )
        by = factories.member(role, team if in_team else None, **organisation)
        if Permission.LIST_CASES in ROLE_PERMISSIONS[role]:
            assert put_on_list(episode, by=by)
        else:
            with pytest.raises(PermissionDenied):
                put_on_list(episode, by=by)

    def test_taken_off_it_waits_for_another_list_unless_it_is_on_one(
        self, listing, episode, team, coordinator
    ):
        to = factories.meeting(team, days=11)
        services.postpone_listing(listing=listing, version=None, reason="radiology", to=to, by=coordinator)
        later = Listing.objects.get(meeting=to)
        episode.case.refresh_from_db()
        assert episode.case.status == CaseStatus.LISTED
        services.withdraw_listing(listing=later, version=None, reason="Seen elsewhere", by=coordinator)
        episode.case.refresh_from_db()
        assert episode.case.status == CaseStatus.READY

    def test_a_closed_case_comes_off_and_stays_closed(self, listing, episode, surgeon, coordinator):
        cases.close_case(case=episode.case, reason="transferred", by=surgeon)
        services.withdraw_listing(listing=listing, version=None, reason="Transferred", by=coordinator)
        episode.case.refresh_from_db()
        assert episode.case.status == CaseStatus.CLOSED

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
    def test_taken_off_with_a_reason(self, listing, coordinator, reason):
        with pytest.raises(ValidationError) as refused:
            services.withdraw_listing(listing=listing, version=None, reason=reason, by=coordinator)
        assert list(refused.value.message_dict) == ["reason"]

    @pytest.mark.parametrize("reason", ["", "No scan yet"])
    def test_put_off_with_a_coded_reason(self, listing, coordinator, reason):
        with pytest.raises(ValidationError) as refused:
            services.postpone_listing(listing=listing, version=None, reason=reason, by=coordinator)
        assert list(refused.value.message_dict) == ["reason"]

    def test_not_where_a_decision_stands(self, discussed, details, surgeon, coordinator, meeting):
        listing = discussed(*FIVE)
        decision = services.record_decision(listing=listing, details=details(), by=surgeon)
        services.start_discussion(listing=listing, by=coordinator)
        with pytest.raises(WrongState, match="A decision stands on this case"):
            services.postpone_listing(listing=listing, version=None, reason="histology", by=coordinator)
        services.end_discussion(listing=listing, by=coordinator)
        assert outcomes_of(meeting).decisions == [decision.pk]
        assert standing_ids(meeting) == {decision.pk}

    def test_not_a_closed_case(self, put_on_list, episode, surgeon):
        cases.close_case(case=episode.case, reason="transferred", by=surgeon)
        with pytest.raises(WrongState):
            put_on_list(episode)


class TestAttendance:
    def test_only_once_the_meeting_is_open(self, meeting, surgeon, coordinator):
        with pytest.raises(WrongState):
            services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)

    def test_takes_role_and_competences_of_the_membership(self, meeting, people, coordinator, open_meeting):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=people[Role.ONCOLOGIST], by=coordinator)
        assert row.role == Role.ONCOLOGIST
        assert set(row.competences) == {"systemic_treatment", "radiotherapy"}
        assert events()[-1] == "attendance.recorded"

    def test_nobody_is_there_twice_at_once(self, meeting, surgeon, coordinator, open_meeting):
        open_meeting()
        services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)
        with pytest.raises(ValidationError, match="already"):
            services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)

    def test_times_are_possible(self, meeting, surgeon, coordinator, open_meeting):
        open_meeting()
        soon, before = timezone.now() + timedelta(minutes=5), timezone.now() - timedelta(hours=1)
        with pytest.raises(ValidationError, match="arrival is in the future"):
            services.record_attendance(meeting=meeting, person=surgeon, at=soon, by=coordinator)
        row = services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)
        for at, words in [(soon, "leaving is in the future"), (before, "before they arrived")]:
            with pytest.raises(ValidationError, match=words):
                services.record_leaving(attendance=row, at=at, by=coordinator)
        services.record_leaving(attendance=row, by=coordinator)
        with pytest.raises(WrongState, match="left already"):
            services.record_leaving(attendance=row, by=coordinator)

    def test_strangers_do_not_attend(self, meeting, coordinator, open_meeting):
        open_meeting()
        with pytest.raises(ValidationError, match="does not hold that role"):
            services.record_attendance(meeting=meeting, person=factories.user(), by=coordinator)

    def test_a_deputy_holds_the_role_that_they_deputise_for(
        self, meeting, people, team, coordinator, open_meeting
    ):
        open_meeting()
        deputy = factories.member(Role.SURGEON, team)
        surgeon, nurse = people[Role.SURGEON], people[Role.NURSE_SPECIALIST]
        with pytest.raises(ValidationError, match="deputises"):
            services.record_attendance(meeting=meeting, person=deputy, deputises_for=nurse, by=coordinator)
        row = services.record_attendance(
            meeting=meeting, person=deputy, deputises_for=surgeon, by=coordinator
        )
        assert row.deputises_for == surgeon


class TestPresence:
    """Who was there while the case was marked as being discussed, whenever the decision is saved."""

    def test_those_who_left_before_do_not_count_and_those_who_left_later_do(
        self, listing, meeting, people, coordinator, open_meeting
    ):
        open_meeting()
        rows = {
            role: services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
            for role in FIVE
        }
        services.record_leaving(attendance=rows[Role.RADIOLOGIST], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        services.end_discussion(listing=listing, by=coordinator)
        services.record_leaving(attendance=rows[Role.PATHOLOGIST], by=coordinator)
        _apart(rows[Role.RADIOLOGIST], listing)
        roles = {someone.role for someone in services.presence_of(listing)}
        assert roles == {role.value for role in FIVE if role != Role.RADIOLOGIST}

    def test_the_recused_do_not_count(self, discussed, people, coordinator):
        listing = discussed(*FIVE)
        services.recuse(
            listing=listing, person=people[Role.SURGEON], interest="Treats a relative", by=coordinator
        )
        presence = services.presence_of(listing)
        assert "surgeon" not in {someone.role for someone in presence}
        assert not services.quorum_for(listing, presence).is_quorate

    def test_the_palliative_care_doctor_counts_where_it_has_spread(self, team, people, put_on_list):
        local = put_on_list(recorded_case(team, people))
        spread = put_on_list(recorded_case(team, people, metastasis_status="M1", metastatic_sites=["lung"]))
        assert not services.quorum_for(local, ()).palliative_needed
        assert services.quorum_for(spread, ()).palliative_needed


def _apart(attendance: Attendance, listing: Listing) -> None:
    """Everything above happens within one transaction's clock: move the leaving before the discussion."""
    started = listing.discussions.get().started_at
    Attendance.objects.filter(pk=attendance.pk).update(
        arrived_at=started - timedelta(minutes=9), left_at=started - timedelta(minutes=1)
    )
