"""Pages of meetings: who may open them, what they say, what bad input is told, how many statements they cost."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Read
from mdt import services
from mdt.models import Listing, Meeting
from mdt.workflow import ListingStatus, MeetingStatus
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.treatments.local import in_force, standing_reason
from treatments.services import TreatmentContent

pytestmark = pytest.mark.django_db
P = Permission
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
IN_ORGANISATION = (Role.REFERRER, Role.HOSPITAL_SYSTEM, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR)
STATEMENTS = 15
LISTED = {"urgency": "routine", "gaps_reason": "They come before the meeting."}


def text_of(answer):
    """What a reader sees, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


@pytest.fixture
def decision(discussed, details, surgeon, people):
    """A provisional one, with an action of the nurse's."""
    return services.record_decision(
        listing=discussed(*FIVE[:4]),
        details=details(
            to_ratify_by=people[Role.RADIOLOGIST],
            actions=[services.ActionDetails("Scan", people[Role.NURSE_SPECIALIST], timezone.localdate())],
        ),
        by=surgeon,
    )


@pytest.fixture
def address(meeting, listing, decision):
    """The address of a page, with everything in it that the pages are about."""
    keys = {
        "mdt:action_done": decision.actions.get().pk,
        "mdt:list_case": listing.episode.case.reference,
    }

    def address(name):
        if name in ("mdt:meeting_list", "mdt:meeting_new"):
            return reverse(name)
        if "listing" in name or name.startswith("room:"):
            key = keys.get(name, listing.pk)
        elif name in ("mdt:decision", "mdt:dissent", "mdt:ratify"):
            key = decision.pk
        else:
            key = keys.get(name, meeting.pk)
        return reverse(name, args=[key])

    return address


READ = {
    "mdt:meeting_list": P.SEE_CASES,
    "mdt:meeting": P.SEE_CASES,
    "mdt:meeting_new": P.LIST_CASES,
    "mdt:meeting_move": P.RUN_MEETING,
    "mdt:list_case": P.LIST_CASES,
    "room:case": P.SEE_CASES,
    "mdt:listing_change": P.LIST_CASES,
    "mdt:listing_off": P.LIST_CASES,
    "mdt:decision": P.SEE_CASES,
}
WRITTEN = {
    "mdt:meeting_move": P.RUN_MEETING,
    "mdt:meeting_add": P.LIST_CASES,
    "mdt:meeting_chair": P.RUN_MEETING,
    "room:case": P.RECORD_DECISION,
    "mdt:listing_place": P.LIST_CASES,
    "room:discuss": P.RUN_MEETING,
    "room:recuse": P.ATTEND,
    "mdt:dissent": P.DISSENT,
}
OTHERS_ARE_NOT_FOUND = [
    name
    for name in {**READ, **WRITTEN, "mdt:ratify": ""}
    if name not in ("mdt:meeting_list", "mdt:meeting_new")
]


class TestWhoMayOpen:
    @pytest.mark.parametrize("name", READ)
    def test_pages_need_a_sign_in(self, client, address, name):
        answer = client.get(address(name))
        assert answer.status_code == 302
        assert reverse("account_login") in answer.url

    @pytest.mark.parametrize("name", [*WRITTEN, "mdt:action_done"])
    def test_writing_needs_a_sign_in(self, client, address, name):
        answer = client.post(address(name))
        assert answer.status_code == 302
        assert reverse("account_login") in answer.url

    @pytest.mark.parametrize("name", READ)
    def test_reading_as_the_permission_table_says(self, sign_in, address, team, name):
        for role in Role:
            client = sign_in(_somebody(role, team))
            expected = 200 if READ[name] in ROLE_PERMISSIONS[role] else 403
            path = address(name) + ("?to=outcomes_to_finish" if name == "mdt:meeting_move" else "")
            assert client.get(path).status_code == expected, role

    @pytest.mark.parametrize("name", WRITTEN)
    def test_writing_as_the_permission_table_says(self, sign_in, address, team, name):
        for role in Role:
            client = sign_in(_somebody(role, team))
            may = WRITTEN[name] in ROLE_PERMISSIONS[role]
            answer = client.post(address(name), {"to": "nowhere"})
            assert (answer.status_code != 403) == may, role

    def test_an_action_is_for_its_owner_and_who_decides(self, sign_in, address, team, people):
        for role in (Role.REFERRER, Role.COORDINATOR, Role.MANAGER):
            assert sign_in(_somebody(role, team)).post(address("mdt:action_done")).status_code == 403
        client = sign_in(people[Role.NURSE_SPECIALIST])
        assert client.post(address("mdt:action_done")).status_code == 302

    def test_ratifying_is_for_the_person_named(self, sign_in, address, team, people):
        for role in Role:
            assert sign_in(_somebody(role, team)).post(address("mdt:ratify")).status_code == 403, role
        assert sign_in(people[Role.RADIOLOGIST]).post(address("mdt:ratify")).status_code == 302

    @pytest.mark.parametrize("name", OTHERS_ARE_NOT_FOUND)
    def test_another_hospitals_is_not_found(self, sign_in, address, name):
        stranger = factories.member(Role.SURGEON, factories.team())
        client = sign_in(stranger)
        factories.member(Role.COORDINATOR, stranger.memberships.get().team, user=stranger)
        read = client.get if name in READ else client.post
        assert read(address(name)).status_code == 404

    def test_their_list_of_meetings_is_their_own(self, sign_in, address):
        client = sign_in(factories.member(Role.SURGEON, factories.team()))
        assert "No meeting is planned" in text_of(client.get(address("mdt:meeting_list")))

    def test_a_page_that_shows_patients_is_recorded_as_read(self, sign_in, address, surgeon, listing):
        client = sign_in(surgeon)
        for name in ("mdt:meeting", "room:case", "mdt:decision"):
            client.get(address(name))
            assert Read.objects.order_by("-id").first().patient_ids == [listing.episode.case.patient_id]


def _somebody(role, team):
    in_team = None if role in IN_ORGANISATION else team
    return factories.member(role, in_team, organisation=team.organisation)


class TestMeetings:
    def test_coming_and_past_apart(self, sign_in, team, surgeon):
        factories.meeting(team, days=3)
        factories.meeting(team, days=-3)
        words = text_of(sign_in(surgeon).get(reverse("mdt:meeting_list")))
        assert words.index("Coming") < words.index("Past")
        assert "No meeting yet" not in words

    def test_plan_one(self, sign_in, team, coordinator):
        day = timezone.localdate() + timedelta(days=9)
        typed = {"team": team.pk, "day": day.isoformat(), "starts": "08:30", "place": "Room 4"}
        answer = sign_in(coordinator).post(reverse("mdt:meeting_new"), typed)
        made = Meeting.objects.get()
        assert answer.url == reverse("mdt:meeting", args=[made.pk])
        assert timezone.localtime(made.starts_at).date() == day

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"day": "31/02/2027"}, "Enter a date that exists"),
            ({"day": "2020-01-01"}, "in the past"),
            ({"day": ""}, "Day is needed"),
            ({"starts": "half past"}, "Enter a time"),
            ({"team": "99999"}, "Choose from the list"),
            ({"place": "x" * 201}, "must be 200 characters or fewer"),
        ],
    )
    def test_bad_input_names_its_field_and_is_kept(self, sign_in, team, coordinator, typed, words):
        day = (timezone.localdate() + timedelta(days=9)).isoformat()
        told = {"team": team.pk, "day": day, "starts": "08:30", "place": "Room 4"} | typed
        answer = sign_in(coordinator).post(reverse("mdt:meeting_new"), told)
        assert answer.status_code == 200
        assert words in text_of(answer)
        assert str(told["place"])[:150] in answer.content.decode()
        assert not Meeting.objects.exists()

    def test_another_teams_calendar_is_not_offered(self, sign_in, coordinator):
        away = factories.team()
        day = (timezone.localdate() + timedelta(days=9)).isoformat()
        answer = sign_in(coordinator).post(
            reverse("mdt:meeting_new"), {"team": away.pk, "day": day, "starts": "08:30"}
        )
        assert "Choose from the list" in text_of(answer)

    def test_what_cannot_be_taken_back_is_asked_first(self, sign_in, meeting, listing, coordinator):
        client = sign_in(coordinator)
        page = reverse("mdt:meeting_move", args=[meeting.pk])
        words = text_of(client.get(page + "?to=in_session"))
        assert "Open the meeting?" in words
        assert "It is planned for" in words
        meeting.refresh_from_db()
        assert meeting.status == MeetingStatus.PLANNED
        answer = client.post(page, {"to": "in_session", "version": meeting.version})
        assert answer.url == reverse("room:screen", args=[meeting.pk])
        meeting.refresh_from_db()
        assert meeting.status == MeetingStatus.IN_SESSION

    def test_a_move_that_the_state_does_not_allow(self, sign_in, meeting, coordinator):
        client = sign_in(coordinator)
        page = reverse("mdt:meeting_move", args=[meeting.pk])
        assert client.get(page + "?to=finished").status_code == 409
        answer = client.post(page, {"to": "finished"})
        assert answer.status_code == 409
        assert "This meeting is planned, so it cannot become finished." in text_of(answer)

    def test_a_stale_move(self, sign_in, meeting, coordinator):
        answer = sign_in(coordinator).post(
            reverse("mdt:meeting_move", args=[meeting.pk]), {"to": "closed_for_listing", "version": 77}
        )
        assert answer.status_code == 409
        assert "Someone else changed this" in text_of(answer)

    def test_finishing_says_what_is_still_owed(self, sign_in, discussed, meeting, coordinator):
        discussed()
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        client = sign_in(coordinator)
        answer = client.post(reverse("mdt:meeting_move", args=[meeting.pk]), {"to": "finished"}, follow=True)
        assert "1 case has no outcome yet" in text_of(answer)

    @pytest.mark.parametrize("to", ["", "nowhere", "<b>", "planned\x00"])
    def test_a_state_that_does_not_exist(self, sign_in, meeting, coordinator, to):
        client = sign_in(coordinator)
        answer = client.post(reverse("mdt:meeting_move", args=[meeting.pk]), {"to": to}, follow=True)
        assert "That is not a state of a meeting" in text_of(answer)

    def test_chair(self, sign_in, meeting, coordinator, surgeon):
        client = sign_in(coordinator)
        page = reverse("mdt:meeting_chair", args=[meeting.pk])
        assert "chairs the meeting" in text_of(client.post(page, {"chair": surgeon.pk}, follow=True))
        for wrong in ("", "x", factories.user().pk):
            assert "Choose a member of the team" in text_of(client.post(page, {"chair": wrong}, follow=True))
        assert client.post(page, {"chair": surgeon.pk, "version": 77}).status_code == 409


class TestTheList:
    def test_shows_facts_question_consultant_plan_and_state(self, sign_in, listing, meeting, surgeon):
        words = text_of(sign_in(surgeon).get(reverse("mdt:meeting", args=[meeting.pk])))
        case = listing.episode.case
        for shown in (
            case.patient.display_name,
            case.reference,
            "Can the leg be kept?",
            surgeon.full_name,
            "Leiomyosarcoma",
            "82 mm",
            "3 (high)",
            "Plan 1 , proposed",
            "0 cautions",
            "Listed",
            "3 of 120 minutes filled",
        ):
            assert shown in words

    def test_no_patient_in_the_title(self, sign_in, listing, meeting, surgeon):
        client = sign_in(surgeon)
        for page in (reverse("mdt:meeting", args=[meeting.pk]), reverse("room:case", args=[listing.pk])):
            title = re.search(r"<title>(.*?)</title>", client.get(page).content.decode(), re.S)[1]
            assert listing.episode.case.patient.family_name not in title

    def test_a_fact_that_is_missing_is_said(self, sign_in, put_on_list, team, meeting, surgeon):
        put_on_list(factories.case(team).current_episode)
        words = text_of(sign_in(surgeon).get(reverse("mdt:meeting", args=[meeting.pk])))
        assert "Grade not recorded" in words
        assert "1 with facts missing" in words

    def test_a_plan_proposed_after_listing_shows(self, sign_in, put_on_list, episode, meeting, surgeon):
        put_on_list(episode)
        proposed_plan(episode, surgeon)
        assert "Plan 1" in text_of(sign_in(surgeon).get(reverse("mdt:meeting", args=[meeting.pk])))

    def test_add_a_case_by_its_reference(self, sign_in, episode, meeting, coordinator):
        client = sign_in(coordinator)
        page = reverse("mdt:meeting_add", args=[meeting.pk])
        reference = episode.case.reference
        answer = client.post(page, {"reference": f" {reference.lower()} "})
        assert answer.url == reverse("mdt:list_case", args=[reference]) + f"?meeting={meeting.pk}"
        assert f'<option value="{meeting.pk}" selected>' in client.get(answer.url).content.decode()
        away = factories.case(factories.team())
        for wrong in ("", "PEN-1", away.reference, "x" * 30, "<script>"):
            answer = client.post(page, {"reference": wrong})
            assert answer.status_code == 200
            assert "There is a problem" in text_of(answer)

    def test_put_a_case_on_the_teams_next_list(self, sign_in, episode, team, coordinator, surgeon):
        typed = {"question": "What next?", "responsible": surgeon.pk, "patient_knows": "Nothing yet"} | LISTED
        page = reverse("mdt:list_case", args=[episode.case.reference])
        answer = sign_in(coordinator).post(page, typed)
        listing = Listing.objects.get()
        assert answer.url == reverse("mdt:meeting", args=[listing.meeting_id])
        assert timezone.localtime(listing.meeting.starts_at).weekday() == team.meeting_weekday

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"question": ""}, "Question for the MDT is needed"),
            ({"patient_knows": ""}, "What the patient knows is needed"),
            ({"responsible": ""}, "Responsible consultant is needed"),
            ({"urgency": ""}, "Urgency is needed"),
            ({"gaps_reason": ""}, "Missing: "),
            ({"responsible": "99999"}, "Choose from the list"),
            ({"meeting": "99999"}, "Choose from the list"),
            ({"plan": "x"}, "Choose from the list"),
            ({"question": "x" * 2001}, "must be 2,000 characters or fewer"),
        ],
    )
    def test_bad_input_names_its_field_and_is_kept(
        self, sign_in, episode, meeting, coordinator, surgeon, typed, words
    ):
        told = {"question": "<b>What next?</b>", "responsible": surgeon.pk, "patient_knows": "'; DROP TABLE"}
        told |= LISTED
        answer = sign_in(coordinator).post(
            reverse("mdt:list_case", args=[episode.case.reference]), told | typed
        )
        page = answer.content.decode()
        assert answer.status_code == 200
        assert words in text_of(answer)
        assert "<b>What next?</b>" not in page
        if "patient_knows" not in typed:
            assert "&#39;; DROP TABLE" in page
        assert not Listing.objects.exists()

    def test_a_meeting_that_has_begun_takes_no_more(
        self, sign_in, episode, meeting, coordinator, surgeon, open_meeting
    ):
        typed = {
            "question": "What?",
            "responsible": surgeon.pk,
            "patient_knows": "All",
            "meeting": meeting.pk,
            **LISTED,
        }
        client = sign_in(coordinator)
        open_meeting()
        answer = client.post(reverse("mdt:list_case", args=[episode.case.reference]), typed)
        assert "Choose from the list" in text_of(answer)

    def test_twice_on_one_list(self, sign_in, listing, meeting, coordinator, surgeon):
        typed = {
            "question": "What?",
            "responsible": surgeon.pk,
            "patient_knows": "All",
            "meeting": meeting.pk,
            **LISTED,
        }
        page = reverse("mdt:list_case", args=[listing.episode.case.reference])
        assert "on this meeting's list already" in text_of(sign_in(coordinator).post(page, typed))

    def test_change_the_question(self, sign_in, listing, coordinator, surgeon, plan):
        typed = {"version": listing.version, "question": "Which first?", "responsible": surgeon.pk}
        typed["urgency"] = "urgent"
        client = sign_in(coordinator)
        page = reverse("mdt:listing_change", args=[listing.pk])
        assert client.post(page, typed | {"plan": plan.pk}).status_code == 302
        answer = client.post(page, typed | {"question": "Mine"})
        assert answer.status_code == 409
        assert "Which first?" in text_of(answer)
        assert "Mine" in text_of(answer)

    def test_up_and_down(self, sign_in, team, people, put_on_list, meeting, coordinator):
        first, second = (put_on_list(factories.episode_with_facts(team)) for _ in range(2))
        client = sign_in(coordinator)
        client.post(reverse("mdt:listing_place", args=[second.pk]), {"direction": "up"})
        assert list(Listing.objects.order_by("position")) == [second, first]
        client.post(reverse("mdt:listing_place", args=[second.pk]), {"direction": "sideways"})
        assert list(Listing.objects.order_by("position")) == [first, second]

    def test_take_off(self, sign_in, listing, meeting, coordinator):
        client = sign_in(coordinator)
        page = reverse("mdt:listing_off", args=[listing.pk])
        typed = {"version": listing.version, "to": "postponed", "reason": ""}
        assert "Choose why it is put off" in text_of(client.post(page, typed))
        assert "Say why it is taken off" in text_of(client.post(page, typed | {"to": "withdrawn"}))
        client.post(page, typed | {"reason": "radiology", "note": "No scan yet"})
        listing.refresh_from_db()
        assert (listing.status, listing.off_reason) == (ListingStatus.POSTPONED, "radiology")
        assert "No scan yet" in text_of(client.get(reverse("mdt:meeting", args=[meeting.pk])))


class TestWhoIsPresent:
    def test_is_shown_and_leads_to_where_it_is_recorded(
        self, sign_in, meeting, people, coordinator, open_meeting
    ):
        open_meeting()
        page = reverse("mdt:meeting", args=[meeting.pk])
        client = sign_in(coordinator)
        assert "Not quorate" in text_of(client.get(page))
        for role in FIVE:
            services.record_attendance(meeting=meeting, person=people[role], mode="remote", by=coordinator)
        answer = client.get(page)
        assert "Not quorate" not in text_of(answer)
        assert ", remote" in text_of(answer)
        assert reverse("room:present", args=[meeting.pk]) in answer.content.decode()


def test_a_standing_reason_approved_since_answers_on_the_meetings_list(
    sign_in, team, meeting, put_on_list, surgeon, episode
):
    amputation = proposed_plan(episode, surgeon, (TreatmentContent("surgery", procedure="amputation"),))
    put_on_list(episode, plan=amputation)
    page = reverse("mdt:meeting", args=[meeting.pk])
    assert "Needs a reason" in text_of(sign_in(surgeon).get(page))
    in_force(team, standing_reason())
    assert "Every finding is answered" in text_of(sign_in(surgeon).get(page))


class TestStatements:
    """A page costs a fixed number of statements, however long its list is."""

    @pytest.fixture
    def fifty(self, team, people, meeting, put_on_list, surgeon):
        for number in range(50):
            episode = factories.episode_with_facts(team)
            plan = proposed_plan(episode, surgeon) if number % 10 == 0 else None
            put_on_list(episode, plan=plan)
        meeting.capacity_minutes = 120
        return meeting

    def test_meeting_of_fifty(self, sign_in, fifty, surgeon, django_assert_max_num_queries):
        client = sign_in(surgeon)
        with django_assert_max_num_queries(STATEMENTS):
            answer = client.get(reverse("mdt:meeting", args=[fifty.pk]))
        assert text_of(answer).count("Can the leg be kept?") == 50

    def test_one_case_of_it(self, sign_in, discussed, meeting, surgeon, django_assert_max_num_queries):
        listing = discussed(*FIVE)
        client = sign_in(surgeon)
        for path in ("", "?decide=1"):
            with django_assert_max_num_queries(STATEMENTS):
                assert client.get(reverse("room:case", args=[listing.pk]) + path).status_code == 200

    def test_a_decision(self, sign_in, decision, surgeon, django_assert_max_num_queries):
        client = sign_in(surgeon)
        with django_assert_max_num_queries(STATEMENTS):
            client.get(reverse("mdt:decision", args=[decision.pk]))
        with django_assert_max_num_queries(STATEMENTS):
            client.get(reverse("room:case", args=[decision.listing_id]) + "?decide=1")

    def test_the_calendar(self, sign_in, team, surgeon, django_assert_max_num_queries):
        for days in range(-40, 40):
            factories.meeting(team, days=days)
        client = sign_in(surgeon)
        with django_assert_max_num_queries(STATEMENTS):
            words = text_of(client.get(reverse("mdt:meeting_list")))
        assert "Page 1 of 2" in words
        assert date.today().isoformat() not in words
