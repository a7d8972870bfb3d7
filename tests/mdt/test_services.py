"""Meetings, lists, attendance and decisions: the change and its event, and everything that is refused."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Attendance, Decision, Listing, Meeting
from mdt.services import ActionDetails, DecisionRefused
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case
from treatments import services as treatments

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
        ("field", "value"), [("question", "  "), ("patient_knows", ""), ("responsible", None)]
    )
    def test_needs_question_consultant_and_what_the_patient_knows(self, put_on_list, episode, field, value):
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
        change = {"question": "Another?", "responsible": surgeon, "plan": None, "by": coordinator}
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


class TestDecision:
    def test_agrees_the_plan_and_says_who_was_present(self, discussed, details, surgeon, plan, episode):
        decision = services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
        plan.refresh_from_db()
        episode.case.refresh_from_db()
        assert decision.kind == DecisionKind.DISCUSSED
        assert decision.is_quorate
        assert {someone["role"] for someone in decision.present} == {role.value for role in FIVE}
        assert decision.quorum_rule["missing"] == []
        assert decision.check_made.plan == plan
        assert plan.status == "agreed"
        assert episode.case.status == CaseStatus.PLANNED
        assert {"plan.agreed", "decision.recorded"} <= set(events())

    @pytest.mark.parametrize("absent", FIVE)
    def test_without_a_quorum_it_is_provisional_and_the_plan_stays_proposed(
        self, discussed, details, surgeon, people, plan, absent
    ):
        listing = discussed(*[role for role in FIVE if role != absent])
        with pytest.raises(ValidationError) as refused:
            services.record_decision(listing=listing, details=details(), by=surgeon)
        assert list(refused.value.message_dict) == ["to_ratify_by"]
        named = details(to_ratify_by=people[Role.ONCOLOGIST])
        decision = services.record_decision(listing=listing, details=named, by=surgeon)
        plan.refresh_from_db()
        assert decision.kind == DecisionKind.PROVISIONAL
        assert decision.to_ratify_by == people[Role.ONCOLOGIST]
        assert decision.quorum_rule["missing"] == [absent.value]
        assert plan.status == "proposed"

    def test_a_provisional_one_is_ratified_by_a_later_quorate_one(
        self, discussed, details, meeting, surgeon, people, coordinator, plan
    ):
        listing = discussed(*FIVE[:4])
        named = details(to_ratify_by=people[Role.ONCOLOGIST])
        first = services.record_decision(listing=listing, details=named, by=surgeon)
        services.record_attendance(meeting=meeting, person=people[FIVE[4]], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        second = services.record_decision(listing=listing, details=details(), by=surgeon)
        plan.refresh_from_db()
        assert (second.ratifies, second.replaces, plan.status) == (first, first, "agreed")
        assert list(Decision.objects.standing()) == [second]

    def test_someone_whom_the_plan_needs_is_not_there(self, discussed, details, surgeon, people, plan):
        people[Role.ONCOLOGIST].memberships.update(competences=["systemic_treatment"])
        with pytest.raises(DecisionRefused) as refused:
            services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
        assert [each.need for each in refused.value.obstacles] == ["radiotherapy"]
        plan.refresh_from_db()
        assert plan.status == "proposed"
        assert not Decision.objects.exists()

    def test_an_unanswered_deviation_stops_agreement_and_an_answer_lets_it_through(
        self, put_on_list, episode, meeting, people, surgeon, coordinator, open_meeting, details
    ):
        amputation = proposed_plan(
            episode, surgeon, (treatments.TreatmentContent("surgery", procedure="amputation"),)
        )
        listing = put_on_list(episode, plan=amputation)
        open_meeting()
        for role in FIVE:
            services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        with pytest.raises(DecisionRefused) as refused:
            services.record_decision(listing=listing, details=details(), by=surgeon)
        assert "SURG-2" in {each.rule for each in refused.value.obstacles}
        treatments.answer_finding(
            plan=amputation,
            rule="SURG-2",
            treatment=0,
            kind="reason",
            reason_code="anatomy",
            text="The tumour encases the vessels and nerves.",
            given_by=surgeon,
            by=surgeon,
        )
        assert services.record_decision(listing=listing, details=details(), by=surgeon).plan == amputation

    def test_facts_that_changed_after_the_answer_stop_it(self, discussed, details, surgeon, episode):
        from cases.services import facts

        listing = discussed(*FIVE)
        facts.record_performance_status(episode=episode, value=4, on=timezone.localdate(), by=surgeon)
        with pytest.raises(DecisionRefused) as refused:
            services.record_decision(listing=listing, details=details(), by=surgeon)
        assert "stale" in {each.kind for each in refused.value.obstacles}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"outcome": "cure"}, "outcome"),
            ({"outcome": ""}, "outcome"),
            ({"outcome": Outcome.NO_DECISION}, "no_decision_reason"),
            ({"tells_patient": None}, "tells_patient"),
            ({"tell_by_on": None}, "tell_by_on"),
            ({"tell_by_on": timezone.localdate() - timedelta(days=1)}, "tell_by_on"),
            ({"trial_considered": "perhaps"}, "trial_considered"),
            ({"trial_note": "x" * 301}, "trial_note"),
        ],
    )
    def test_bad_input_names_its_field(self, discussed, details, surgeon, changes, field):
        with pytest.raises(ValidationError) as refused:
            services.record_decision(listing=discussed(*FIVE), details=details(**changes), by=surgeon)
        assert field in refused.value.message_dict
        assert not Decision.objects.exists()

    def test_a_case_that_was_not_discussed_is_not_decided(self, listing, open_meeting, details, surgeon):
        open_meeting()
        with pytest.raises(ValidationError, match="Mark the case as being discussed"):
            services.record_decision(listing=listing, details=details(), by=surgeon)

    @pytest.mark.parametrize(
        ("outcome", "status", "reason"),
        [
            (Outcome.BENIGN, CaseStatus.CLOSED, "not_sarcoma"),
            (Outcome.OTHER_CANCER, CaseStatus.CLOSED, "other_cancer"),
            (Outcome.SURVEILLANCE, CaseStatus.FOLLOW_UP, ""),
            (Outcome.MORE_IMAGING, CaseStatus.DISCUSSED, ""),
        ],
    )
    def test_the_outcome_takes_the_case_on(
        self, discussed, details, surgeon, episode, outcome, status, reason
    ):
        services.record_decision(listing=discussed(*FIVE), details=details(outcome=outcome), by=surgeon)
        episode.case.refresh_from_db()
        assert (episode.case.status, episode.case.closed_reason) == (status, reason)

    def test_two_people_deciding_the_second_is_refused(self, discussed, details, surgeon, people):
        listing = discussed(*FIVE)
        version = listing.version
        services.record_decision(listing=listing, version=version, details=details(), by=surgeon)
        with pytest.raises(StaleVersion):
            services.record_decision(
                listing=listing, version=version, details=details(), by=people[Role.ONCOLOGIST]
            )
        assert Decision.objects.count() == 1

    def test_it_cannot_be_changed_even_by_raw_sql(self, discussed, details, surgeon):
        services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
        for statement in ("UPDATE mdt_decision SET outcome = 'trial'", "DELETE FROM mdt_decision"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_without_its_event_nothing_is_saved(self, discussed, details, surgeon, plan, monkeypatch):
        listing = discussed(*FIVE)
        monkeypatch.setattr("audit.services.Event.objects.create", _fail)
        with pytest.raises(DatabaseError), transaction.atomic():
            services.record_decision(listing=listing, details=details(), by=surgeon)
        plan.refresh_from_db()
        assert plan.status == "proposed"
        assert not Decision.objects.exists()

    @pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR])
    def test_who_may_decide(self, discussed, details, people, role):
        listing = discussed(*FIVE)
        if Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]:
            assert services.record_decision(listing=listing, details=details(), by=people[role])
        else:
            with pytest.raises(PermissionDenied):
                services.record_decision(listing=listing, details=details(), by=people[role])

    def test_dissent_and_actions_are_kept(self, discussed, details, surgeon, people):
        action = ActionDetails("Fertility appointment", people[Role.NURSE_SPECIALIST], timezone.localdate())
        decision = services.record_decision(
            listing=discussed(*FIVE), details=details(actions=(action,)), by=surgeon
        )
        oncologist = people[Role.ONCOLOGIST]
        services.record_dissent(
            decision=decision, person=oncologist, reason="Chemotherapy first", by=oncologist
        )
        done = services.complete_action(action=decision.actions.get(), by=people[Role.NURSE_SPECIALIST])
        assert done.done_by == people[Role.NURSE_SPECIALIST]
        assert decision.dissents.get().person == oncologist
        with pytest.raises(WrongState):
            services.complete_action(action=done, by=surgeon)
