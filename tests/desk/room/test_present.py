"""Who is at the meeting, recorded from its screen by whoever runs it, and by members themselves."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from cases.services.refusals import said_time
from mdt import services
from mdt.models import Attendance, Recusal
from tests import factories
from tests.mdt.test_views import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
TEAM_ROLES = [*SIX_ROLES, Role.COORDINATOR, Role.TRIAL_COORDINATOR, Role.MANAGER, Role.OBSERVER]


def seat(person, role):
    return f"{person.pk}:{role}"


@pytest.fixture
def page(meeting):
    return reverse("room:present", args=[meeting.pk])


@pytest.fixture
def early(meeting, open_meeting):
    """The session was opened ten minutes ago."""
    open_meeting()
    meeting.refresh_from_db()
    meeting.opened_at = timezone.now() - timedelta(minutes=10)
    meeting.save()
    return meeting


class TestRecordingOthers:
    def test_one_press_each_in_person_or_remotely(self, sign_in, page, people, coordinator, open_meeting):
        open_meeting()
        client = sign_in(coordinator)
        surgeon, radiologist = people[Role.SURGEON], people[Role.RADIOLOGIST]
        client.post(page, {"in_person": seat(surgeon, Role.SURGEON)})
        client.post(page, {"remote": seat(radiologist, Role.RADIOLOGIST)})
        modes = dict(Attendance.objects.values_list("person", "mode"))
        assert modes == {surgeon.pk: "in_person", radiologist.pk: "remote"}
        words = text_of(client.get(page))
        assert "Meeting not quorate: 2 of 6 roles" in words
        assert ", remote" in words

    def test_everybody_ticked_arrives_at_once(self, sign_in, page, people, coordinator, open_meeting):
        open_meeting()
        client = sign_in(coordinator)
        told = {"several": "1", "ticked": [seat(people[role], role) for role in FIVE], "mode": "remote"}
        words = text_of(client.post(page, told, follow=True))
        assert "Meeting quorate: 5 of 6 roles" in words
        assert set(Attendance.objects.values_list("mode", flat=True)) == {"remote"}
        assert "Recorded as here:" in words

    def test_whom_somebody_recorded_meanwhile_stays_as_they_are(
        self, sign_in, page, meeting, people, coordinator, surgeon, open_meeting
    ):
        open_meeting()
        services.record_attendance(meeting=meeting, person=surgeon, mode="remote", by=surgeon)
        told = {"several": "1", "ticked": [seat(people[role], role) for role in FIVE]}
        assert sign_in(coordinator).post(page, told).status_code == 302
        assert Attendance.objects.count() == 5
        assert Attendance.objects.get(person=surgeon).mode == "remote"

    def test_nobody_ticked_is_said(self, sign_in, page, coordinator, open_meeting):
        open_meeting()
        assert "Tick everybody who has arrived" in text_of(sign_in(coordinator).post(page, {"several": "1"}))

    def test_an_earlier_time(self, sign_in, page, early, surgeon, coordinator):
        at = timezone.now() - timedelta(minutes=5)
        client = sign_in(coordinator)
        client.post(page, {"in_person": seat(surgeon, Role.SURGEON), "at": said_time(at)})
        row = Attendance.objects.get()
        assert said_time(row.arrived_at) == said_time(at)
        client.post(page, {"leave": row.pk, "at": said_time(at + timedelta(minutes=2))})
        row.refresh_from_db()
        assert said_time(row.left_at) == said_time(at + timedelta(minutes=2))

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("at noon", "Enter a time of today such as 8:40."),
            ("25:00", "Enter a time of today such as 8:40."),
            (timedelta(minutes=5), "The time of arrival is in the future. Enter a time up to now."),
            (timedelta(minutes=-50), "The time of arrival is long before the session was opened."),
        ],
    )
    def test_a_time_that_cannot_be(self, sign_in, page, early, surgeon, coordinator, typed, words):
        if isinstance(typed, timedelta):
            typed = said_time(timezone.now() + typed)
        told = {"in_person": seat(surgeon, Role.SURGEON), "at": typed}
        answer = sign_in(coordinator).post(page, told)
        assert words in text_of(answer)
        assert f'value="{typed}"' in answer.content.decode()
        assert not Attendance.objects.exists()

    def test_from_the_room_to_the_screen_and_back(
        self, sign_in, page, meeting, surgeon, coordinator, open_meeting
    ):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)
        client = sign_in(coordinator)
        assert "is here remotely now" in text_of(client.post(page, {"change": row.pk}, follow=True))
        first, second = Attendance.objects.order_by("pk")
        assert (first.left_at, second.mode, second.left_at) == (second.arrived_at, "remote", None)
        client.post(page, {"change": second.pk})
        assert Attendance.objects.get(left_at=None).mode == "in_person"

    def test_who_came_and_left_stays_in_sight(
        self, sign_in, page, meeting, surgeon, coordinator, open_meeting
    ):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)
        client = sign_in(coordinator)
        client.post(page, {"leave": row.pk})
        words = text_of(client.get(page))
        assert "was here" in words
        assert "Meeting not quorate: 0 of 6 roles" in words
        assert client.post(page, {"leave": row.pk}).status_code == 409

    def test_a_deputy_is_shown_with_whom_they_stand_for(
        self, sign_in, page, team, people, coordinator, open_meeting
    ):
        open_meeting()
        deputy = factories.member(Role.SURGEON, team, is_core=False)
        told = {
            "one": "1",
            "one-who": seat(deputy, Role.SURGEON),
            "one-mode": "remote",
            "one-deputises_for": people[Role.SURGEON].pk,
        }
        words = text_of(sign_in(coordinator).post(page, told, follow=True))
        assert f"remote, for {people[Role.SURGEON]}" in words
        row = Attendance.objects.get()
        assert (row.person, row.deputises_for, row.mode) == (deputy, people[Role.SURGEON], "remote")

    def test_who_is_there_needs_no_deputy(
        self, sign_in, page, meeting, team, people, coordinator, open_meeting
    ):
        open_meeting()
        services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
        deputy = factories.member(Role.SURGEON, team)
        told = {
            "one": "1",
            "one-who": seat(deputy, Role.SURGEON),
            "one-mode": "in_person",
            "one-deputises_for": people[Role.SURGEON].pk,
        }
        assert "is there, so nobody deputises for them" in text_of(sign_in(coordinator).post(page, told))

    def test_somebody_who_was_here_and_left_before_it_was_recorded(
        self, sign_in, page, early, surgeon, coordinator
    ):
        now = timezone.now()
        told = {
            "one": "1",
            "one-who": seat(surgeon, Role.SURGEON),
            "one-mode": "in_person",
            "one-at": said_time(now - timedelta(minutes=8)),
            "one-until": said_time(now - timedelta(minutes=2)),
        }
        client = sign_in(coordinator)
        assert "was here in person" in text_of(client.post(page, told, follow=True))
        assert Attendance.objects.get().left_at is not None
        again = text_of(client.post(page, told))
        assert "which this time falls into" in again

    def test_guests_and_observers_never_count(
        self, sign_in, page, team, meeting, people, coordinator, open_meeting
    ):
        open_meeting()
        elsewhere = factories.member(Role.SURGEON, factories.team())
        observer = factories.member(Role.OBSERVER, team)
        client = sign_in(coordinator)
        told = {"guest": "1", "guest-email": elsewhere.email.upper(), "guest-mode": "remote"}
        assert str(elsewhere) in text_of(client.post(page, told, follow=True))
        client.post(page, {"in_person": seat(observer, Role.OBSERVER)})
        assert set(Attendance.objects.values_list("role", flat=True)) == {"observer"}
        words = text_of(client.get(page))
        assert "Guests and others, who never count" in words
        assert "0 of 6 roles" in words
        told["guest-email"] = "nobody@example.org"
        assert "Nobody with an account here has that address" in text_of(client.post(page, told))

    @pytest.mark.parametrize(
        "typed",
        [
            {},
            {"in_person": "x"},
            {"remote": "0:surgeon"},
            {"ticked": "1:cook"},
            {"leave": "x"},
            {"one": "1"},
            {"one": "1", "one-who": "7", "one-mode": "astral"},
            {"guest": "1"},
        ],
    )
    def test_bad_input(self, sign_in, page, coordinator, open_meeting, typed):
        open_meeting()
        answer = sign_in(coordinator).post(page, typed)
        assert answer.status_code == 200
        assert "There is a problem" in text_of(answer)
        assert not Attendance.objects.exists()

    def test_not_before_the_meeting_is_open(self, sign_in, page, coordinator, surgeon):
        client = sign_in(coordinator)
        assert "The meeting is not open yet" in text_of(client.get(page))
        answer = client.post(page, {"in_person": seat(surgeon, Role.SURGEON)})
        assert answer.status_code == 409
        assert "recorded while it is open" in text_of(answer)


class TestRecordingOneself:
    @pytest.mark.parametrize("how", ["in_person", "remote"])
    @pytest.mark.parametrize(
        "role", [role for role in TEAM_ROLES if Permission.ATTEND in ROLE_PERMISSIONS[role]]
    )
    def test_a_member_comes_and_goes(self, sign_in, page, people, team, open_meeting, role, how):
        open_meeting()
        person = people.get(role) or factories.member(role, team)
        client = sign_in(person)
        assert "You are not recorded as present" in text_of(client.get(page))
        client.post(page, {how: "me"})
        row = Attendance.objects.get()
        assert (row.person, row.role, row.mode, row.recorded_by) == (person, role, how, person)
        assert "You are here" in text_of(client.get(page))
        client.post(page, {"leave": row.pk})
        row.refresh_from_db()
        assert row.left_at

    def test_never_for_somebody_else(self, sign_in, page, meeting, people, coordinator, open_meeting):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
        client = sign_in(people[Role.NURSE_SPECIALIST])
        radiologist = seat(people[Role.RADIOLOGIST], Role.RADIOLOGIST)
        for told in (
            {"in_person": radiologist},
            {"several": "1", "ticked": [radiologist]},
            {"leave": row.pk},
            {"change": row.pk},
            {"guest": "1", "guest-email": factories.user().email, "guest-mode": "remote"},
        ):
            assert client.post(page, told).status_code == 403, told
        assert Attendance.objects.get().left_at is None
        body = client.get(page).content.decode()
        assert "Leaves" not in body
        assert 'name="ticked"' not in body

    def test_only_as_of_now(self, sign_in, page, early, people):
        told = {"in_person": "me", "at": said_time(timezone.now() - timedelta(minutes=5))}
        words = text_of(sign_in(people[Role.NURSE_SPECIALIST]).post(page, told))
        assert "Another time than now is recorded by whoever runs the meeting" in words
        assert not Attendance.objects.exists()

    def test_from_the_meetings_screen_one_comes_back_to_it(
        self, sign_in, page, people, listing, open_meeting
    ):
        open_meeting()
        client = sign_in(people[Role.NURSE_SPECIALIST])
        answer = client.post(f"{page}?listing={listing.pk}", {"in_person": "me", "screen": "case"})
        assert answer.url == reverse("room:case", args=[listing.pk])


class TestCorrecting:
    @pytest.fixture
    def row(self, early, surgeon, coordinator):
        return services.record_attendance(
            meeting=early, person=surgeon, at=timezone.now() - timedelta(minutes=6), by=coordinator
        )

    @pytest.fixture
    def form(self, row):
        return reverse("room:attendance", args=[row.pk])

    def typed(self, row, **changes):
        seen = {"seen_arrived_at": row.arrived_at.isoformat(), "seen_left_at": ""}
        if row.left_at:
            seen["seen_left_at"] = row.left_at.isoformat()
        return seen | {"arrived_at": said_time(row.arrived_at), "left_at": ""} | changes

    def test_another_time(self, sign_in, row, form, coordinator, page):
        client = sign_in(coordinator)
        assert said_time(row.arrived_at) in client.get(form).content.decode()
        at = row.arrived_at - timedelta(minutes=2)
        answer = client.post(form, self.typed(row, arrived_at=said_time(at)))
        assert answer.url == page
        row.refresh_from_db()
        assert said_time(row.arrived_at) == said_time(at)

    def test_a_time_that_reads_the_same_stays_exactly_what_it_was(self, sign_in, row, form, coordinator):
        was = row.arrived_at
        left = said_time(was + timedelta(minutes=3))
        sign_in(coordinator).post(form, self.typed(row, left_at=left))
        row.refresh_from_db()
        assert row.arrived_at == was
        assert said_time(row.left_at) == left

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"arrived_at": ""}, "Arrived is needed"),
            ({"arrived_at": "soon"}, "Enter a time of today such as 8:40."),
            ({"arrived_at": timedelta(minutes=30)}, "arrival is in the future"),
            ({"arrived_at": timedelta(minutes=-60)}, "long before the session was opened"),
            ({"left_at": timedelta(minutes=-5)}, "cannot leave before they arrived"),
            ({"left_at": timedelta(minutes=30)}, "leaving is in the future"),
        ],
    )
    def test_what_cannot_be_is_refused_and_stays_typed(self, sign_in, row, form, coordinator, changes, words):
        for name, value in changes.items():
            if isinstance(value, timedelta):
                changes = {name: said_time(row.arrived_at + value)}
        answer = sign_in(coordinator).post(form, self.typed(row, **changes))
        assert words in text_of(answer)
        (typed,) = changes.values()
        assert not typed or f'value="{typed}"' in answer.content.decode()
        was = row.arrived_at
        row.refresh_from_db()
        assert row.arrived_at == was

    def test_changed_meanwhile_shows_theirs_and_keeps_yours(self, sign_in, row, form, coordinator):
        client = sign_in(coordinator)
        typed = self.typed(row, left_at=said_time(row.arrived_at + timedelta(minutes=4)))
        services.record_leaving(attendance=row, by=coordinator)
        answer = client.post(form, typed)
        assert answer.status_code == 409
        assert "Somebody changed this meanwhile" in text_of(answer)
        assert f'value="{typed["left_at"]}"' in answer.content.decode()
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.content.decode()))
        assert client.post(form, typed | {k: fields[k] for k in fields if "seen" in k}).status_code == 302
        row.refresh_from_db()
        assert said_time(row.left_at) == typed["left_at"]

    def test_recorded_by_mistake(self, sign_in, row, form, coordinator, page):
        client = sign_in(coordinator)
        words = text_of(client.post(form, {"mistake": "1"}, follow=True))
        assert "recorded by mistake is removed" in words
        assert not Attendance.objects.exists()
        assert client.get(form).status_code == 404

    def test_only_whoever_runs_the_meeting(self, sign_in, row, form, people):
        client = sign_in(people[Role.NURSE_SPECIALIST])
        assert client.get(form).status_code == 403
        assert client.post(form, {"mistake": "1"}).status_code == 403
        assert Attendance.objects.exists()


class TestSteppingAside:
    def test_a_member_steps_aside_themselves(self, sign_in, listing, people, open_meeting):
        open_meeting()
        nurse = people[Role.NURSE_SPECIALIST]
        client = sign_in(nurse)
        form = reverse("room:recuse", args=[listing.pk])
        words = text_of(client.get(form))
        assert "I step aside from this case" in words
        assert "Who steps aside" not in words
        client.post(form, {"interest": "A cousin of hers", "person": people[Role.SURGEON].pk})
        row = Recusal.objects.get()
        assert (row.person, row.interest) == (nurse, "A cousin of hers")
        assert "has stepped aside already" in text_of(client.post(form, {"interest": "Again"}))

    def test_taken_back_when_it_was_a_mistake(self, sign_in, listing, people, coordinator, open_meeting):
        open_meeting()
        nurse = people[Role.NURSE_SPECIALIST]
        row = services.recuse(listing=listing, person=nurse, interest="A cousin", by=nurse)
        back = reverse("room:withdraw", args=[row.pk])
        assert sign_in(people[Role.RADIOLOGIST]).post(back).status_code == 403
        answer = sign_in(nurse).post(back)
        assert answer.url == reverse("room:case", args=[listing.pk])
        assert not Recusal.objects.exists()

    def test_it_stays_once_a_decision_was_recorded_without_them(
        self, sign_in, discussed, details, people, coordinator
    ):
        listing = discussed(*SIX_ROLES)
        palliative = people[Role.PALLIATIVE_CARE]
        row = services.recuse(listing=listing, person=palliative, interest="A cousin", by=coordinator)
        services.record_decision(listing=listing, details=details(), by=people[Role.SURGEON])
        answer = sign_in(coordinator).post(reverse("room:withdraw", args=[row.pk]))
        assert answer.status_code == 409
        assert f"recorded without {palliative}" in text_of(answer)

    def test_shown_with_the_case_on_the_page_of_who_is_present(
        self, sign_in, page, listing, people, coordinator, open_meeting
    ):
        open_meeting()
        services.recuse(
            listing=listing, person=people[Role.SURGEON], interest="<b>A</b> cousin", by=coordinator
        )
        answer = sign_in(coordinator).get(f"{page}?listing={listing.pk}")
        assert f"Who steps aside from {listing.episode.case.reference}" in text_of(answer)
        assert "&lt;b&gt;A&lt;/b&gt; cousin" in answer.content.decode()


class TestWhoMay:
    @pytest.mark.parametrize("role", TEAM_ROLES)
    def test_reading_and_recording_by_role(self, sign_in, page, people, team, open_meeting, role):
        open_meeting()
        person = people.get(role) or factories.member(role, team)
        client = sign_in(person)
        assert client.get(page).status_code == 200
        expected = 302 if Permission.ATTEND in ROLE_PERMISSIONS[role] else 403
        assert client.post(page, {"in_person": "me"}).status_code == expected

    def test_another_centres_is_not_found(
        self, sign_in, page, meeting, listing, people, coordinator, open_meeting
    ):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
        aside = services.recuse(
            listing=listing, person=people[Role.SURGEON], interest="A cousin", by=coordinator
        )
        elsewhere = factories.team()
        client = sign_in(factories.member(Role.COORDINATOR, elsewhere))
        for name, pk in [("attendance", row.pk), ("recuse", listing.pk), ("withdraw", aside.pk)]:
            assert client.post(reverse(f"room:{name}", args=[pk])).status_code == 404, name
        assert client.get(page).status_code == 404
        own = reverse("room:present", args=[factories.meeting(elsewhere).pk])
        assert client.get(f"{own}?listing={listing.pk}").status_code == 404
        assert client.get(f"{own}?listing=x").status_code == 200

    def test_a_row_of_another_meeting_is_not_found(
        self, sign_in, page, meeting, team, people, coordinator, open_meeting
    ):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
        other = reverse("room:present", args=[factories.meeting(team, days=11).pk])
        assert sign_in(coordinator).post(other, {"leave": row.pk}).status_code == 404

    def test_signing_in_comes_first(self, client, page):
        assert reverse("account_login") in client.get(page).url


def test_as_many_statements_for_thirty_people_as_for_six(
    sign_in, page, meeting, team, people, listing, coordinator, open_meeting, django_assert_max_num_queries
):
    open_meeting()
    for role in SIX_ROLES:
        for _ in range(4):
            person = factories.member(role, team)
            row = services.record_attendance(meeting=meeting, person=person, by=coordinator)
            services.change_mode(attendance=row, mode="remote", by=coordinator)
    client = sign_in(coordinator)
    with django_assert_max_num_queries(12):
        client.get(f"{page}?listing={listing.pk}")
