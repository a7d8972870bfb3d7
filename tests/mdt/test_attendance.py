"""Intervals of attendance: who may record them, how they are corrected, and what a decision keeps of them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from mdt import services
from mdt.models import Attendance, Decision, Recusal
from mdt.workflow import MeetingStatus, Outcome
from tests import factories
from tests.mdt.test_at_once import at_once

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def session(meeting, open_meeting):
    """In session for twenty minutes."""
    open_meeting()
    meeting.refresh_from_db()
    meeting.opened_at = timezone.now() - 20 * MINUTE
    meeting.save()
    return meeting


@pytest.fixture
def came(session, surgeon, coordinator):
    """The surgeon, ten minutes ago."""
    return services.record_attendance(
        meeting=session, person=surgeon, at=timezone.now() - 10 * MINUTE, by=coordinator
    )


def correct(row, by, arrived_at=None, left_at=None):
    return services.correct_attendance(
        attendance=row,
        seen_arrived_at=row.arrived_at,
        seen_left_at=row.left_at,
        arrived_at=arrived_at or row.arrived_at,
        left_at=left_at,
        by=by,
    )


class TestIntervals:
    def test_nobody_comes_back_before_they_left(self, came, session, surgeon, coordinator):
        services.record_leaving(attendance=came, at=timezone.now() - 4 * MINUTE, by=coordinator)
        with pytest.raises(ValidationError, match="recorded as present from"):
            services.record_attendance(
                meeting=session, person=surgeon, at=timezone.now() - 6 * MINUTE, by=coordinator
            )
        again = services.record_attendance(
            meeting=session, person=surgeon, at=timezone.now() - 3 * MINUTE, by=coordinator
        )
        assert again.left_at is None

    def test_a_correction_does_not_reach_into_the_next_interval(self, came, session, surgeon, coordinator):
        services.record_leaving(attendance=came, at=timezone.now() - 6 * MINUTE, by=coordinator)
        services.record_attendance(
            meeting=session, person=surgeon, at=timezone.now() - 3 * MINUTE, by=coordinator
        )
        came.refresh_from_db()
        for left_at in (None, timezone.now() - 2 * MINUTE):
            with pytest.raises(ValidationError, match="which this time falls into"):
                correct(came, coordinator, left_at=left_at)
        assert correct(came, coordinator, left_at=timezone.now() - 4 * MINUTE)

    def test_still_here_cannot_be_said_once_the_session_has_ended(self, came, session, coordinator):
        services.move_meeting(
            meeting=session, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        came.refresh_from_db()
        with pytest.raises(ValidationError, match="The session has ended"):
            correct(came, coordinator, left_at=None)
        assert correct(came, coordinator, left_at=timezone.now() - 5 * MINUTE)

    def test_a_finished_meeting_keeps_what_was_recorded(self, came, session, coordinator):
        session.refresh_from_db()
        session.status = MeetingStatus.FINISHED
        session.save()
        with pytest.raises(WrongState, match="stays as it was recorded"):
            correct(came, coordinator, arrived_at=came.arrived_at - MINUTE)
        with pytest.raises(WrongState, match="stays as it was recorded"):
            services.remove_attendance(attendance=came, by=coordinator)

    def test_a_change_of_mode_keeps_role_competences_and_whom_they_stand_for(
        self, session, team, people, coordinator
    ):
        deputy = factories.member(Role.ONCOLOGIST, team)
        row = services.record_attendance(
            meeting=session, person=deputy, deputises_for=people[Role.ONCOLOGIST], by=coordinator
        )
        again = services.change_mode(attendance=row, mode="remote", by=deputy)
        row.refresh_from_db()
        assert row.left_at == again.arrived_at
        for name in ("role", "competences", "deputises_for", "person"):
            assert getattr(again, name) == getattr(row, name)
        with pytest.raises(WrongState, match="remote already"):
            services.change_mode(attendance=again, mode="remote", by=deputy)
        with pytest.raises(WrongState, match="left already"):
            services.change_mode(attendance=row, mode="remote", by=deputy)

    def test_a_correction_is_refused_on_a_time_that_is_not_there_any_more(self, came, coordinator):
        seen = Attendance.objects.get(pk=came.pk)
        correct(came, coordinator, arrived_at=came.arrived_at - MINUTE)
        with pytest.raises(StaleVersion):
            correct(seen, coordinator, left_at=timezone.now())


class TestADeputy:
    @pytest.fixture
    def deputy(self, session, team, people, coordinator):
        return services.record_attendance(
            meeting=session,
            person=factories.member(Role.SURGEON, team),
            deputises_for=people[Role.SURGEON],
            at=timezone.now() - 10 * MINUTE,
            by=coordinator,
        )

    def test_stands_for_nobody_from_the_moment_the_absent_one_comes(self, deputy, session, surgeon):
        came = services.record_attendance(meeting=session, person=surgeon, by=surgeon)
        first, then = session.attendances.filter(person=deputy.person).order_by("arrived_at")
        assert (first.deputises_for, first.left_at) == (surgeon, came.arrived_at)
        assert (then.deputises_for, then.arrived_at, then.left_at) == (None, came.arrived_at, None)
        assert (then.role, then.competences, then.mode) == (first.role, first.competences, first.mode)

    def test_nor_after_the_arrival_is_corrected(self, deputy, session, surgeon, coordinator):
        came = services.record_attendance(meeting=session, person=surgeon, by=surgeon)
        correct(came, coordinator, arrived_at=deputy.arrived_at + MINUTE)
        rows = session.attendances.filter(person=deputy.person).order_by("arrived_at")
        assert [row.deputises_for for row in rows] == [surgeon, None, None]
        assert rows[0].left_at == deputy.arrived_at + MINUTE

    def test_one_who_came_after_them_stood_for_nobody(self, deputy, session, surgeon, coordinator):
        services.record_attendance(
            meeting=session, person=surgeon, at=deputy.arrived_at - MINUTE, by=coordinator
        )
        (row,) = session.attendances.filter(person=deputy.person)
        assert (row.deputises_for, row.left_at) == (None, None)


class TestWhatIsKept:
    def test_a_correction_says_what_was_and_what_is_in_codes(self, came, surgeon, coordinator):
        was = came.arrived_at
        row = correct(came, coordinator, arrived_at=was - MINUTE)
        event = Event.objects.get(type="attendance.corrected")
        assert event.by == coordinator
        assert event.data == {
            "person": surgeon.pk,
            "was": [was.isoformat(), None],
            "is": [row.arrived_at.isoformat(), None],
        }

    def test_nothing_is_noted_where_nothing_changed(self, came, coordinator):
        correct(came, coordinator)
        assert not Event.objects.filter(type="attendance.corrected").exists()

    def test_what_was_removed_stays_in_its_history(self, came, coordinator):
        pk = came.pk
        services.remove_attendance(attendance=came, by=coordinator)
        event = Event.objects.get(type="attendance.corrected")
        assert (event.target_type, event.target_id) == ("mdt.meeting", came.meeting_id)
        assert (event.data["person"], event.data["removed"]) == (came.person_id, True)
        labels = Attendance.history.rel.related_model.objects.filter(pgh_obj_id=pk)
        assert [each.pgh_label for each in labels.order_by("pgh_id")] == ["insert", "delete"]
        with pytest.raises(WrongState, match="removed meanwhile"):
            services.remove_attendance(attendance=came, by=coordinator)

    @pytest.mark.parametrize("change", ["corrected", "removed"])
    def test_a_decision_keeps_who_was_there_as_it_was_then(
        self, discussed, details, people, coordinator, surgeon, change
    ):
        listing = discussed(*FIVE)
        decision = services.record_decision(
            listing=listing, details=details(outcome=Outcome.MORE_IMAGING), by=surgeon
        )
        row = Attendance.objects.get(person=people[Role.RADIOLOGIST])
        if change == "removed":
            services.remove_attendance(attendance=row, by=coordinator)
        else:
            early = row.arrived_at - 9 * MINUTE
            correct(row, coordinator, arrived_at=early, left_at=early + MINUTE)
        kept = Decision.objects.get()
        assert (kept.present, kept.is_quorate) == (decision.present, True)
        assert people[Role.RADIOLOGIST].pk in {each["person"] for each in kept.present}
        assert not services.hearing_of(listing).quorum.is_quorate


class TestOneself:
    def test_only_themselves(self, session, people, surgeon):
        nurse = people[Role.NURSE_SPECIALIST]
        row = services.record_attendance(meeting=session, person=nurse, by=nurse)
        with pytest.raises(PermissionDenied):
            services.record_attendance(meeting=session, person=surgeon, by=nurse)
        with pytest.raises(PermissionDenied):
            services.record_leaving(attendance=row, by=people[Role.RADIOLOGIST])
        with pytest.raises(PermissionDenied):
            correct(row, nurse, left_at=timezone.now())

    def test_not_from_another_team(self, session):
        stranger = factories.member(Role.SURGEON, factories.team())
        with pytest.raises(PermissionDenied):
            services.record_attendance(meeting=session, person=stranger, by=stranger)

    def test_without_the_role_of_a_member_only_as_a_guest(self, session, coordinator):
        stranger = factories.member(Role.SURGEON, factories.team())
        for role in ("", Role.SURGEON, Role.MANAGER):
            with pytest.raises(ValidationError, match="does not hold that role"):
                services.record_attendance(meeting=session, person=stranger, role=role, by=coordinator)
        row = services.record_attendance(meeting=session, person=stranger, role=Role.OBSERVER, by=coordinator)
        assert (row.role, row.competences) == (Role.OBSERVER, [])


class TestSteppedAside:
    @pytest.fixture
    def aside(self, discussed, people, coordinator):
        listing = discussed(*SIX_ROLES)
        services.recuse(
            listing=listing, person=people[Role.ONCOLOGIST], interest="A cousin", by=people[Role.ONCOLOGIST]
        )
        return listing

    def test_they_record_no_decision(self, aside, details, people):
        with pytest.raises(ValidationError, match="somebody else decides it"):
            services.record_decision(
                listing=aside, details=details(outcome=Outcome.TRIAL), by=people[Role.ONCOLOGIST]
            )
        assert not Decision.objects.exists()

    def test_they_are_not_named_to_ratify_even_where_nobody_else_could(self, aside, details, people, surgeon):
        with pytest.raises(ValidationError) as refused:
            services.record_decision(
                listing=aside,
                details=details(
                    to_ratify_by=people[Role.ONCOLOGIST],
                    ratify_by_on=timezone.localdate() + 2 * 1440 * MINUTE,
                ),
                by=surgeon,
            )
        assert "has stepped aside from this case" in " ".join(refused.value.message_dict["to_ratify_by"])

    def test_who_steps_aside_after_being_named_ratifies_nothing(self, discussed, details, people, surgeon):
        radiologist = people[Role.RADIOLOGIST]
        listing = discussed(*FIVE[:4])
        first = services.record_decision(
            listing=listing,
            details=details(to_ratify_by=radiologist, ratify_by_on=timezone.localdate() + 2 * 1440 * MINUTE),
            by=surgeon,
        )
        services.recuse(listing=listing, person=radiologist, interest="A cousin", by=radiologist)
        with pytest.raises(ValidationError, match="stepped aside"):
            services.ratify_decision(decision=first, by=radiologist)

    def test_neither_do_they_write_down_another_ones_word(self, discussed, details, people, surgeon):
        nurse = people[Role.NURSE_SPECIALIST]
        listing = discussed(*[role for role in FIVE if role != Role.NURSE_SPECIALIST])
        first = services.record_decision(
            listing=listing,
            details=details(to_ratify_by=nurse, ratify_by_on=timezone.localdate() + 2 * 1440 * MINUTE),
            by=surgeon,
        )
        services.recuse(listing=listing, person=surgeon, interest="A cousin", by=surgeon)
        with pytest.raises(ValidationError, match="stepped aside"):
            services.ratify_decision(decision=first, by=surgeon)

    def test_a_deputys_seat_is_empty_too(self, listing, session, team, people, coordinator):
        deputy = factories.member(Role.SURGEON, team)
        services.record_attendance(
            meeting=session, person=deputy, deputises_for=people[Role.SURGEON], by=coordinator
        )
        for role in FIVE[1:]:
            services.record_attendance(meeting=session, person=people[role], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        assert services.hearing_of(listing).quorum.is_quorate
        services.recuse(listing=listing, person=deputy, interest="A cousin", by=deputy)
        assert services.hearing_of(listing).quorum.missing == ("surgeon",)

    def test_they_may_present_it(self, listing, session, people, coordinator, surgeon):
        services.record_attendance(meeting=session, person=surgeon, by=surgeon)
        services.recuse(listing=listing, person=surgeon, interest="A cousin", by=surgeon)
        assert services.start_discussion(listing=listing, by=surgeon).marked_by == surgeon

    def test_taking_it_back_is_noted_in_codes_and_once(self, listing, people):
        nurse = people[Role.NURSE_SPECIALIST]
        row = services.recuse(listing=listing, person=nurse, interest="A cousin", by=nurse)
        services.withdraw_recusal(recusal=row, by=nurse)
        event = Event.objects.get(type="recusal.withdrawn")
        assert (event.case_id, event.data) == (listing.episode.case_id, {"person": nurse.pk})
        with pytest.raises(WrongState, match="withdrawn meanwhile"):
            services.withdraw_recusal(recusal=row, by=nurse)
        services.recuse(listing=listing, person=nurse, interest="A cousin after all", by=nurse)
        assert Recusal.objects.count() == 1


class TestAllOrNothing:
    @pytest.fixture
    def broken(self, monkeypatch):
        def refuse(*args, **options):
            raise RuntimeError("the audit cannot be written")

        def break_it():
            monkeypatch.setattr("audit.services.record", refuse)

        return break_it

    def test_without_its_audit_nothing_is_saved(
        self, listing, came, session, people, coordinator, surgeon, broken
    ):
        aside = services.recuse(listing=listing, person=surgeon, interest="A cousin", by=coordinator)
        before = list(Attendance.objects.values())
        broken()
        nurse = people[Role.NURSE_SPECIALIST]
        for act in (
            lambda: services.record_attendance(meeting=session, person=nurse, by=nurse),
            lambda: services.record_arrivals(
                meeting=session,
                arrivals=[services.Arrival(people[role]) for role in FIVE[1:]],
                by=coordinator,
            ),
            lambda: services.record_leaving(attendance=came, by=coordinator),
            lambda: services.change_mode(attendance=came, mode="remote", by=coordinator),
            lambda: correct(came, coordinator, arrived_at=came.arrived_at - MINUTE),
            lambda: services.remove_attendance(attendance=came, by=coordinator),
            lambda: services.withdraw_recusal(recusal=aside, by=coordinator),
            lambda: services.recuse(listing=listing, person=nurse, interest="A cousin", by=nurse),
        ):
            with pytest.raises(RuntimeError, match="cannot be written"):
                act()
        assert list(Attendance.objects.values()) == before
        assert list(Recusal.objects.values_list("person", flat=True)) == [surgeon.pk]

    def test_one_wrong_arrival_refuses_them_all(self, session, people, coordinator):
        arrivals = [services.Arrival(people[Role.SURGEON]), services.Arrival(factories.user())]
        with pytest.raises(ValidationError):
            services.record_arrivals(meeting=session, arrivals=arrivals, by=coordinator)
        assert not Attendance.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_who_record_the_same_arrival(self, session, surgeon, coordinator):
        given = at_once(
            lambda: services.record_attendance(meeting=session, person=surgeon, by=coordinator),
            lambda: services.record_attendance(meeting=session, person=surgeon, by=surgeon),
        )
        assert sorted(type(each).__name__ for each in given) == ["Attendance", "ValidationError"]
        assert Attendance.objects.count() == 1

    def test_two_who_record_everybody(self, session, people, coordinator, surgeon):
        arrivals = [services.Arrival(people[role]) for role in FIVE]
        given = at_once(
            *(
                lambda by=by: services.record_arrivals(meeting=session, arrivals=arrivals, by=by)
                for by in (coordinator, surgeon)
            )
        )
        assert sorted(len(each) for each in given) == [0, 5]

    def test_leaving_while_the_mode_changes(self, came, coordinator, surgeon):
        given = at_once(
            lambda: services.record_leaving(attendance=came, by=coordinator),
            lambda: services.change_mode(attendance=came, mode="remote", by=surgeon),
        )
        refused = [each for each in given if isinstance(each, WrongState)]
        there = Attendance.objects.filter(left_at=None).count()
        assert (len(refused), there) in {(1, 0), (1, 1), (0, 1)}
