"""Following the meeting: what a page asks, what changes the answer, who may ask, and how little it costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Competence, Permission, Role, roles_with
from audit.models import Read
from cases.models import Case
from cases.services import cases, facts, patients, reports
from desk.room.live import TICKET_SECONDS, mark_of
from mdt import services
from mdt.models import DecisionDraft, Listing, Screen
from mdt.workflow import MeetingStatus, Outcome
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.mdt.test_views import text_of
from tests.trials import pairs
from treatments import services as treatments
from trials.models import Match
from trials.services import matching

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def at(name, pk):
    return reverse(f"room:{name}", args=[pk])


def told(answer):
    """What a page tells its script: each data attribute of the live part."""
    tag = re.search(r'<div id="room"[^>]*>', answer.content.decode())[0]
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', tag))


def ask(client, page, **headers):
    """As the page's script asks."""
    joint = "&" if "?" in page["at"] else "?"
    address = page["at"].replace("&amp;", "&") + joint + "seen=" + page["seen"]
    return client.get(address, headers={"X-Room-Ticket": page["ticket"], **headers})


@pytest.fixture
def second(team, put_on_list, listing):
    return put_on_list(factories.episode_with_facts(team))


@pytest.fixture
def follower(people):
    return people[Role.NURSE_SPECIALIST]


class TestFollowing:
    def test_the_screen_shows_what_the_presenter_shows(
        self, sign_in, open_meeting, second, listing, meeting, coordinator, follower
    ):
        open_meeting()
        client = sign_in(follower)
        page = client.get(at("screen", meeting.pk))
        assert listing.episode.case.reference in text_of(page)
        assert f"Following {coordinator.full_name}" in text_of(page)
        assert ask(client, told(page)).status_code == 204
        services.show_case(listing=second, by=coordinator)
        moved = ask(client, told(page))
        assert moved.status_code == 200
        assert second.episode.case.reference in text_of(moved)
        assert told(moved)["listing"] == str(second.pk)
        assert ask(client, told(moved)).status_code == 204

    def test_looking_around_stays_and_says_where_the_meeting_is(
        self, sign_in, open_meeting, second, listing, meeting, coordinator, follower
    ):
        open_meeting()
        client = sign_in(follower)
        page = client.get(at("case", listing.pk))
        assert "Looking around; the meeting is on this case" in text_of(page)
        services.show_case(listing=second, by=coordinator)
        moved = ask(client, told(page))
        assert "Looking around; the meeting is on case 2" in text_of(moved)
        assert told(moved)["listing"] == str(listing.pk)
        assert f'data-key="f" href="{at("screen", meeting.pk)}"' in moved.content.decode()

    def test_whoever_decides_the_case_that_the_meeting_is_on_is_told_so(
        self, sign_in, open_meeting, listing, surgeon, coordinator, meeting
    ):
        open_meeting()
        services.start_discussion(listing=listing, by=coordinator)
        page = sign_in(surgeon).get(at("case", listing.pk) + "?decide=1")
        assert "Deciding; the meeting is on this case" in text_of(page)
        close = f'data-key="Escape" href="{at("screen", meeting.pk)}"'
        assert close in page.content.decode()

    def test_arrows_of_a_follower_lead_to_neighbours_and_the_presenters_move_the_room(
        self, sign_in, open_meeting, second, meeting, coordinator, follower
    ):
        open_meeting()
        body = sign_in(follower).get(at("screen", meeting.pk)).content.decode()
        assert f'href="{at("case", second.pk)}" data-key="ArrowRight"' in body
        body = sign_in(coordinator).get(at("screen", meeting.pk)).content.decode()
        assert f'name="listing" value="{second.pk}" data-key="ArrowRight"' in body
        assert "Live: you are presenting" in body

    def test_a_presenter_on_another_case_is_told_and_can_bring_the_room(
        self, sign_in, open_meeting, second, coordinator
    ):
        open_meeting()
        words = text_of(sign_in(coordinator).get(at("case", second.pk)))
        assert "You are presenting; the meeting is on case 1" in words
        assert "Show this case to all" in words

    def test_before_the_session_the_screen_waits_and_comes_alive(
        self, sign_in, second, listing, meeting, follower, open_meeting
    ):
        client = sign_in(follower)
        page = client.get(at("screen", meeting.pk))
        assert "The meeting has not begun" in text_of(page)
        assert ask(client, told(page)).status_code == 204
        open_meeting()
        assert listing.episode.case.reference in text_of(ask(client, told(page)))

    def test_when_the_session_ends_the_screen_says_so(
        self, sign_in, open_meeting, listing, meeting, coordinator, follower
    ):
        open_meeting()
        client = sign_in(follower)
        page = told(client.get(at("screen", meeting.pk)))
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        ended = ask(client, page)
        assert "The session has ended" in text_of(ended)
        assert reverse("mdt:outcomes", args=[meeting.pk]) in ended.content.decode()
        assert "Not live" in text_of(client.get(at("case", listing.pk)))

    def test_a_session_with_nothing_to_discuss(self, sign_in, open_meeting, meeting, follower):
        open_meeting()
        assert "No case is shown" in text_of(sign_in(follower).get(at("screen", meeting.pk)))

    def test_a_cancelled_meeting(self, sign_in, meeting, coordinator, follower):
        services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.CANCELLED, by=coordinator)
        assert "The meeting is cancelled" in text_of(sign_in(follower).get(at("screen", meeting.pk)))

    def test_a_case_put_off_while_it_is_shown_stays_and_says_so(
        self, sign_in, open_meeting, second, listing, meeting, coordinator
    ):
        open_meeting()
        services.postpone_listing(
            listing=listing, version=None, reason="capacity", note="", to=None, by=coordinator
        )
        page = sign_in(coordinator).get(at("screen", meeting.pk))
        assert "Postponed" in text_of(page)
        assert f'name="listing" value="{second.pk}" data-key="ArrowRight"' in page.content.decode()

    def test_going_to_a_case_shows_no_names(self, sign_in, open_meeting, second, listing, meeting, follower):
        open_meeting()
        page = sign_in(follower).get(at("screen", meeting.pk))
        assert second.episode.case.reference in text_of(page)
        assert second.episode.case.patient.family_name.upper() not in text_of(page).upper()
        assert Read.objects.latest("at").patient_ids == [listing.episode.case.patient_id]

    def test_what_is_read_out(self, sign_in, discussed, surgeon, details, listing, meeting, people):
        discussed(*FIVE)
        services.record_decision(listing=listing, details=details(), by=surgeon)
        said = told(sign_in(surgeon).get(at("screen", meeting.pk)))["said"]
        assert f"Case 1 of 1, {listing.episode.case.reference}: decided." in said
        assert f"Decision: Agree the plan, recorded by {surgeon.full_name}." in said
        assert "Meeting quorate: 5 of 6 roles." in said
        assert "This case: quorate, plan agreed." in said
        assert f"{people[Role.COORDINATOR].full_name} presents." in said


class TestTrials:
    def test_a_match_that_changed_refreshes_the_open_screens(
        self, sign_in, open_meeting, listing, meeting, follower
    ):
        trial = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OPEN-2")
        open_meeting()
        client = sign_in(follower)
        page = told(client.get(at("screen", meeting.pk)))
        assert ask(client, page).status_code == 204
        matching.match_episode(episode_id=listing.episode_id)
        fresh = ask(client, page)
        assert "OPEN-2: may fit" in text_of(fresh)
        page = told(fresh)
        assert ask(client, page).status_code == 204
        pairs.ask(trial, pairs.HEART)
        matching.match_episode(episode_id=listing.episode_id)
        fresh = ask(client, page)
        assert "OPEN-2: may fit if 1 more thing is known" in text_of(fresh)
        Match.objects.all().delete()
        assert "OPEN-2" not in text_of(ask(client, told(fresh)))


class TestMoving:
    def test_next_moves_the_room(self, sign_in, open_meeting, second, meeting, coordinator):
        open_meeting()
        answer = sign_in(coordinator).post(at("show", meeting.pk), {"listing": second.pk})
        assert answer.url == at("screen", meeting.pk)
        assert Screen.objects.get().listing == second

    def test_somebody_else_is_told_who_presents_and_offered_to_take_over(
        self, sign_in, open_meeting, second, meeting, coordinator, surgeon
    ):
        open_meeting()
        client = sign_in(surgeon)
        refused = client.post(at("show", meeting.pk), {"listing": second.pk})
        assert refused.status_code == 409
        assert f"{coordinator.full_name} is presenting" in text_of(refused)
        assert f"Take over and show {second.episode.case.reference}" in text_of(refused)
        taken = client.post(at("presenter", meeting.pk), {"listing": second.pk}, follow=True)
        assert "Live: you are presenting" in text_of(taken)
        assert (Screen.objects.get().listing, Screen.objects.get().presenter) == (second, surgeon)

    def test_before_it_is_in_session_nothing_moves(self, sign_in, second, meeting, coordinator):
        client = sign_in(coordinator)
        assert client.post(at("show", meeting.pk), {"listing": second.pk}).status_code == 409
        assert client.post(at("presenter", meeting.pk)).status_code == 409

    @pytest.mark.parametrize("value", ["", "x", "0", "9" * 30])
    def test_a_case_that_is_none_is_not_found(self, sign_in, open_meeting, meeting, coordinator, value):
        open_meeting()
        assert sign_in(coordinator).post(at("show", meeting.pk), {"listing": value}).status_code == 404

    def test_a_case_of_another_meeting_is_not_found(
        self, sign_in, open_meeting, second, meeting, coordinator, team
    ):
        open_meeting()
        later = factories.meeting(team, days=12)
        assert sign_in(coordinator).post(at("show", later.pk), {"listing": second.pk}).status_code == 404

    def test_starting_the_discussion_stays_with_the_room(
        self, sign_in, open_meeting, second, listing, meeting, coordinator
    ):
        open_meeting()
        client = sign_in(coordinator)
        assert client.post(at("discuss", listing.pk), {"mark": "start"}).url == at("screen", meeting.pk)
        assert client.post(at("discuss", second.pk), {"mark": "start"}).url == at("case", second.pk)


class TestTime:
    def test_all_intervals_count_and_the_list_says_how_far_it_is_behind(
        self, sign_in, open_meeting, second, listing, meeting, coordinator, people
    ):
        open_meeting()
        now = timezone.now()
        for row, ago, minutes in [(listing, 60, 7), (listing, 40, 2), (second, 20, 4)]:
            start = now - timedelta(minutes=ago)
            row.discussions.create(
                started_at=start, ended_at=start + timedelta(minutes=minutes), marked_by=coordinator
            )
        page = sign_in(coordinator).get(at("case", listing.pk))
        assert 'data-spent="540.0"' in page.content.decode()
        assert "9 min of 3 min" in text_of(page)
        assert "is-over" in page.content.decode()
        assert "13 of 120 min used, 7 behind" in text_of(page)
        Listing.objects.filter(pk=listing.pk).update(minutes=12)
        assert "13 of 120 min used, 2 ahead" in text_of(sign_in(coordinator).get(at("case", listing.pk)))


class TestWhoMay:
    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("name", ["screen", "live", "show", "presenter"])
    def test_by_role(self, sign_in, open_meeting, listing, meeting, team, role, name):
        open_meeting()
        Screen.objects.update(presenter=None)
        client = sign_in(factories.member(role, team))
        moves = name in ("show", "presenter")
        send = client.post if moves else client.get
        answer = send(at(name, meeting.pk), {"listing": listing.pk} if moves else {})
        needed = Permission.RUN_MEETING if moves else Permission.SEE_CASES
        allowed = role in roles_with(needed)
        if role == Role.HOSPITAL_SYSTEM:
            return
        assert answer.status_code == ((302 if moves else 200) if allowed else 403)

    @pytest.mark.parametrize("name", ["screen", "live", "show", "presenter"])
    def test_another_centres_meeting_is_not_found(self, sign_in, open_meeting, listing, meeting, name):
        open_meeting()
        client = sign_in(factories.member(Role.COORDINATOR, factories.team()))
        send = client.post if name in ("show", "presenter") else client.get
        assert send(at(name, meeting.pk), {"listing": listing.pk}).status_code == 404

    def test_a_case_is_asked_for_with_its_own_meeting(self, sign_in, listing, follower, team):
        other = factories.meeting(team, days=12)
        assert sign_in(follower).get(at("live", other.pk), {"listing": listing.pk}).status_code == 404

    def test_signed_out(self, client, meeting):
        assert client.get(at("live", meeting.pk)).status_code == 401
        assert client.get(at("screen", meeting.pk)).status_code == 302


class TestTicket:
    @pytest.fixture
    def page(self, sign_in, second, listing, open_meeting, meeting, follower):
        open_meeting()
        return told(sign_in(follower).get(at("screen", meeting.pk)))

    def test_between_changes_it_costs_one_statement(self, client, page):
        with CaptureQueriesContext(connection) as asked:
            assert ask(client, page).status_code == 204
        assert len(asked) == 1, [each["sql"] for each in asked]

    def test_it_tells_nothing_but_that_nothing_changed(self, client, page):
        assert ask(client, page).content == b""

    def test_it_is_of_this_sign_in(self, client, page):
        client.logout()
        assert ask(client, page).status_code == 401

    def test_it_lasts_a_minute_and_is_renewed_while_the_sign_in_stands(self, client, page, time_machine):
        fresh = ask(client, page)
        assert "X-Room-Ticket" not in fresh.headers
        time_machine.move_to(timezone.now() + timedelta(seconds=TICKET_SECONDS + 1))
        renewed = ask(client, page)
        assert renewed.status_code == 204
        page["ticket"] = renewed.headers["X-Room-Ticket"]
        assert "X-Room-Ticket" not in ask(client, page).headers

    def test_who_left_the_team_is_not_told_of_changes(
        self, client, page, follower, meeting, coordinator, second
    ):
        follower.memberships.update(is_active=False)
        services.show_case(listing=second, by=coordinator)
        assert ask(client, page).status_code == 403

    def test_a_ticket_of_one_meeting_is_none_of_another(self, client, page, team):
        other = factories.meeting(team, days=12)
        page["at"] = at("live", other.pk)
        assert "X-Room-Ticket" in ask(client, page).headers or ask(client, page).status_code == 200

    def test_asking_does_not_prolong_the_session(self, client, page):
        before = client.session.get_expiry_date()
        assert "sessionid" not in ask(client, page).cookies
        assert abs(client.session.get_expiry_date() - before) < timedelta(seconds=5)

    def test_messages_wait_for_the_next_page(self, client, page, coordinator, second, sign_in, meeting):
        client = sign_in(coordinator)
        mine = told(client.get(at("screen", meeting.pk)))
        client.post(at("presenter", meeting.pk))
        services.show_case(listing=second, by=coordinator)
        assert "You are presenting. All screens follow you." not in text_of(ask(client, mine))
        assert "You are presenting. All screens follow you." in text_of(client.get(at("screen", meeting.pk)))

    def test_a_followed_case_is_noted_as_read_once_in_five_minutes(
        self, client, page, coordinator, second, listing
    ):
        services.show_case(listing=second, by=coordinator)
        ask(client, page)
        ask(client, page)
        noted = Read.objects.filter(view="room:live")
        assert [row.patient_ids for row in noted] == [[second.episode.case.patient_id]]


CHANGES = {}


def change(act):
    CHANGES[act.__name__] = act
    return act


@change
def somebody_arrives(s):
    services.record_attendance(meeting=s.meeting, person=s.people[Role.PALLIATIVE_CARE], by=s.coordinator)


@change
def somebody_leaves(s):
    row = s.meeting.attendances.filter(left_at__isnull=True).first()
    services.record_leaving(attendance=row, by=s.coordinator)


@change
def an_attendance_is_corrected(s):
    s.meeting.attendances.filter(person=s.surgeon).update(mode="remote")


@change
def somebody_steps_aside(s):
    services.recuse(listing=s.listing, person=s.surgeon, interest="Treats a relative", by=s.coordinator)


@change
def the_discussion_ends(s):
    services.end_discussion(listing=s.listing, by=s.coordinator)


@change
def another_discussion_starts(s):
    services.start_discussion(listing=s.second, by=s.coordinator)


@change
def a_decision_is_recorded(s):
    services.record_decision(listing=s.listing, details=s.details(), by=s.surgeon)


@change
def a_decision_is_recorded_on_another_case(s):
    services.start_discussion(listing=s.second, by=s.coordinator)
    told = s.details(outcome=Outcome.MORE_IMAGING)
    services.record_decision(listing=s.second, details=told, by=s.surgeon)


@change
def a_plan_is_proposed(s):
    proposed_plan(s.listing.episode, s.surgeon)


@change
def a_report_of_pathology_comes(s):
    report = {"kind": "biopsy", "reported_on": timezone.localdate(), "morphology": "8890/3"}
    reports.report_pathology(episode=s.listing.episode, report=report, by=s.people[Role.PATHOLOGIST])


@change
def a_report_of_imaging_comes(s):
    report = {"modality": "ct", "reported_on": timezone.localdate(), "size_mm": 90}
    reports.report_imaging(episode=s.listing.episode, report=report, by=s.people[Role.RADIOLOGIST])


@change
def general_health_is_recorded(s):
    facts.record_performance_status(episode=s.listing.episode, value=2, on=timezone.localdate(), by=s.surgeon)


@change
def the_patients_wish_changes(s):
    case = Case.objects.get(pk=s.listing.episode.case_id)
    wish = cases.CaseDetails(patient_knows="A sarcoma", patient_wants="To walk again")
    cases.change_case(case=case, version=case.version, details=wish, by=s.surgeon)


@change
def the_patient_dies(s):
    patients.record_death(patient=s.listing.episode.case.patient, died_on=None, by=s.surgeon)


@change
def the_question_changes(s):
    row = Listing.objects.get(pk=s.listing.pk)
    services.change_listing(
        listing=row,
        version=row.version,
        question="Is a second operation of use?",
        responsible=row.responsible,
        urgency=row.urgency,
        plan=row.plan,
        guest="",
        minutes=None,
        by=s.coordinator,
    )


@change
def the_list_is_reordered(s):
    services.move_listing(listing=s.second, direction="up", by=s.coordinator)


@change
def a_case_is_put_off(s):
    services.postpone_listing(
        listing=s.second, version=None, reason="capacity", note="", to=None, by=s.coordinator
    )


@change
def another_case_is_shown(s):
    services.show_case(listing=s.second, by=s.coordinator)


@change
def the_presenter_changes(s):
    services.take_presenting(meeting=s.meeting, by=s.surgeon)


@change
def somebody_begins_to_write_a_decision(s):
    DecisionDraft.objects.create(listing=s.listing, author=s.surgeon, typed={})


@change
def the_chair_is_named(s):
    services.set_chair(meeting=s.meeting, version=None, chair=s.surgeon, by=s.coordinator)


@change
def the_session_ends(s):
    services.move_meeting(
        meeting=s.meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=s.coordinator
    )


@change
def the_rule_of_the_quorum_changes(s):
    with transaction.atomic():
        type(s.meeting.team).objects.filter(pk=s.meeting.team_id).update(palliative_when_spread=False)


@change
def a_competence_is_added(s):
    with transaction.atomic():
        s.people[Role.ONCOLOGIST].memberships.update(competences=[Competence.RADIOTHERAPY])


class Scene:
    """A case that is discussed in a meeting, and one that waits."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


class TestWhatChangesIt:
    @pytest.fixture
    def scene(self, discussed, second, listing, meeting, people, surgeon, coordinator, details):
        discussed(*FIVE)
        return Scene(
            listing=listing,
            second=second,
            meeting=meeting,
            people=people,
            surgeon=surgeon,
            coordinator=coordinator,
            details=details,
        )

    def both(self, scene):
        """For whoever follows, and for whoever looks at the same case by themselves."""
        pk = scene.meeting.pk
        return mark_of(meeting=pk, listing=None), mark_of(meeting=pk, listing=scene.listing.pk)

    @pytest.mark.parametrize("name", CHANGES)
    def test_a_change_is_seen(self, scene, name):
        before = self.both(scene)
        CHANGES[name](scene)
        after = self.both(scene)
        assert before[0] != after[0]
        assert before[1] != after[1]

    def test_dissent_recorded_afterwards_is_seen(self, scene):
        decision = services.record_decision(listing=scene.listing, details=scene.details(), by=scene.surgeon)
        before = self.both(scene)
        dissent = services.DissentDetails(scene.people[Role.ONCOLOGIST], "Chemotherapy first")
        services.record_dissent(decision=decision, dissent=dissent, by=scene.surgeon)
        assert self.both(scene) != before

    def test_an_answered_finding_is_seen(self, scene):
        amputation = (treatments.TreatmentContent("surgery", procedure="amputation"),)
        plan = proposed_plan(scene.listing.episode, scene.surgeon, amputation)
        finding = next(each for each in plan.checks.latest("pk").findings if each["severity"] == "deviation")
        before = self.both(scene)
        treatments.answer_finding(
            plan=plan,
            rule=finding["rule"],
            treatment=finding["treatment"],
            kind="reason",
            reason_code="other",
            text="The patient asked for it.",
            given_by=scene.surgeon,
            by=scene.surgeon,
        )
        assert self.both(scene) != before

    def test_nothing_changes_it_by_itself(self, scene, time_machine):
        before = self.both(scene)
        time_machine.move_to(timezone.now() + timedelta(minutes=30))
        assert self.both(scene) == before

    def test_what_is_typed_in_a_draft_concerns_nobody_else(self, scene):
        draft = DecisionDraft.objects.create(listing=scene.listing, author=scene.surgeon, typed={})
        before = self.both(scene)
        DecisionDraft.objects.filter(pk=draft.pk).update(typed={"rationale": "Both"}, kept_at=timezone.now())
        assert self.both(scene) == before
        draft.delete()
        assert self.both(scene) != before

    def test_another_meetings_changes_do_not_concern_it(self, scene, team):
        other = factories.meeting(team, days=12)
        before = self.both(scene)
        services.set_chair(meeting=other, version=None, chair=scene.surgeon, by=scene.coordinator)
        assert self.both(scene) == before

    def test_one_statement(self, scene, django_assert_num_queries):
        with django_assert_num_queries(1):
            mark_of(meeting=scene.meeting.pk, listing=None)
